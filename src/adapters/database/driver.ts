/** What an adapter brings for one database; all else is the same for all of them. */
import type { Statement, SqlDialect } from './sql.ts'
import type { TransactionOptions } from './types.ts'

/** A database, as its adapter knows it. */
export interface Driver {
  /** As messages call it: `PostgreSQL at localhost:5432/shop`. Without the password. */
  readonly name: string
  readonly dialect: Dialect
  /**
   * Opens a connection.
   *
   * @throws  What `translate` gives.
   */
  connect(signal: AbortSignal): Promise<DriverConnection>
  /** Whether a connection that could not be opened may be had a little later: the server is starting, it has too many. */
  isTransient(error: unknown): boolean
}

/** How a database says things. */
export interface Dialect extends SqlDialect {
  /** The statements that begin a transaction. */
  begin(options: TransactionOptions): readonly string[]
  /** What is to be run after its end, however that was. */
  afterEnd?(options: TransactionOptions): readonly string[]
}

/** What comes of a statement. */
export interface Result {
  readonly rows: readonly unknown[]
  /** How many rows were changed. */
  readonly affected: number
  /** The key that was made for the last row inserted, where the database tells. */
  readonly insertId?: number | bigint | undefined
}

/** One connection. It is used by one at a time: statements come one after another, and `cancel` beside one. */
export interface DriverConnection {
  /**
   * Where it stands; `broken`: it cannot be used any more.
   */
  readonly state: 'idle' | 'in transaction' | 'failed transaction' | 'broken'
  /** @throws  The errors of errors.ts. */
  run(statement: Statement, options: RunOptions): Promise<Result>
  openCursor(statement: Statement, batchSize: number): Promise<DriverCursor>
  /**
   * Stops what runs, on the server. Fulfilled when that has been asked for and can hit nothing that is begun later. It may come too late, and
   * then does nothing.
   */
  cancel(): Promise<void>
  /** Whether an error is how a statement ends that was stopped. */
  isStopped(error: unknown): boolean
  /** Asks the server for a sign of life. */
  ping(): Promise<unknown>
  /** Whether a statement leaves something behind in the session: a setting, a temporary table, a lock. */
  isDirtiedBy(text: string): boolean
  /** Makes the session as it was when it was opened. */
  reset(): Promise<unknown>
  /** Ends the session in good order. */
  close(): Promise<unknown>
  /** Cuts the connection, whatever it does. What runs is rejected. */
  destroy(): void
  /** Is called once when the connection is lost while nobody uses it. */
  onLost(listener: (error: unknown) => void): void
}

/** What is said with a statement. */
export interface RunOptions {
  /** Whether the server keeps it prepared, for the next time. */
  readonly prepare: boolean
}

/** Rows that are fetched in parts. */
export interface DriverCursor {
  /** Whether nothing else can run on the connection before it is closed. */
  readonly isExclusive: boolean
  /** The next rows; none: that was all. */
  fetch(): Promise<readonly unknown[]>
  close(): Promise<void>
}
