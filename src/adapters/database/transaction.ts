/**
 * Transactions and savepoints: committed when their block ends well, else rolled back. What still runs in one when it ends is waited for,
 * and what is given to it later is refused, so nothing of it ever runs outside.
 */
import type { AsyncContextManager, Outcome } from '../../contexts/index.ts'
import { StateError, UsageError } from '../../errors/index.ts'
import { watchOpen } from '../../observe.ts'
import type { Watch } from '../../observe.ts'
import type { Dialect, DriverCursor, Result } from './driver.ts'
import { CommitUnknownError, TransactionEndedError } from './errors.ts'
import { Fence } from './fence.ts'
import type { Session } from './session.ts'
import type { Statement } from './sql.ts'
import { batchSizeOf, brief, Statements } from './statements.ts'
import type { CursorOptions, StatementOptions, Transaction, TransactionOptions } from './types.ts'

/** A session that transactions run on, and how it is given back. */
export interface Borrowed {
  readonly session: Session
  readonly dialect: Dialect
  giveBack(outcome: Outcome): Promise<void>
}

/** What begins and ends a transaction: the whole of it, or a savepoint in another one. */
interface Words {
  readonly begin: readonly string[]
  readonly commit: string
  readonly rollback: readonly string[]
  readonly after: readonly string[]
}

/** Begins a transaction on a borrowed session, which it gives back at its end; also when it cannot be begun. */
export async function beginTransaction(borrowed: Borrowed, options: TransactionOptions): Promise<OpenTransaction> {
  const words = (): Words => {
    const { dialect } = borrowed
    const after = dialect.afterEnd?.(options) ?? []
    return { begin: dialect.begin(options), commit: 'commit', rollback: ['rollback'], after }
  }
  return await OpenTransaction.begin(borrowed, words, 'a transaction')
}

/** A transaction that has been begun. */
export class OpenTransaction extends Statements implements Transaction {
  readonly #borrowed: Borrowed
  readonly #words: Words
  readonly #what: string
  readonly #fence: Fence
  readonly #watch: Watch | undefined
  #ending: Promise<void> | undefined
  #isCommitted = false
  /** Whether its user has asked for it to be undone. */
  #isGivenUp = false
  #isTaken = false

  private constructor(borrowed: Borrowed, words: Words, what: string) {
    super()
    this.#borrowed = borrowed
    this.#words = words
    this.#what = what
    this.#fence = new Fence(what)
    this.#watch = watchOpen(() => what, OpenTransaction.begin)
    this.#watch?.follow(this)
  }

