/** A limit on how many do something at the same time, which knows who they are. */
import type { AsyncContextManager } from '../contexts/index.ts'
import { StateError } from '../errors/index.ts'
import type { TimedWaitOptions } from '../tasks/index.ts'
import { nameOf } from './lock-options.ts'
import type { LockOptions } from './lock-options.ts'
import { Permit } from './permit.ts'
import { checkTotal, Permits } from './permits.ts'

/** What is asked of a limiter. */
export interface TokenOptions extends TimedWaitOptions {
  /** Who borrows: any object. One that has a token, or waits for one, is refused a second. Default: somebody unknown. */
  readonly borrower?: object | undefined
}

/** What a limiter can say of itself. */
export interface LimiterStatistics {
  readonly total: number
  readonly borrowed: number
  readonly waiting: number
  /** Those who have a token and said who they are. */
  readonly borrowers: readonly object[]
}

/**
 * So many tokens, each lent to a borrower. Unlike a semaphore it refuses a borrower that has one already, which would be a deadlock in
 * the making, and its total is meant to be changed while it works.
 *
 * @example
 * const limiter = new CapacityLimiter(2)
 * const host = { name: 'example.org' }
 * await within(limiter.token({ borrower: host }), () => limiter.statistics().borrowers) // => [{ name: 'example.org' }]
 */
export class CapacityLimiter {
  readonly #permits: Permits
  readonly #borrowers = new Set<object>()
  readonly #waiting = new Set<object>()

  /**
   * @param total  How many tokens there are: a whole number of at least 0, or `Infinity`.
   * @throws UsageError  The number makes no sense.
   */
  constructor(total: number, options: LockOptions = {}) {
    checkTotal(total, 'total')
    this.#permits = new Permits(nameOf('capacity limiter', options), total)
  }

  /** How many tokens there are. More wake who waits at once; fewer take effect as tokens come back. */
  get total(): number {
    return this.#permits.nominal
  }

  set total(total: number) {
    checkTotal(total, 'total')
    this.#permits.resize(total)
  }

  /** How many are lent. */
  get borrowed(): number {
    return this.#permits.total - this.#permits.free
  }

  /** How many are free; below zero when more are lent than there are now. */
  get free(): number {
    return this.#permits.free
  }

  /** How many wait. */
  get waiting(): number {
    return this.#permits.queue.size
  }

  /** A manager that borrows a token round a block. Without a borrower it can be entered any number of times. */
  token(options: TokenOptions = {}): AsyncContextManager<void> {
    return {
      '~enterAsync': () => this.#borrow(options, this.token),
      '~exitAsync': () => this.#giveBack(options.borrower),
    }
  }

  /**
   * Waits for a token.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` tries once and does not wait.
   * @throws StateError    The borrower has a token, or waits for one.
   * @throws TimeoutError  There was none in time. Nothing is held, and the queue has forgotten this call.
   * @throws Cancelled     The surrounding scope was cancelled. Nothing is held.
   */
  async acquire(options: TokenOptions = {}): Promise<Permit> {
    await this.#borrow(options, this.acquire)
    return this.#permitFor(options.borrower)
  }

  /** Takes a token if one is free and nobody waits; else gives `undefined`. Never waits. */
  tryAcquire({ borrower }: Pick<TokenOptions, 'borrower'> = {}): Permit | undefined {
    this.#checkNew(borrower)
    if (!this.#permits.tryTake(1)) return undefined
    if (borrower !== undefined) this.#borrowers.add(borrower)
    return this.#permitFor(borrower)
  }

  statistics(): LimiterStatistics {
    const { total, borrowed, waiting } = this
    return { total, borrowed, waiting, borrowers: Array.from(this.#borrowers) }
  }

  async #borrow(options: TokenOptions, caller: (...args: never[]) => unknown): Promise<void> {
    const { borrower } = options
    this.#checkNew(borrower)
    if (borrower !== undefined) this.#waiting.add(borrower)
    try {
      await this.#permits.enter(1, options, caller)
      if (borrower !== undefined) this.#borrowers.add(borrower)
    } finally {
      if (borrower !== undefined) this.#waiting.delete(borrower)
    }
  }

  #giveBack(borrower: object | undefined): void {
    if (borrower !== undefined) this.#borrowers.delete(borrower)
    this.#permits.giveBack(1)
  }

  #permitFor(borrower: object | undefined): Permit {
    return new Permit({ name: this.#permits.name, giveBack: () => this.#giveBack(borrower) }, 1, undefined)
  }

  #checkNew(borrower: object | undefined): void {
    if (borrower === undefined) return
    const state = this.#borrowers.has(borrower)
      ? 'has a token'
      : this.#waiting.has(borrower)
        ? 'waits for a token'
        : undefined
    if (state === undefined) return
    throw new StateError(
      'WITHAL_ALREADY_BORROWED',
      `This borrower ${state} of ${this.#permits.name} already. Give that back first, or use another borrower.`,
    )
  }
}
