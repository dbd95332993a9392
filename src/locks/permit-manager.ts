/**
 * What mutexes, the two sides of a read-write lock and the keys of a keyed lock have in common: a manager that takes some
 * permits round a block, and the verbs that take them for a permit.
 */
import { isWatching } from '../channels.ts'
import type { AsyncContextManager, ManagerExtras } from '../contexts/index.ts'
import type { TimedWaitOptions } from '../tasks/index.ts'
import { holding } from './permit-watch.ts'
import type { Permit } from './permit.ts'
import type { Permits } from './permits.ts'

/** What a manager takes from, for who gives it back for a while. */
export let permitsOf: (manager: PermitManager) => Permits

/**
 * Something that is held round a block: `within(lock, body)`. It can be entered any number of times, also before a former
 * block has ended: that is what waiting is for.
 */
export class PermitManager implements AsyncContextManager<undefined>, ManagerExtras {
  readonly #permits: Permits | undefined
  readonly #count: number
  readonly #options: TimedWaitOptions | undefined

  /** Managers are made by the locks; without `permits` they are looked up at each call. */
  constructor(permits: Permits | undefined, count: number, options?: TimedWaitOptions) {
    this.#permits = permits
    this.#count = count
    this.#options = options
  }

  /** What it takes from. */
  protected get permits(): Permits {
    return this.#permits! // else a subclass looks them up
  }

  /**
   * Waits until it is free and takes it, first come, first served. The permit gives it back.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` tries once and does not wait.
   * @throws TimeoutError  It did not become free in time. Nothing is held, and the queue has forgotten this call.
   * @throws Cancelled     The surrounding scope was cancelled. Nothing is held.
   * @throws StateError    (With diagnostics on) a block around this call, in the same task, holds it: see docs/locks.md.
   */
  acquire(options?: TimedWaitOptions): Promise<Permit> {
    return this.permits.acquire(this.#count, options, this.acquire)
  }

  /** Takes it if it is free and nobody waits; else gives `undefined`. Never waits. */
  tryAcquire(): Permit | undefined {
    return this.permits.tryAcquire(this.#count, this.tryAcquire)
  }

  /**
   * Runs a function while it is held, and gives its result.
   *
   * @throws  What the function throws; or as {@link PermitManager.acquire}: then the function has not been called.
   */
  async runExclusive<R>(fn: () => R | PromiseLike<R>, options?: TimedWaitOptions): Promise<R> {
    const waiting = this.permits.enter(this.#count, options, this.runExclusive)
    if (waiting !== undefined) await waiting
    try {
      return await (isWatching() ? holding(this.permits, this.#count, this.runExclusive, fn) : fn())
    } finally {
      this.permits.giveBack(this.#count)
    }
  }

  '~enterAsync'(): undefined | Promise<undefined> {
    return this.permits.enter(this.#count, this.#options, this['~enterAsync'])
  }

  '~exitAsync'(): void {
    this.permits.giveBack(this.#count)
  }

  static {
    permitsOf = (manager) => manager.permits
  }

  /** A frame of its own only for diagnostics: a wait for what the block itself holds is named. */
  get '~around'(): (<R>(body: () => R) => R) | undefined {
    if (!isWatching()) return undefined
    const around = <R>(body: () => R): R => holding(this.permits, this.#count, around, body)
    return around
  }
}
