/**
 * What the combinators share: work of one caller that runs at the same time, in one scope and one frame for all of it. The
 * first failure cancels the rest; the caller goes on when all of it has ended; no error is lost.
 */
import { scopeChannel } from '../channels.ts'
import { isThenable } from '../contexts/exits.ts'
import { TaskCancelledError, UsageError } from '../errors/index.ts'
import type { Found } from '../errors/index.ts'
import { currentFrame, runInFrameIfPossible, scopeOf } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { ScopeNode } from '../scope.ts'
import { realPart } from './absorb.ts'
import { firstOf } from './failures.ts'
import { tellScope } from './observed.ts'

/** A piece of work. One that takes an argument gets the signal that aborts when it is cancelled. */
export type Work<T> = (signal: AbortSignal) => T | PromiseLike<T>

/** Is told how a piece of work has ended. */
export interface Ends {
  completed(index: number, value: unknown): void
  /** Without an error: it was cancelled, and nothing else. */
  failed(index: number, error: Found | undefined): void
}

/** Work that runs at the same time. */
export class Together {
  readonly scope: ScopeNode
  readonly #frame: Frame
  #running = 0
  #whenDone: PromiseWithResolvers<void> | undefined

  constructor() {
    const frame = currentFrame()
    this.scope = new ScopeNode(scopeOf(frame))
    this.#frame = { scope: this.scope, task: frame?.task, bindings: frame?.bindings }
    if (scopeChannel.hasSubscribers) tellScope(this.scope, 'combinator')
  }

  /** Runs something in the frame that all the work shares. */
  inside<R>(start: () => R): R {
    return runInFrameIfPossible(this.#frame, start)
  }

  /** Calls a piece of work; to be called inside. */
  call(work: Work<unknown>): unknown {
    return work.length > 0 ? work(this.scope.signal) : (work as () => unknown)()
  }

  /** Begins a piece of work; to be called inside. */
  begin(work: Work<unknown>, index: number, ends: Ends): void {
    this.#running++
    try {
      const result = this.call(work)
      if (!isThenable(result)) return this.#completed(index, result, ends)
      result.then(
        (value) => this.#completed(index, value, ends),
        (error: unknown) => this.#failed(index, error, ends),
      )
    } catch (error) {
      this.#failed(index, error, ends)
    }
  }

  /** Waits until all of it has ended; not a checkpoint: the work itself is cancelled with the scope around. */
  async done(): Promise<void> {
    while (this.#running > 0) {
      this.#whenDone = Promise.withResolvers()
      await this.#whenDone.promise
    }
    this.scope.end()
  }

  /** The part of a failure that is not due to the cancellation of this work. */
  realPart(error: unknown): Found | undefined {
    return realPart(this.scope, error)
  }

  #completed(index: number, value: unknown, ends: Ends): void {
    ends.completed(index, value)
    this.#ended()
  }

  #failed(index: number, error: unknown, ends: Ends): void {
    ends.failed(index, this.realPart(error))
    this.#ended()
  }

  #ended(): void {
    if (--this.#running === 0) this.#whenDone?.resolve()
  }
}

/** The bare first of the errors, the others attached; else the cancellation that came from outside, if it stopped anything. */
export function failureOf(
  errors: readonly unknown[],
  scope: ScopeNode,
  wasStopped: boolean,
): { readonly error: unknown } | undefined {
  if (errors.length > 0) return { error: firstOf(errors) }
  return wasStopped ? { error: stopOf(scope) } : undefined
}

/**
 * What stopped work without an error of its own: the cancellation from around it. When only its own scope is cancelled, by a
 * background group that failed in it and whose error was dealt with, its caller is not cancelled (rule I).
 */
export function stopOf(scope: ScopeNode): unknown {
  const { cancelled, own } = scope
  if (cancelled === undefined || cancelled !== own) return cancelled
  return new TaskCancelledError('The work was cancelled by a background group that failed in it.', { cause: cancelled })
}

/** Checks that what was given is a list of functions. */
export function checkWork(given: unknown, caller: string, atLeast = 0): asserts given is readonly Work<unknown>[] {
  const works = Array.isArray(given) ? (given as unknown[]) : undefined
  const wrongAt = works?.findIndex((work) => typeof work !== 'function')
  if (works === undefined || wrongAt !== -1) {
    const wrong = works?.[wrongAt!] // found
    const what = isThenable(wrong)
      ? 'a promise, whose work has begun already'
      : works === undefined
        ? 'no list'
        : String(wrong)
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`${caller}\` got ${what}. Give functions that start the work: \`() => fetch(url)\`.`,
    )
  }
  if (works.length < atLeast) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`${caller}\` got an empty list, of which nothing can come. Give at least one function.`,
    )
  }
}
