/** Results in the order in which they come. */
import { checkDuration, currentClock } from '../clock.ts'
import type { AsyncContextManager } from '../contexts/index.ts'
import { isCancelled, reportLateError, StateError, TimeoutError } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { firstOf } from './failures.ts'
import type { Task } from './task.ts'
import { checkWork, Together } from './together.ts'
import type { Work } from './together.ts'
import { refuse, wait } from './waiting.ts'

/** What {@link asCompleted} gives: to be iterated once, by itself or inside `within`. */
export interface Completing<T> extends AsyncIterableIterator<T>, AsyncContextManager<AsyncIterableIterator<T>> {
  next(): Promise<IteratorResult<T, undefined>>
  return(): Promise<IteratorResult<T, undefined>>
  [Symbol.asyncIterator](): Completing<T>
}

/** What {@link asCompleted} takes. */
export interface AsCompletedOptions {
  /** Milliseconds for all of them, from the beginning of the iteration. Default: no limit. */
  readonly timeout?: number | undefined
}

/**
 * Runs functions at the same time and gives their results in the order in which they come. It begins with the iteration;
 * leaving it early cancels the rest and waits for it; what fails then goes to `onLateError`, or is thrown by `within`. Given tasks, it gives each task as it ends, and cancels none.
 *
 * @throws  (Iterating) the bare error of the first that fails; the rest has been cancelled and has ended.
 * @throws TimeoutError  (Iterating) the time is up; likewise.
 * @throws Cancelled     (Iterating) the surrounding scope was cancelled; likewise.
 * @throws UsageError    Neither functions nor tasks.
 * @example
 * const order: string[] = []
 * for await (const name of asCompleted([() => sleep(20).then(() => 'slow'), async () => 'fast'])) order.push(name)
 * order // => ['fast', 'slow']
 */
export function asCompleted<T>(tasks: readonly Task<T>[], options?: AsCompletedOptions): Completing<Task<T>>
export function asCompleted<T>(works: readonly Work<T>[], options?: AsCompletedOptions): Completing<T>
export function asCompleted(
  given: readonly (Work<unknown> | Task<unknown>)[],
  options: AsCompletedOptions = {},
): Completing<unknown> {
  const { timeout = Infinity } = options
  checkDuration(timeout, 'timeout')
  const works = Array.isArray(given) ? given.map(workOf) : given
  checkWork(works, 'asCompleted')
  return new AsCompleted(works, timeout)
}

function workOf(one: Work<unknown> | Task<unknown>): Work<unknown> {
  return isTask(one) ? () => untilEnded(one) : one
}

export function isTask(given: unknown): given is Task<unknown> {
  return typeof given === 'object' && given !== null && 'running' in given && 'result' in given
}

/** Leaving the iteration leaves the task alone. */
function untilEnded(task: Task<unknown>): Promise<Task<unknown>> {
  return wait<Task<unknown>>((settle) => {
    const ended = (): void => settle.done(task)
    task.result.then(ended, ended)
    return () => {}
  }, undefined)
}

class AsCompleted implements Completing<unknown> {
  readonly #works: readonly Work<unknown>[]
  readonly #timeout: number
  readonly #come: unknown[] = []
  readonly #errors: unknown[] = []
  #together: Together | undefined
  #due = Infinity
  #left: number
  #isOver = false
  #wake: (() => void) | undefined

  constructor(works: readonly Work<unknown>[], timeout: number) {
    this.#works = works
    this.#timeout = timeout
    this.#left = works.length
  }

  '~enterAsync'(): this {
    if (this.#together !== undefined)
      throw new StateError('WITHAL_ALREADY_ENTERED', 'This has begun already. Call `asCompleted` again.')
    return this
  }

  async '~exitAsync'(): Promise<void> {
    await this.#stop()
    if (this.#errors.length > 0) throw firstOf(this.#errors.splice(0))
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    const together = (this.#together ??= this.#begin())
    if (this.#isOver) return { done: true, value: undefined }
    const around = scopeOf(currentFrame())
    if (around?.cancelled !== undefined) await this.#interrupted(together, refuse(around, around.cancelled))
    if (this.#come.length === 0 && this.#left > 0 && this.#errors.length === 0) await this.#untilOneComes(together)
    if (this.#come.length > 0) return { done: false, value: this.#come.shift() }
    await this.#stop()
    if (this.#errors.length > 0) throw firstOf(this.#errors.splice(0))
    return { done: true, value: undefined }
  }

  /** Called by `for await` when it is left early; it would drop what is thrown here if its body has thrown (fact JF-08). */
  async return(): Promise<IteratorResult<unknown, undefined>> {
    await this.#stop()
    for (const error of this.#errors.splice(0)) reportLateError(error, { source: 'asCompleted' })
    return { done: true, value: undefined }
  }

  async #stop(): Promise<void> {
    this.#isOver = true
    this.#together?.scope.cancel('nobody waits for it any more')
    await this.#together?.done()
  }

  #begin(): Together {
    const together = new Together()
    this.#due = currentClock().now() + this.#timeout
    const ends = {
      completed: (_index: number, value: unknown): void => {
        this.#come.push(value)
        this.#oneHasEnded()
      },
      failed: (_index: number, failure: { readonly error: unknown } | undefined): void => {
        if (failure !== undefined) this.#errors.push(failure.error)
        this.#oneHasEnded()
      },
    }
    together.inside(() => this.#works.forEach((work, index) => together.begin(work, index, ends)))
    return together
  }

  #oneHasEnded(): void {
    this.#left--
    this.#wake?.()
  }

  async #untilOneComes(together: Together): Promise<void> {
    const clock = currentClock()
    const waiting = wait<void>((settle) => {
      this.#wake = () => settle.done()
      if (this.#due === Infinity) return () => {}
      const stop = clock.setTimer(Math.max(0, this.#due - clock.now()), () => settle.fail(this.#timedOut()))
      this.#wake = () => {
        stop()
        settle.done()
      }
      return stop
    }, undefined)
    await this.#interrupted(together, waiting).finally(() => (this.#wake = undefined))
  }

  /** When who takes the results is cancelled, or the time is up, all is stopped here: `for await` does not call `return`. */
  async #interrupted(together: Together, waiting: Promise<void>): Promise<void> {
    try {
      await waiting
    } catch (error) {
      this.#isOver = true
      together.scope.cancel(error)
      await together.done()
      const errors = this.#errors.splice(0)
      if (errors.length > 0 && isCancelled(error)) throw firstOf(errors)
      throw firstOf([error, ...errors])
    }
  }

  #timedOut(): TimeoutError {
    return new TimeoutError(
      `${this.#left} of ${this.#works.length} had not ended after ${this.#timeout} ms.`,
      this.#timeout,
    )
  }
}
