/** A value that comes once, and that many can wait for. */
import { Cancelled, TaskCancelledError, TimeoutError } from '../errors/index.ts'
import { nameOf } from '../locks/lock-options.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import { WaitQueue, Waiter } from '../tasks/wait-queue.ts'
import { Failure } from './failure.ts'

/** What {@link Deferred} takes. */
export interface DeferredOptions {
  /** Stands in messages. */
  readonly name?: string | undefined
}

/** How it has ended, or that it has not. */
export type DeferredState = 'pending' | 'resolved' | 'rejected' | 'cancelled'

type Settlement<T> =
  | { readonly state: 'resolved'; readonly value: T }
  | { readonly state: 'rejected'; readonly failure: Failure }
  | { readonly state: 'cancelled'; readonly cancelled: Cancelled }

/**
 * A value that is settled once, from anywhere: by `resolve`, `reject` or `cancel`, each of which tells whether it was the first. It
 * is not thenable: `wait` waits for it, any number of times, and one waiter that is cancelled does not disturb the others.
 *
 * A rejection that nobody ever waits for goes to `onLateError` when the object is collected.
 *
 * @example
 * const answer = new Deferred<number>()
 * await within(new TaskGroup(), async (group) => {
 *   group.spawn(() => answer.resolve(42))
 *   return await answer.wait({ timeout: 1_000 })
 * }) // => 42
 * answer.resolve(43) // => false
 */
export class Deferred<T> {
  readonly #name: string
  readonly #queue: WaitQueue<Waiter<T>> = new WaitQueue<Waiter<T>>({
    waiterLeft() {},
    timeoutError: (_waiter, allowed) =>
      new TimeoutError(`${this.#name} was not settled within ${allowed} ms: ${this.waiting} waiting.`, allowed),
  })
  #settlement: Settlement<T> | undefined

  constructor(options: DeferredOptions = {}) {
    this.#name = nameOf('deferred value', options)
  }

  /** How it has ended, or that it has not. */
  get state(): DeferredState {
    return this.#settlement?.state ?? 'pending'
  }

  /** Whether it has ended in any way. */
  get settled(): boolean {
    return this.#settlement !== undefined
  }

  /** How many wait for it. */
  get waiting(): number {
    return this.#queue.size
  }

  /** Gives everybody the value, now and later; a promise is awaited by each. Answers whether it was the first to settle this. */
  resolve(value: T): boolean {
    if (this.settled) return false
    this.#settlement = { state: 'resolved', value }
    for (let waiter = this.#queue.first; waiter !== undefined; waiter = this.#queue.first) waiter.serve(value)
    return true
  }

  /** Throws the error at everybody, now and later. Answers whether it was the first to settle this; else the error is forgotten. */
  reject(error: unknown): boolean {
    if (this.settled) return false
    const failure = new Failure(error, { source: 'Deferred', name: this.#name })
    this.#settlement = { state: 'rejected', failure }
    if (this.waiting === 0) failure.follow(this)
    else this.#queue.failAll(() => failure.hear())
    return true
  }

  /**
   * Says that there will be no value: everybody who waits, now and later, gets a `TaskCancelledError`. Answers whether it
   * was the first to settle this.
   *
   * @param reason  Is kept in the error's cause, a `Cancelled`.
   */
  cancel(reason?: unknown): boolean {
    if (this.settled) return false
    const cancelled = new Cancelled(undefined, { reason })
    this.#settlement = { state: 'cancelled', cancelled }
    this.#queue.failAll(() => this.#cancelledError(cancelled))
    return true
  }

  /**
   * Waits until it is settled, and gives the value.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` looks once and does not wait.
   * @throws TimeoutError        It was not settled in time.
   * @throws Cancelled           The surrounding scope was cancelled.
   * @throws TaskCancelledError  It was cancelled by `cancel`, and the caller was not.
   * @throws                     What `reject` was given.
   */
  wait(options?: TimedWaitOptions): Promise<Awaited<T>> {
    const scope = scopeHere()
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    const settlement = this.#settlement
    if (settlement === undefined) return this.#queue.wait(new Waiter<T>(), scope, options) as Promise<Awaited<T>> // promises await their value
    if (settlement.state === 'resolved') return Promise.resolve(settlement.value)
    return Promise.reject(this.#errorOf(settlement))
  }

  #errorOf(settlement: Exclude<Settlement<T>, { state: 'resolved' }>): unknown {
    if (settlement.state === 'rejected') return settlement.failure.hear()
    return this.#cancelledError(settlement.cancelled)
  }

  #cancelledError(cause: Cancelled): TaskCancelledError {
    return new TaskCancelledError(`${this.#name} was cancelled.`, { cause })
  }
}
