/** What every database promises. What only one of them has is on its own class. */
import type { AsyncContextManager } from '../../contexts/index.ts'
import type { PoolStatistics } from '../../pools/index.ts'
import type { TimedWaitOptions } from '../../tasks/index.ts'
import type { Sql } from './sql.ts'

/** A row, as the driver gives it. */
export type Row = Record<string, unknown>

/** What can be said with a statement. */
export interface StatementOptions extends TimedWaitOptions {
  /** Whether the server keeps it prepared, for the next time. Default: as the database was told. */
  readonly prepare?: boolean | undefined
}

/** What can be said with a cursor. */
export interface CursorOptions extends StatementOptions {
  /** How many rows are fetched at a time. Default: 100. */
  readonly batchSize?: number | undefined
}

/** What a statement has changed. */
export interface Execution {
  /** How many rows were changed. */
  readonly affected: number
  /** The key that was made for the last row inserted, where the database tells. */
  readonly insertId?: number | bigint | undefined
}

/** Rows that are fetched in parts, one batch ahead of the loop at most. Leaving the loop in any way closes it. */
export interface Cursor<R> extends AsyncIterable<R>, AsyncDisposable {
  close(): Promise<void>
}

/** How much transactions see of each other, as the SQL standard names it. */
export type IsolationLevel = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable'

/** How a transaction is begun. */
export interface TransactionOptions extends TimedWaitOptions {
  /** Default: the server's. */
  readonly isolation?: IsolationLevel | undefined
  /** Whether it only reads. Default: false. */
  readonly readOnly?: boolean | undefined
  /** (With `serializable` and `readOnly`, PostgreSQL) whether it waits until it can run without ever failing. Default: false. */
  readonly deferrable?: boolean | undefined
}

/** How often a transaction is tried. */
export interface TransactOptions extends TransactionOptions {
  /** How often it is tried at most when it loses against another one (`SerializationError`), the first time included. Default: 1. */
  readonly attempts?: number | undefined
}

/**
 * What statements can be given to. Each is written as a template, whose values are always bound, or as text with parameters, or with the
 * `sql` tag. All wait: when the surrounding scope is cancelled, the statement is stopped on the server, and waited for.
 *
 * @throws StatementError      The server refused it.
 * @throws ConnectionError     The connection was lost.
 * @throws TimeoutError        It took longer than `timeout`; it has been stopped.
 * @throws Cancelled           The surrounding scope was cancelled; it has been stopped, or never begun.
 */
export interface Queryable {
  /** All rows. */
  query<R = Row>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<R[]>
  query<R = Row>(statement: Sql, options?: StatementOptions): Promise<R[]>
  query<R = Row>(text: string, parameters?: readonly unknown[], options?: StatementOptions): Promise<R[]>

  /** How many rows were changed. */
  execute(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<Execution>
  execute(statement: Sql, options?: StatementOptions): Promise<Execution>
  execute(text: string, parameters?: readonly unknown[], options?: StatementOptions): Promise<Execution>

  /** The one row; another number of rows is a `RowCountError`. */
  queryOne<R = Row>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<R>
  queryOne<R = Row>(statement: Sql, options?: StatementOptions): Promise<R>
  queryOne<R = Row>(text: string, parameters?: readonly unknown[], options?: StatementOptions): Promise<R>

  /** The first column of the one row; another number of rows is a `RowCountError`. */
  queryValue<T = unknown>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<T>
  queryValue<T = unknown>(statement: Sql, options?: StatementOptions): Promise<T>
  queryValue<T = unknown>(text: string, parameters?: readonly unknown[], options?: StatementOptions): Promise<T>

  /** Rows one after another, fetched in parts: for results that are too large to have at once. */
  cursor<R = Row>(strings: TemplateStringsArray, ...values: readonly unknown[]): Cursor<R>
  cursor<R = Row>(statement: Sql, options?: CursorOptions): Cursor<R>
  cursor<R = Row>(text: string, parameters?: readonly unknown[], options?: CursorOptions): Cursor<R>
}

/** What transactions can be begun on. */
export interface Transactable {
  /** A manager: committed when its block ends well, rolled back when it fails; to be entered once. On a transaction, it is a savepoint. */
  transaction(options?: TransactionOptions): AsyncContextManager<Transaction>
  /** Begins one, for `await using`: it is rolled back unless `commit()` was called. */
  begin(options?: TransactionOptions): Promise<Transaction>
}

/** One connection, lent by the pool for a block. Its own handle: `await using connection = await db.connect()`. */
export interface Connection extends Queryable, Transactable, AsyncDisposable {
  /** Gives it back. */
  release(): Promise<void>
}

/**
 * A transaction. Its own handle: `await using tx = await db.begin()`. What is still running when it ends is waited for; what comes later
 * is refused with a `TransactionEndedError`, and never runs outside of it.
 */
export interface Transaction extends Queryable, Transactable, AsyncDisposable {
  /** Makes what it has done last. */
  commit(): Promise<void>
  /** Undoes what it has done. */
  rollback(): Promise<void>
}

/** A database: connections are opened when they are needed, and kept. */
export interface Database extends Queryable, Transactable, AsyncContextManager<Database>, AsyncDisposable {
  /** A manager that lends one connection for a block, for what belongs to a session; to be entered once. */
  connection(options?: TimedWaitOptions): AsyncContextManager<Connection>
  /** The same for `await using`. */
  connect(options?: TimedWaitOptions): Promise<Connection>
  /** Runs a function in a transaction, again when it has lost against another one, so many times in all. */
  transact<R>(work: (transaction: Transaction) => R | PromiseLike<R>, options?: TransactOptions): Promise<R>
  /** What its pool can tell of itself. */
  statistics(): PoolStatistics
  /** Waits for what is lent, and closes all connections. */
  close(): Promise<void>
}
