/** A lock for each key. */
import { describe } from '../contexts/describe.ts'
import { UsageError } from '../errors/index.ts'
import type { TimedWaitOptions } from '../tasks/index.ts'
import { nameOf } from './lock-options.ts'
import type { LockOptions } from './lock-options.ts'
import { PermitManager } from './permit-manager.ts'
import type { Permit } from './permit.ts'
import { Permits } from './permits.ts'

/** What {@link KeyedLock} takes. */
export interface KeyedLockOptions extends LockOptions {
  /** How many can have the same key at a time, at least 1. Default: 1. */
  readonly permits?: number | undefined
}

/**
 * Excludes those from each other who ask for the same key; others do not wait. A key is forgotten when nobody has it and nobody
 * waits for it, so any number of keys can come and go. Keys are compared as in a `Map`.
 *
 * @example
 * const accounts = new KeyedLock<string>()
 * await within(accounts.permit('a'), accounts.permit('b'), () => accounts.size) // => 2
 * accounts.size // => 0
 */
export class KeyedLock<K> {
  readonly #name: string
  readonly #permits: number
  readonly #keys = new Map<K, KeyPermits>()

  /** @throws UsageError  `permits` is no whole number of at least 1. */
  constructor(options: KeyedLockOptions = {}) {
    const { permits = 1 } = options
    if (permits !== Infinity && (!Number.isSafeInteger(permits) || permits < 1)) {
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `\`permits\` is ${String(permits)}. Give a whole number of at least 1.`,
      )
    }
    this.#permits = permits
    this.#name = nameOf('keyed lock', options)
  }

  /** How many keys somebody has or waits for. */
  get size(): number {
    return this.#keys.size
  }

  /** A manager that takes the key round a block; it can be entered any number of times. */
  permit(key: K, options?: TimedWaitOptions): PermitManager {
    return new KeyPermitManager(() => this.#permitsFor(key), options)
  }

  /**
   * Waits until the key is free and takes it.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` tries once and does not wait.
   * @throws TimeoutError  It did not become free in time. Nothing is held, and the queue has forgotten this call.
   * @throws Cancelled     The surrounding scope was cancelled. Nothing is held.
   */
  acquire(key: K, options?: TimedWaitOptions): Promise<Permit> {
    return this.permit(key).acquire(options)
  }

  /** Takes the key if it is free and nobody waits for it; else gives `undefined`. Never waits. */
  tryAcquire(key: K): Permit | undefined {
    return this.permit(key).tryAcquire()
  }

  /** Runs a function while the key is held, and gives its result. */
  runExclusive<R>(key: K, fn: () => R | PromiseLike<R>, options?: TimedWaitOptions): Promise<R> {
    return this.permit(key).runExclusive(fn, options)
  }

  /** Whether a `tryAcquire(key)` would give nothing now. */
  locked(key: K): boolean {
    const permits = this.#keys.get(key)
    return permits !== undefined && (permits.free < 1 || permits.queue.size > 0)
  }

  /** How many wait for a key. */
  waiting(key: K): number {
    return this.#keys.get(key)?.queue.size ?? 0
  }

  #permitsFor(key: K): Permits {
    let permits = this.#keys.get(key)
    if (permits === undefined) {
      permits = new KeyPermits(`${this.#name}, key ${describe(key)},`, this.#permits, () => this.#keys.delete(key))
      this.#keys.set(key, permits)
    }
    return permits
  }
}

/** The permits of one key, which tell when nobody needs them any more. */
class KeyPermits extends Permits {
  readonly #whenIdle: () => void

  constructor(name: string, total: number, whenIdle: () => void) {
    super(name, total)
    this.#whenIdle = whenIdle
  }

  /** Who was refused has taken nothing, and leaves nothing: nobody would ever come back for it. */
  override acquire(...args: Parameters<Permits['acquire']>): Promise<Permit> {
    try {
      return super.acquire(...args)
    } finally {
      this.#forgetIfIdle()
    }
  }

  override enter(...args: Parameters<Permits['enter']>): Promise<undefined> | undefined {
    try {
      return super.enter(...args)
    } finally {
      this.#forgetIfIdle()
    }
  }

  override giveBack(count: number): void {
    super.giveBack(count)
    this.#forgetIfIdle()
  }

  override waiterLeft(): void {
    super.waiterLeft()
    this.#forgetIfIdle()
  }

  #forgetIfIdle(): void {
    if (this.free === this.total && this.queue.size === 0) this.#whenIdle()
  }
}

/** Looks the key up each time: it may have been forgotten since. */
class KeyPermitManager extends PermitManager {
  readonly #permitsFor: () => Permits

  constructor(permitsFor: () => Permits, options: TimedWaitOptions | undefined) {
    super(undefined, 1, options)
    this.#permitsFor = permitsFor
  }

  protected override get permits(): Permits {
    return this.#permitsFor()
  }
}
