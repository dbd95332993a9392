/** A point that several have to reach before any of them goes on. */
import { BrokenError, TimeoutError, UsageError } from '../errors/index.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import { WaitQueue, Waiter } from '../tasks/wait-queue.ts'
import { nameOf } from './lock-options.ts'
import type { LockOptions } from './lock-options.ts'

/** What a barrier can say of itself. */
export interface BarrierStatistics {
  readonly parties: number
  readonly waiting: number
  /** Whether it was aborted and not reset since. */
  readonly broken: boolean
}

/**
 * Lets so many go on together, again and again. Who is cancelled while waiting is not counted any more. Who comes when a round is
 * full begins the next.
 *
 * @example
 * const barrier = new Barrier(2)
 * await gather([() => barrier.wait(), () => barrier.wait()]) // => [0, 1]
 */
export class Barrier {
  readonly parties: number
  readonly #name: string
  readonly #queue: WaitQueue<Waiter<number>> = new WaitQueue<Waiter<number>>({
    waiterLeft() {},
    timeoutError: (_waiter, allowed) =>
      new TimeoutError(
        `${this.#name} was not full within ${allowed} ms: ${this.waiting} of ${this.parties} have come.`,
        allowed,
      ),
  })
  #broken: { readonly reason: unknown } | undefined

  /**
   * @param parties  How many go on together, at least 1.
   * @throws UsageError  Not a whole number of at least 1.
   */
  constructor(parties: number, options: LockOptions = {}) {
    if (!Number.isSafeInteger(parties) || parties < 1) {
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `\`parties\` is ${String(parties)}. Give a whole number of at least 1.`,
      )
    }
    this.parties = parties
    this.#name = nameOf('barrier', options)
  }

  /** How many have come to the round that is not full yet. */
  get waiting(): number {
    return this.#queue.size
  }

  /** Whether it was aborted and not reset since. */
  get broken(): boolean {
    return this.#broken !== undefined
  }

  /**
   * Waits until all have come; gives the place in the order of coming, from 0.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit.
   * @throws BrokenError   It was aborted, or reset while this waited.
   * @throws TimeoutError  Not all came in time. This one is not counted any more.
   * @throws Cancelled     The surrounding scope was cancelled. This one is not counted any more.
   */
  wait(options?: TimedWaitOptions): Promise<number> {
    const scope = scopeHere()
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    if (this.#broken !== undefined) return Promise.reject(this.#brokenError('has been aborted', this.#broken.reason))
    if (this.waiting + 1 < this.parties) return this.#queue.wait<number>(new Waiter<number>(), scope, options)
    let index = 0
    for (let waiter = this.#queue.first; waiter !== undefined; waiter = this.#queue.first) waiter.serve(index++)
    return Promise.resolve(index)
  }

  /** Breaks the round that waits, and begins a new one. */
  reset(): void {
    this.#broken = undefined
    this.#queue.failAll(() => this.#brokenError('was reset', undefined))
  }

  /** Breaks the round that waits, and all to come until it is reset. */
  abort(reason?: unknown): void {
    this.#broken ??= { reason }
    this.#queue.failAll(() => this.#brokenError('has been aborted', reason))
  }

  statistics(): BarrierStatistics {
    const { parties, waiting, broken } = this
    return { parties, waiting, broken }
  }

  #brokenError(what: string, cause: unknown): BrokenError {
    const reason = cause instanceof Error ? `: ${cause.message}` : ''
    return new BrokenError(
      `${this.#name} ${what}${reason}. Not all of ${this.parties} will come.`,
      cause === undefined ? {} : { cause },
    )
  }
}
