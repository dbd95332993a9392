/** What is lent: the leases, how long borrowers waited for them and have held them, and what is told of that. */
import type { Clock } from '../clock.ts'
import type { Entry } from './entry.ts'
import type { PoolEvent } from './events.ts'
import { Histogram } from './histogram.ts'
import { tellLeak } from './holders.ts'
import type { LeaseWatch } from './lease-watch.ts'
import { Lease } from './lease.ts'
import type { Lender } from './lease.ts'
import { loanOf, Loans } from './loan.ts'
import type { Loan } from './loan.ts'

/** The part of a pool that lends. */
export interface LendingPool<T> extends Lender<T> {
  readonly settings: {
    readonly name: string
    readonly leakAfter: number
    readonly onEvent: ((event: PoolEvent) => void) | undefined
  }
  readonly resources: { readonly owner: { readonly clock: Clock }; tell(event: PoolEvent): void }
}

/** Who borrows: since when, in which task, and what diagnostics know of it. */
export interface BorrowedBy {
  readonly since: number
  readonly holder: { readonly name: string } | undefined
  readonly watch: LeaseWatch | undefined
}

/** Keeps the accounts of one pool. */
export class Lending<T> {
  readonly loans: Loans<T> = new Loans<T>()
  readonly waitTime: Histogram = new Histogram()
  readonly holdTime: Histogram = new Histogram()
  leaks = 0
  readonly #pool: LendingPool<T>

  constructor(pool: LendingPool<T>) {
    this.#pool = pool
  }

  /** Lends a resource that has been taken for it. */
  lend(entry: Entry<T>, now: number, { since, holder, watch }: BorrowedBy): Lease<T> {
    entry.uses++
    const loan = loanOf(entry)
    loan.since = now
    loan.usedAt = now
    loan.holder = holder
    loan.watch = watch
    this.loans.add(loan)
    this.waitTime.add(now - since)
    const lease = new Lease<T>(this.#pool, loan)
    if (watch !== undefined) this.#follow(lease, loan, watch)
    return lease
  }

  /** To be called when the borrower has the lease: whoever is told may use the pool. */
  tellLent(waited: number): void {
    const { onEvent, name } = this.#pool.settings
    if (onEvent !== undefined) this.#pool.resources.tell({ type: 'acquired', pool: name, waited })
  }

  /** It comes back. */
  takeBack(loan: Loan<T>, now: number): void {
    const held = now - loan.since
    this.loans.remove(loan)
    this.holdTime.add(held)
    const { onEvent, name } = this.#pool.settings
    if (onEvent !== undefined) this.#pool.resources.tell({ type: 'released', pool: name, held })
  }

  #follow(lease: Lease<T>, loan: Loan<T>, watch: LeaseWatch): void {
    const { settings, resources } = this.#pool
    watch.lent(lease, resources.owner.clock, settings.leakAfter, () => {
      this.leaks++
      tellLeak(this.#pool, loan)
    })
  }
}
