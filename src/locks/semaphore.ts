/** A number of places. */
import { UsageError } from '../errors/index.ts'
import type { TimedWaitOptions } from '../tasks/index.ts'
import { nameOf } from './lock-options.ts'
import type { LockOptions } from './lock-options.ts'
import { PermitManager } from './permit-manager.ts'
import type { Permit } from './permit.ts'
import { checkAsked, checkCount, checkTotal, Permits } from './permits.ts'

/** What {@link Semaphore} takes. */
export interface SemaphoreOptions extends LockOptions {
  /** How many permits are free at first. Default: all. */
  readonly initial?: number | undefined
}

/** What is asked of a semaphore. */
export interface PermitOptions extends TimedWaitOptions {
  /** How many permits at once, at least 1. Default: 1. */
  readonly count?: number | undefined
}

/** What a semaphore can say of itself. */
export interface SemaphoreStatistics {
  /** How many permits there are. */
  readonly permits: number
  /** How many nobody has; below zero when there are fewer now than have been given out. */
  readonly free: number
  readonly waiting: number
}

/**
 * So many permits, given out first come, first served. Who asks for many at once is not overtaken by who asks for few.
 * It is bounded: more can never be given back than there are.
 *
 * @example
 * const uploads = new Semaphore(4)
 * await within(uploads.permit(), async () => uploads.free) // => 3
 * {
 *   await using permit = await uploads.acquire({ count: 3, timeout: 250 })
 *   uploads.tryAcquire({ count: 2 }) // => undefined
 * }
 * uploads.free // => 4
 */
export class Semaphore {
  readonly #permits: Permits

  /**
   * @param permits  How many there are: a whole number of at least 0, or `Infinity`.
   * @param options.initial  How many of them are free at first; the others come by `release()`. Default: all.
   * @throws UsageError  A number makes no sense.
   */
  constructor(permits: number, options: SemaphoreOptions = {}) {
    const { initial = permits } = options
    checkTotal(permits, 'permits')
    checkTotal(initial, 'initial')
    if (initial > permits) {
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `\`initial\` is ${initial}, and there are to be ${permits} permits. Give at most as many.`,
      )
    }
    this.#permits = new Permits(nameOf('semaphore', options), permits, initial)
  }

  /** How many permits there are. */
  get permits(): number {
    return this.#permits.nominal
  }

  /** How many nobody has; below zero when there are fewer now than have been given out. */
  get free(): number {
    return this.#permits.free
  }

  /** How many wait. */
  get waiting(): number {
    return this.#permits.queue.size
  }

  /** Whether a `tryAcquire()` would give nothing now. */
  get locked(): boolean {
    return this.free < 1 || this.waiting > 0
  }

  /** A manager that takes permits round a block; it can be entered any number of times. */
  permit(options: PermitOptions = {}): PermitManager {
    return new PermitManager(this.#permits, this.#count(options), options)
  }

  /**
   * Waits until so many permits are free and takes them.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` tries once and does not wait.
   * @throws TimeoutError  They did not become free in time. Nothing is held, and the queue has forgotten this call.
   * @throws Cancelled     The surrounding scope was cancelled. Nothing is held.
   * @throws UsageError    More are asked for than there are.
   */
  acquire(options?: PermitOptions): Promise<Permit> {
    return this.#permits.acquire(this.#count(options), options, this.acquire)
  }

  /** Takes them if they are free and nobody waits; else gives `undefined`. Never waits. */
  tryAcquire(options?: Pick<PermitOptions, 'count'>): Permit | undefined {
    return this.#permits.tryAcquire(this.#count(options), this.tryAcquire)
  }

  /** Runs a function while permits are held, and gives its result. */
  runExclusive<R>(fn: () => R | PromiseLike<R>, options?: PermitOptions): Promise<R> {
    return this.permit(options).runExclusive(fn, options)
  }

  /**
   * Makes permits free that no `Permit` stands for: those that `initial` left out, for signalling between tasks.
   *
   * @throws StateError  More would be free than there are; nothing is changed.
   */
  release(count = 1): void {
    checkCount(count)
    this.#permits.giveBack(count)
  }

  /**
   * Changes how many there are: more wake who waits at once, fewer take effect as permits come back. Who waits for more than there are
   * now keeps his place, and those behind him theirs, until there are as many again.
   */
  resize(permits: number): void {
    checkTotal(permits, 'permits')
    this.#permits.resize(permits)
  }

  statistics(): SemaphoreStatistics {
    const { permits, free, waiting } = this
    return { permits, free, waiting }
  }

  #count(options: Pick<PermitOptions, 'count'> | undefined): number {
    const count = options?.count
    if (count === undefined) return 1
    checkAsked(count, this.#permits)
    return count
  }
}
