/** A connection that is lent for a block, for what belongs to one session. */
import type { AsyncContextManager, Outcome } from '../../contexts/index.ts'
import { StateError } from '../../errors/index.ts'
import type { Dialect, DriverCursor, Result } from './driver.ts'
import { Fence } from './fence.ts'
import type { Statement } from './sql.ts'
import { batchSizeOf, Statements } from './statements.ts'
import { beginTransaction, TransactionManager } from './transaction.ts'
import type { Borrowed, OpenTransaction } from './transaction.ts'
import type { Connection, CursorOptions, StatementOptions, Transaction, TransactionOptions } from './types.ts'

/** A connection somebody has. */
export class LentConnection extends Statements implements Connection {
  readonly #borrowed: Borrowed
  readonly #fence = new Fence('a connection')
  #isTaken = false
  #ending: Promise<void> | undefined

  constructor(borrowed: Borrowed) {
    super()
    this.#borrowed = borrowed
  }

  /** Marks what has been entered already. */
  get '~held'(): true {
    return true
  }

  /** Itself, as handles have it. */
  get value(): this {
    return this
  }

  protected get dialect(): Dialect {
    return this.#borrowed.dialect
  }

  protected run(statement: Statement, options: StatementOptions): Promise<Result> {
    return this.#fence.inside(() => this.#borrowed.session.run(statement, options))
  }

  protected openCursor(statement: Statement, options: CursorOptions): Promise<DriverCursor> {
    return this.#fence.openCursor(() => this.#borrowed.session.openCursor(statement, batchSizeOf(options), options))
  }

  transaction(options: TransactionOptions = {}): AsyncContextManager<Transaction> {
    return new TransactionManager(() => this.#begin(options))
  }

  begin(options: TransactionOptions = {}): Promise<Transaction> {
    return this.#begin(options)
  }

  release(): Promise<void> {
    return this.#end({ status: 'completed' })
  }

  '~enterAsync'(): this {
    if (this.#isTaken || this.#ending !== undefined) {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        'This connection has been given away or given back. It is left once: ask for another one.',
      )
    }
    this.#isTaken = true
    return this
  }

  '~exitAsync'(...[outcome]: [Outcome]): Promise<void> {
    return this.#end(outcome)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end({ status: 'unknown' })
  }

  #end(outcome: Outcome): Promise<void> {
    this.#ending ??= this.#endOnce(outcome)
    return this.#ending
  }

  async #endOnce(outcome: Outcome): Promise<void> {
    let told = outcome
    try {
      await this.#fence.end()
    } catch (error) {
      told = { status: 'failed', error }
      throw error
    } finally {
      await this.#borrowed.giveBack(told)
    }
  }

  async #begin(options: TransactionOptions): Promise<OpenTransaction> {
    const { session, dialect } = this.#borrowed
    return await this.#fence.nest((giveBack) => beginTransaction({ session, dialect, giveBack }, options))
  }
}
