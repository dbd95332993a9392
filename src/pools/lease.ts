/** A resource that has been borrowed, to be returned once. */
import type { ExitAnswer, Outcome } from '../contexts/index.ts'
import { completed, failed, unknown } from '../contexts/outcome.ts'
import { StateError } from '../errors/index.ts'
import { guardedValue } from './guarded-value.ts'
import type { LeaseWatch } from './lease-watch.ts'
import type { Loan } from './loan.ts'

/** Most returns need no waiting. */
const done = Promise.resolve()

/** What leases are borrowed from. */
export interface Lender<T> {
  readonly name: string
  readonly guarded: boolean
  now(): number
  /** Takes a resource back; waits only if it has to. It never fails. */
  takeBack(loan: Loan<T>, outcome: Outcome): Promise<void> | undefined
}

/**
 * A borrowed resource: `await using lease = await pool.acquire()`, and then `lease.value`. It is returned by `release()`, at the end of
 * a `using` or `await using` block, or by `within(lease, body)` and stacks, which exit it; all but the first time do nothing. Waiting
 * for the return waits until the resource has been made clean; it never fails.
 */
export class Lease<T> implements Disposable, AsyncDisposable {
  readonly #loan: Loan<T>
  readonly #lender: Lender<T>
  readonly #watch: LeaseWatch | undefined
  #state: 'held' | 'given away' | 'returned' = 'held'
  #word: Outcome = unknown
  #returning: Promise<void> | undefined
  #guarded: { readonly value: T } | undefined

  /** Leases are made by their pool. */
  constructor(lender: Lender<T>, loan: Loan<T>) {
    this.#lender = lender
    this.#loan = loan
    this.#watch = loan.watch
  }

  /** Marks what has been entered already. */
  get '~held'(): true {
    return true
  }

  /**
   * What was borrowed.
   *
   * @throws StateError  It has been returned, or the pool was closed by force. The text says where it was acquired, if that is known.
   */
  get value(): T {
    if (this.released) throw this.#returnedError()
    if (!this.#lender.guarded) return this.#loan.entry.resource
    this.#guarded ??= { value: guardedValue(this.#loan.entry.resource, () => this.#use()) }
    return this.#guarded.value
  }

  /** Whether it has been returned, or taken away. */
  get released(): boolean {
    return this.#state === 'returned' || this.#loan.isRevoked
  }

  /** Says that it is being used: the report of a lease held for long tells the time of it. */
  touch(): void {
    if (!this.released) this.#loan.usedAt = this.#lender.now()
  }

  /** The stack of who took it, where `leakAfter` or diagnostics have it recorded. */
  get acquiredAt(): string | undefined {
    return this.#watch?.place
  }

  /** Says that its block has done its work, for who cleans up after it. */
  complete(): void {
    this.#word = completed
  }

  /** Says that its block has failed, for who cleans up after it. */
  fail(error: unknown): void {
    this.#word = failed(error)
  }

  /** Has the resource destroyed when it is returned, instead of lent again. */
  invalidate(why = 'it was invalidated by its borrower'): void {
    if (!this.released) this.#loan.entry.retired ??= why
  }

  /**
   * Returns it; further calls do nothing. The promise is fulfilled when the resource has been made clean, or destroyed.
   *
   * @param outcome  How its block ended. Default: what `complete()` or `fail()` said; else `completed`.
   */
  release(outcome?: Outcome): Promise<void> {
    return this.#return(outcome ?? (this.#word === unknown ? completed : this.#word)) ?? done
  }

  '~enterAsync'(): T {
    if (this.#state !== 'held') {
      const what = this.released ? 'returned' : 'given away'
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `This lease of ${this.#lender.name} has already been ${what}. A lease is exited once: acquire another one.`,
      )
    }
    this.#state = 'given away'
    return this.value
  }

  /** (Without a parameter that is asked for, so that no word is missed in diagnostics.) */
  '~exitAsync'(...[outcome]: [Outcome]): ExitAnswer | Promise<ExitAnswer> {
    return this.#return(outcome.status === 'unknown' ? this.#word : outcome)
  }

  [Symbol.dispose](): void {
    this.#return(this.#word)?.catch(() => {}) // it never fails
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#return(this.#word) ?? done
  }

  #return(outcome: Outcome): Promise<void> | undefined {
    if (this.released) return this.#returning
    this.#state = 'returned'
    this.#watch?.closed()
    this.#returning = this.#lender.takeBack(this.#loan, outcome)
    return this.#returning
  }

  #use(): void {
    if (this.released) throw this.#returnedError()
    this.touch()
  }

  #returnedError(): StateError {
    const what = this.#loan.isRevoked ? 'was taken away when its pool was closed by force' : 'has been returned'
    const place = this.#watch === undefined ? '' : ` Acquired at:\n${this.#watch.place}`
    return new StateError(
      'WITHAL_LEASE_RETURNED',
      `This lease of ${this.#lender.name} ${what}, and somebody else may have what it stood for. Use it inside its block only.${place}`,
    )
  }
}
