/** The manager form of a lease: borrows when it is entered, returns when it is exited, and tells the pool how the block ended. */
import type { AsyncContextManager, ManagerExtras, Outcome } from '../contexts/index.ts'
import { StateError } from '../errors/index.ts'
import type { AcquireOptions } from './borrower.ts'
import type { PoolCore } from './core.ts'
import type { Lease } from './lease.ts'
import { holdingLease } from './nested.ts'

/** See {@link Pool.lease}. */
export class LeaseManager<T> implements AsyncContextManager<T>, ManagerExtras {
  readonly #core: PoolCore<T>
  readonly #options: AcquireOptions | undefined
  #isEntered = false
  #lease: Lease<T> | undefined

  constructor(core: PoolCore<T>, options: AcquireOptions | undefined) {
    this.#core = core
    this.#options = options
  }

  '~enterAsync'(): T | Promise<T> {
    if (this.#isEntered) {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `This lease of ${this.#core.name} has been entered already. Ask the pool for a new one: \`pool.lease()\`.`,
      )
    }
    this.#isEntered = true
    const lent = this.#core.acquire(this.#options, this['~enterAsync'])
    return lent instanceof Promise ? lent.then((lease) => this.#hold(lease)) : this.#hold(lent)
  }

  /** (Without a parameter that is asked for: a lease needs no word.) */
  '~exitAsync'(...[outcome]: [Outcome]): Promise<void> | undefined {
    return this.#lease!['~exitAsync'](outcome) as Promise<void> | undefined // entered; a lease answers nothing else
  }

  /** A frame of its own only where somebody wants to know: a wait for what the block itself holds is told. */
  get '~around'(): (<R>(body: () => R) => R) | undefined {
    const lease = this.#lease
    if (lease === undefined || !this.#core.isWatched) return undefined
    return (body) => holdingLease(this.#core, lease, body)
  }

  #hold(lease: Lease<T>): T {
    this.#lease = lease
    return lease.value
  }
}
