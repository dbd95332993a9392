/**
 * Work that runs ahead of who takes its results, by so much and no more. It is begun as there is room for it: when a result is
 * taken, or is ready for who waits for it; the latter is the common case and needs no change of frame.
 */
import type { AsyncContextManager } from '../contexts/index.ts'
import { isCancelled, reportLateError, StateError, TaskCancelledError } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { firstOf } from './failures.ts'
import { ResultList } from './result-list.ts'
import type { Slot } from './result-list.ts'
import type { Source } from './source.ts'
import { Together } from './together.ts'
import { refuse, wait } from './waiting.ts'
import type { Settle } from './waiting.ts'

/** What `mapAhead` gives: to be iterated once, by itself or inside `within`. */
export interface Mapped<R> extends AsyncIterableIterator<R, undefined>, AsyncContextManager<Mapped<R>> {
  next(): Promise<IteratorResult<R, undefined>>
  return(): Promise<IteratorResult<R, undefined>>
  [Symbol.asyncIterator](): Mapped<R>
}

/** How far it may run ahead. */
export interface Limits {
  readonly concurrency: number
  /** How many items may have been begun and not taken. */
  readonly most: number
  readonly ordered: boolean
}

type Given = IteratorYieldResult<unknown>
type Failure = { readonly error: unknown } | undefined

const over: IteratorResult<never, undefined> = Object.freeze({ done: true, value: undefined })

export class MappingAhead<T> implements Mapped<unknown> {
  readonly #source: Source<T>
  readonly #fn: (item: T, index: number, signal: AbortSignal) => unknown
  readonly #limits: Limits
  readonly #errors: unknown[] = []
  readonly #results: ResultList
  #together: Together | undefined
  /** How many calls are under way, and whether the source is being read. */
  #running = 0
  #isReading = false
  #index = 0
  /** How many items have been begun and not been given. */
  #ahead = 0
  /** Who waits for a result; is given nothing when there is none to come. */
  #receiver: Settle<Given | undefined> | undefined
  /** Settles when the one who waits for a result has it, or has failed. */
  #turn: Promise<void> | undefined
  #stopping: Promise<void> | undefined

  constructor(source: Source<T>, fn: (item: T, index: number, signal: AbortSignal) => unknown, limits: Limits) {
    this.#source = source
    this.#fn = fn
    this.#limits = limits
    this.#results = new ResultList(limits.ordered)
  }

