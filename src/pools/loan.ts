/**
 * What a pool knows of a resource it has lent: who has it, since when. Kept apart from the `Lease` that the borrower has, so that the pool
 * does not hold on to leases that were forgotten: diagnostics can notice those.
 */
import type { Entry } from './entry.ts'
import type { LeaseWatch } from './lease-watch.ts'

/** One resource lent once. An entry keeps its loan for the next borrower. */
export class Loan<T> {
  readonly entry: Entry<T>
  since = 0
  /** When its holder last said that it is being used. */
  usedAt = 0
  /** The task it was taken in, if any. */
  holder: { readonly name: string } | undefined
  /** What diagnostics know of it. */
  watch: LeaseWatch | undefined
  isOut = false
  /** Whether it was taken away, since its pool was closed by force. */
  isRevoked = false
  /** The two below are the list's. */
  before: Loan<T> | undefined
  after: Loan<T> | undefined

  constructor(entry: Entry<T>) {
    this.entry = entry
  }
}

/** The loan for the next borrower of an entry. */
export function loanOf<T>(entry: Entry<T>): Loan<T> {
  const kept = entry.loan as Loan<T> | undefined // only this function sets it
  if (kept?.isOut === false) return kept
  const loan = new Loan(entry)
  entry.loan ??= loan
  return loan
}

/** What is lent, the oldest first. */
export class Loans<T> implements Iterable<Loan<T>> {
  #oldest: Loan<T> | undefined
  #newest: Loan<T> | undefined
  size = 0

  add(loan: Loan<T>): void {
    loan.isOut = true
    loan.before = this.#newest
    if (this.#newest === undefined) this.#oldest = loan
    else this.#newest.after = loan
    this.#newest = loan
    this.size++
  }

  remove(loan: Loan<T>): void {
    if (!loan.isOut) return
    const { before, after } = loan
    if (before === undefined) this.#oldest = after
    else before.after = after
    if (after === undefined) this.#newest = before
    else after.before = before
    loan.isOut = false
    loan.holder = undefined
    loan.watch = undefined
    loan.before = undefined
    loan.after = undefined
    this.size--
  }

  *[Symbol.iterator](): Generator<Loan<T>, void> {
    for (let loan = this.#oldest; loan !== undefined; loan = loan.after) yield loan
  }
}
