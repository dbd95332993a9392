/** The pool: resources that are made once and lent many times. */
import { checkDuration } from '../clock.ts'
import type { AsyncContextManager, Outcome } from '../contexts/index.ts'
import { StateError, UsageError } from '../errors/index.ts'
import { Owner } from '../tasks/owner.ts'
import { wait } from '../tasks/waiting.ts'
import type { AcquireOptions } from './borrower.ts'
import { Closing } from './closing.ts'
import { PoolCore } from './core.ts'
import { LeaseManager } from './lease-manager.ts'
import type { Lease } from './lease.ts'
import { closedErrorOf } from './refusals.ts'
import type { Create } from './resources.ts'
import { settingsOf } from './settings.ts'
import type { PoolOptions } from './settings.ts'
import { statisticsOf } from './statistics.ts'
import type { PoolStatistics } from './statistics.ts'

/**
 * Keeps resources that are dear to make, and lends each to one borrower at a time. First come, first served; what is returned goes
 * straight to who has waited longest. Every `acquire` settles within its time; what was made for a borrower who has left goes to the next.
 *
 * It may be used at once, and makes its resources when they are asked for. As a manager, `within(pool, body)` makes `min` of them
 * before the body, and closes the pool after it. Resources are made, checked and destroyed in the context in which the pool was made or
 * entered, never in a borrower's: cancelling a borrower cancels no making.
 *
 * @example
 * let opened = 0
 * const pool = new Pool(async () => ({ number: ++opened }), { max: 2, destroy: () => { opened-- } })
 * await within(pool, async () => {
 *   await within(pool.lease(), (connection) => connection.number) // => 1
 *   await using lease = await pool.acquire({ timeout: 250 })
 *   return lease.value.number
 * }) // => 1
 * opened // => 0
 */
export class Pool<T> implements AsyncContextManager<Pool<T>>, AsyncDisposable {
  readonly #core: PoolCore<T>
  readonly #closing: Closing<T>
  #isEntered = false

  /**
   * @param create  Makes a resource. It is given a signal that aborts when that takes too long, or the pool is closed.
   * @throws UsageError  `create` is no function, or an option is unknown or makes no sense.
   */
  constructor(create: Create<T>, options: PoolOptions<T> = {}) {
    if (typeof create !== 'function') {
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `A pool got ${String(create)} instead of a function. Give one that makes a resource: \`() => connect(url)\`.`,
      )
    }
    this.#core = new PoolCore(create, settingsOf(options))
    this.#closing = new Closing(this.#core)
  }

  /** The name given. */
  get name(): string {
    return this.#core.settings.name
  }

  /** Whether it takes no more borrowers. */
  get closed(): boolean {
    return this.#core.state !== 'open'
  }

  /**
   * Waits for a resource and borrows it.
   *
   * @param options.timeout  Milliseconds for waiting, making and checking in all. `0` or less takes only what is free. Default: the
   *   pool's `acquireTimeout`.
   * @throws TimeoutError   There was none in time. The text says how many there are and who has them; the cause, why the last could not be made.
   * @throws CreationError  The resource could not be made.
   * @throws Cancelled      The surrounding scope was cancelled.
   * @throws ClosedError    The pool is being closed.
   * @throws FullError      As many wait as may wait.
   *   In all cases nothing is held, and the queue has forgotten this call.
   */
  acquire(options?: AcquireOptions): Promise<Lease<T>> {
    const lent = this.#core.acquire(options, this.acquire)
    return lent instanceof Promise ? lent : Promise.resolve(lent)
  }

  /** Borrows a resource if one is free that needs no preparing, and nobody waits; else gives `undefined`. Never waits. */
  tryAcquire(): Lease<T> | undefined {
    return this.#core.tryAcquire(this.tryAcquire)
  }

  /** A manager that borrows a resource for a block and gives it; to be entered once. */
  lease(options?: AcquireOptions): AsyncContextManager<T> {
    return new LeaseManager(this.#core, options)
  }

  /** Borrows a resource for a function, and gives its result. */
  async use<R>(fn: (resource: T) => R | PromiseLike<R>, options?: AcquireOptions): Promise<R> {
    const lease = await this.#core.acquire(options, this.use)
    let outcome: Outcome = { status: 'completed' }
    try {
      return await fn(lease.value)
    } catch (error) {
      outcome = { status: 'failed', error }
      throw error
    } finally {
      await lease.release(outcome)
    }
  }

  /**
   * Waits until there are `min` resources. Not needed: a pool is always usable.
   *
   * @throws  What making them throws; the pool goes on trying.
   * @throws Cancelled    The surrounding scope was cancelled.
   * @throws ClosedError  The pool is being closed.
   */
  ready(): Promise<void> {
    const core = this.#core
    if (core.state !== 'open') return Promise.reject(closedErrorOf(core))
    return wait<void>((settle) => {
      const look = (failure?: { readonly error: unknown }): void => {
        if (core.resources.entries.size >= core.settings.min) settle.done()
        else if (failure !== undefined) settle.fail(failure.error)
        else return
        core.onChange.delete(look)
      }
      core.onChange.add(look)
      core.pump()
      look()
      return () => core.onChange.delete(look)
    }, undefined)
  }

  /** Has a resource destroyed, or all: now, or when it is returned. `min` is restored. Says whether it was there. */
  invalidate(...[resource]: [] | [resource: T]): boolean {
    return this.#core.invalidate(arguments.length === 0 ? () => true : (other) => other === resource)
  }

  /** What there is, what has happened, and how long things took. */
  statistics(): PoolStatistics {
    return statisticsOf(this.#core)
  }

  /**
   * Lends nothing any more, fails who waits, destroys what is free, and waits until all else has been returned and destroyed. Further
   * calls wait for the same end.
   *
   * @param options.timeout  Milliseconds to wait; then what is lent is destroyed, too, and its leases refuse to be used. Default: the
   *   pool's `closeTimeout`.
   * @throws TimeoutError  Something was not returned in time; the text names the holders. It has been destroyed all the same.
   * @throws  What destroying threw; several errors as an `ErrorGroup`.
   */
  close(options: { readonly timeout?: number | undefined } = {}): Promise<void> {
    const { timeout = this.#core.settings.closeTimeout } = options
    checkDuration(timeout, 'timeout')
    return this.#closing.close(Math.max(0, timeout))
  }

  /** Closes without waiting for what is lent, also when `close` waits for it already. */
  terminate(): Promise<void> {
    return this.#closing.terminate()
  }

  async '~enterAsync'(): Promise<this> {
    if (this.#isEntered) {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `${this.#core.name} has been entered already. It can be entered once: make a new one for each block.`,
      )
    }
    this.#isEntered = true
    this.#core.resources.owner = new Owner()
    try {
      await this.ready()
    } catch (error) {
      await this.close({ timeout: 0 })
      throw error
    }
    return this
  }

  async '~exitAsync'(): Promise<void> {
    await this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}