  '~enterAsync'(): this {
    if (this.#together !== undefined || this.#stopping !== undefined)
      throw new StateError('WITHAL_ALREADY_ENTERED', 'This has begun already. Call `mapAhead` again.')
    this.#together = new Together()
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
    while (this.#turn !== undefined) await this.#turn // who asks later gets a later one
    if (this.#stopping !== undefined) return over
    const together = (this.#together ??= new Together())
    const around = scopeOf(currentFrame())
    if (around?.cancelled !== undefined) return await this.#interrupted(refuse(around, around.cancelled))
    this.#fill(together)
    if (this.#results.isReady) return this.#give(together)
    if (this.#isIdle) return await this.#end(together)
    const turn = Promise.withResolvers<void>()
    this.#turn = turn.promise
    try {
      const given = await this.#interrupted(this.#untilOneComes())
      return given ?? (this.#isLeft ? over : await this.#end(together))
    } finally {
      this.#turn = undefined
      turn.resolve()
    }
  }

  /** Called by `for await` when it is left early; it would drop what is thrown here if its body has thrown (fact JF-08). */
  async return(): Promise<IteratorResult<unknown, undefined>> {
    await this.#stop()
    for (const error of this.#errors.splice(0)) reportLateError(error, { source: 'mapAhead' })
    return over
  }

  /** Whether somebody has left the iteration; asked where that may have happened meanwhile. */
  get #isLeft(): boolean {
    return this.#stopping !== undefined
  }

  /** There is nothing more to give: all has been given, something has failed, or the work was cancelled and who takes it is not. */
  async #end({ scope }: Together): Promise<IteratorResult<unknown, undefined>> {
    const { cancelled } = scope
    await this.#stop()
    if (this.#errors.length > 0) throw firstOf(this.#errors.splice(0))
    if (cancelled === undefined) return over
    throw new TaskCancelledError('The scope in which the work was begun has been cancelled, or has ended.', {
      cause: cancelled,
    })
  }

  /** Whether nothing is under way that could give a result. */
  get #isIdle(): boolean {
    return (this.#running === 0 && !this.#isReading) || this.#errors.length > 0
  }

  #give(together: Together): Given {
    const value = this.#results.take()
    this.#ahead--
    this.#fill(together)
    return { done: false, value }
  }

  #untilOneComes(): Promise<Given | undefined> {
    return wait<Given | undefined>((settle) => {
      this.#receiver = settle
      return () => {
        this.#receiver = undefined
      }
    }, undefined)
  }

  #settleReceiver(given: Given | undefined): void {
    const receiver = this.#receiver
    this.#receiver = undefined
    receiver?.done(given)
  }

  /** When who takes the results is cancelled, `for await` does not call `return`: all of it is stopped here. */
  async #interrupted<R>(waiting: Promise<R>): Promise<R> {
    try {
      return await waiting
    } catch (error) {
      await this.#stop()
      const errors = this.#errors.splice(0)
      if (errors.length > 0 && isCancelled(error)) throw firstOf(errors)
      throw firstOf([error, ...errors])
    }
  }

  /** Ends what is under way, waits for it, and closes the source; once. */
  #stop(): Promise<void> {
    this.#stopping ??= this.#stopAll()
    return this.#stopping
  }

  async #stopAll(): Promise<void> {
    if (!this.#isIdle) this.#together?.scope.cancel('the iteration was left')
    this.#settleReceiver(undefined)
    await this.#together?.done()
    await this.#source.close().catch((error: unknown) => this.#errors.push(error))
  }

  get #hasRoom(): boolean {
    const { concurrency, most } = this.#limits
    if (this.#running >= concurrency || this.#ahead >= most || this.#source.isOver || this.#isLeft) return false
    return this.#together?.scope.cancelled === undefined
  }

  /** Begins as much as there is room for, in the frame that all the work shares. */
  #fill(together: Together): void {
    if (!this.#isReading && this.#hasRoom) together.inside(() => this.#read(together))
  }

  /** The same for who is in that frame. */
  #read(together: Together): void {
    if (this.#isReading || !this.#hasRoom) return
    this.#isReading = true
    const read = (): unknown => (this.#source.isSync ? this.#readNow(together) : this.#readLater(together))
    together.begin(read, 0, this.#readingEnds)
  }

  readonly #readingEnds = {
    completed: (): void => {
      this.#isReading = false
      this.#read(this.#together!) // which it is done for; there may be room again
      if (this.#isIdle) this.#settleReceiver(undefined)
    },
    failed: (_index: number, failure: Failure): void => {
      this.#isReading = false
      this.#failed(failure)
    },
  }

  #readNow(together: Together): void {
    while (this.#hasRoom) {
      const item = this.#source.take()
      if (item === undefined) return
      this.#begin(item.value, together)
    }
  }

  async #readLater(together: Together): Promise<void> {
    while (this.#hasRoom) {
      const item = await this.#source.takeLater()
      if (item === undefined) return
      this.#begin(item.value, together)
    }
  }

  #begin(item: T, together: Together): void {
    this.#running++
    this.#ahead++
    const slot = this.#results.begin()
    const index = this.#index++
    const ends = {
      completed: (_index: number, value: unknown): void => this.#came(slot, value, together),
      failed: (_index: number, failure: Failure): void => {
        this.#running--
        this.#failed(failure)
      },
    }
    const fn = this.#fn
    if (fn.length > 2) together.begin((signal) => fn(item, index, signal), index, ends)
    else together.begin(() => (fn as (item: T, index: number) => unknown)(item, index), index, ends)
  }

  /** Who waits for this result is given it at once, so that the next item can be begun in this frame. */
  #came(slot: Slot, value: unknown, together: Together): void {
    this.#running--
    this.#results.end(slot, value)
    const isHandedOver = this.#receiver !== undefined && this.#results.isReady
    const given: Given | undefined = isHandedOver ? { done: false, value: this.#results.take() } : undefined
    if (isHandedOver) {
      this.#ahead--
      this.#settleReceiver(given)
    }
    this.#read(together)
    if (this.#isIdle) this.#settleReceiver(undefined)
  }

  #failed(failure: Failure): void {
    if (failure !== undefined) {
      this.#errors.push(failure.error)
      this.#together?.scope.cancel(failure.error, 'sibling')
    }
    if (this.#isIdle) this.#settleReceiver(undefined)
  }
}