  /** See {@link beginTransaction}. */
  static async begin(borrowed: Borrowed, wordsOf: () => Words, what: string): Promise<OpenTransaction> {
    try {
      const words = wordsOf()
      for (const text of words.begin) await borrowed.session.begin(text)
      return new OpenTransaction(borrowed, words, what)
    } catch (error) {
      await borrowed.giveBack({ status: 'failed', error })
      throw error
    }
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
    return this.#fence.inside(async () => {
      const result = await this.#borrowed.session.run(statement, options, this.#checkOpen)
      if (this.#isOpen) return result
      throw new TransactionEndedError(
        `A statement has ended ${this.#what} that it was given to: ${brief(statement.text)}. What was done before has been committed or undone. ` +
          'Leave `commit` and `rollback` to its block; with MySQL, change no table inside.',
        { statement: statement.text },
      )
    })
  }

  protected openCursor(statement: Statement, options: CursorOptions): Promise<DriverCursor> {
    const { session } = this.#borrowed
    return this.#fence.openCursor(() => session.openCursor(statement, batchSizeOf(options), options, this.#checkOpen))
  }

  transaction(options?: TransactionOptions): AsyncContextManager<Transaction> {
    return new TransactionManager(() => this.#beginInside(options))
  }

  begin(options?: TransactionOptions): Promise<Transaction> {
    return this.#beginInside(options)
  }

  async commit(): Promise<void> {
    await this.#end({ status: 'completed' })
    this.#checkCommitted()
  }

  async rollback(): Promise<void> {
    this.#isGivenUp = true
    await this.#end({ status: 'unknown' })
  }

  '~enterAsync'(): this {
    if (this.#isTaken || this.#ending !== undefined) {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        'This transaction has been given away or has ended. It is left once: begin another one.',
      )
    }
    this.#isTaken = true
    return this
  }

  async '~exitAsync'(outcome: Outcome): Promise<void> {
    await this.#end(outcome)
    if (outcome.status === 'completed' && !this.#isGivenUp) this.#checkCommitted()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const isWordless = this.#ending === undefined
    await this.#end({ status: 'unknown' })
    if (isWordless) this.#watch?.closed(true)
  }

  /** Whether the server has it still: a `commit` written by hand ends it; with MySQL, whatever changes the schema does, too. */
  get #isOpen(): boolean {
    return this.#borrowed.session.connection.state !== 'idle'
  }

  readonly #checkOpen = (): void => {
    if (this.#isOpen) return
    throw new TransactionEndedError(`A statement was given to ${this.#what} that one before had ended; it was not run.`)
  }

  /** Nobody is told that something was made to last which was undone before: by its user, or since what it stands in has ended. */
  #checkCommitted(): void {
    if (this.#isCommitted) return
    throw new TransactionEndedError(
      `${this.#what.replace(/^a/, 'A')} was to be committed that has been rolled back before. Ask for one of both, and inside of what it was begun in.`,
    )
  }

  /** Commits or rolls back, once; whoever asks again waits for the same end. */
  #end(outcome: Outcome): Promise<void> {
    if (this.#ending === undefined) {
      if (outcome.status !== 'unknown') this.#watch?.closed(false)
      this.#ending = this.#endOnce(outcome)
    }
    return this.#ending
  }

  async #endOnce(outcome: Outcome): Promise<void> {
    let told = outcome
    try {
      await this.#fence.end()
      if (outcome.status === 'completed') await this.#commit()
      else if (this.#isOpen) await this.#runAll(this.#words.rollback)
      await this.#runAll(this.#words.after)
    } catch (error) {
      told = { status: 'failed', error }
      throw error
    } finally {
      await this.#borrowed.giveBack(told)
    }
  }

  async #commit(): Promise<void> {
    const { session } = this.#borrowed
    this.#checkOpen()
    try {
      await session.control(this.#words.commit)
      this.#isCommitted = true
    } catch (error) {
      if (session.connection.state === 'broken') {
        throw new CommitUnknownError(
          'The connection was lost while a transaction was being committed. It is wholly there or wholly not: look before trying again.',
          { cause: error },
        )
      }
      await this.#runAll(this.#words.rollback)
      throw error
    }
  }

  /** A transaction whose connection is lost has been rolled back by the server. */
  async #runAll(texts: readonly string[]): Promise<void> {
    const { session } = this.#borrowed
    for (const text of texts) if (session.connection.state !== 'broken') await session.control(text)
  }

  async #beginInside(options: TransactionOptions | undefined): Promise<OpenTransaction> {
    if (options?.isolation !== undefined || options?.readOnly !== undefined || options?.deferrable !== undefined) {
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        'A transaction in a transaction is a savepoint: its isolation and access are those of the outer one. Give them there.',
      )
    }
    const { session, dialect } = this.#borrowed
    const name = session.savepointName()
    const words = {
      begin: [`savepoint ${name}`],
      commit: `release savepoint ${name}`,
      rollback: [`rollback to savepoint ${name}`, `release savepoint ${name}`],
      after: [],
    }
    return await this.#fence.nest((giveBack) =>
      OpenTransaction.begin({ session, dialect, giveBack }, () => words, 'a savepoint'),
    )
  }
}

/** Begins a transaction when it is entered, and ends it by how its block has ended. */
export class TransactionManager implements AsyncContextManager<Transaction> {
  readonly #begin: () => Promise<OpenTransaction>
  #isEntered = false
  #transaction: OpenTransaction | undefined

  constructor(begin: () => Promise<OpenTransaction>) {
    this.#begin = begin
  }

  async '~enterAsync'(): Promise<Transaction> {
    if (this.#isEntered) {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        'This transaction has been entered already. Ask for a new one: `db.transaction()`.',
      )
    }
    this.#isEntered = true
    this.#transaction = await this.#begin()
    return this.#transaction
  }

  async '~exitAsync'(outcome: Outcome): Promise<void> {
    await this.#transaction?.['~exitAsync'](outcome)
  }
}
