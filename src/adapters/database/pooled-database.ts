/** A database over a pool of connections: what is the same for all of them. */
import type { AsyncContextManager, Outcome } from '../../contexts/index.ts'
import { CreationError, StateError, TimeoutError } from '../../errors/index.ts'
import { Pool } from '../../pools/index.ts'
import type { Lease, PoolOptions, PoolStatistics } from '../../pools/index.ts'
import { retry } from '../../tasks/index.ts'
import type { TimedWaitOptions } from '../../tasks/index.ts'
import { LentConnection } from './connection.ts'
import { ConnectionManager } from './connection-manager.ts'
import type { Dialect, Driver, DriverConnection, DriverCursor, Result } from './driver.ts'
import { ConnectionError, DatabaseError, SerializationError } from './errors.ts'
import { Session } from './session.ts'
import type { Statement } from './sql.ts'
import { batchSizeOf, Statements } from './statements.ts'
import { beginTransaction, TransactionManager } from './transaction.ts'
import type { Borrowed } from './transaction.ts'
import type {
  Connection,
  CursorOptions,
  Database,
  StatementOptions,
  Transaction,
  TransactionOptions,
  TransactOptions,
} from './types.ts'

/** What every database takes. Times are milliseconds. */
export interface DatabaseOptions extends Pick<
  PoolOptions<unknown>,
  | 'name'
  | 'min'
  | 'max'
  | 'acquireTimeout'
  | 'createTimeout'
  | 'validateAfterIdle'
  | 'keepAlive'
  | 'idleTimeout'
  | 'maxLifetime'
  | 'maxUses'
  | 'maxWaiting'
  | 'closeTimeout'
  | 'leakAfter'
  | 'onEvent'
> {
  /** Whether statements with parameters are kept prepared on the server, where nothing else is said. Default: true. */
  readonly prepare?: boolean | undefined
}

/**
 * A database. Entered, it opens a connection, so that a wrong address or password is found at once. A statement given to the database itself
 * runs on whatever connection is free.
 */
export class PooledDatabase extends Statements implements Database {
  protected readonly driver: Driver
  protected readonly pool: Pool<Session>
  #isOpen = false
  #isEntered = false

  /** Databases are made by the functions of their adapters. */
  constructor(driver: Driver, { prepare = true, ...options }: DatabaseOptions = {}) {
    super()
    this.driver = driver
    this.pool = new Pool<Session>(
      async (signal) => {
        const connection = await driver.connect(signal)
        const session = new Session(connection, { prepare })
        connection.onLost(() => this.pool.invalidate(session))
        return session
      },
      {
        ...options,
        name: options.name ?? driver.name,
        destroy: ({ connection }) => closed(connection),
        validate: ({ connection }) => connection.ping(),
        reset: (session) => clean(session),
        retryCreate: (error) => this.#isOpen && driver.isTransient(error),
      },
    )
  }

  protected get dialect(): Dialect {
    return this.driver.dialect
  }

  protected async run(statement: Statement, options: StatementOptions): Promise<Result> {
    const lease = await this.#lease(options)
    try {
      return await lease.value.run(statement, options)
    } finally {
      const cleaning = lease['~exitAsync'](completed)
      if (cleaning instanceof Promise) await cleaning
    }
  }

  protected async openCursor(statement: Statement, options: CursorOptions): Promise<DriverCursor> {
    const lease = await this.#lease(options)
    try {
      const cursor = await lease.value.openCursor(statement, batchSizeOf(options), options)
      return {
        isExclusive: cursor.isExclusive,
        fetch: () => cursor.fetch(),
        close: async () => {
          try {
            await cursor.close()
          } finally {
            await lease.release()
          }
        },
      }
    } catch (error) {
      await lease.release()
      throw error
    }
  }

  connection(options?: TimedWaitOptions): AsyncContextManager<Connection> {
    return new ConnectionManager(() => this.#connect(options))
  }

  connect(options?: TimedWaitOptions): Promise<Connection> {
    return this.#connect(options)
  }

  transaction(options: TransactionOptions = {}): AsyncContextManager<Transaction> {
    return new TransactionManager(async () => await beginTransaction(await this.#borrow(options), options))
  }

  async begin(options: TransactionOptions = {}): Promise<Transaction> {
    return await beginTransaction(await this.#borrow(options), options)
  }

  async transact<R>(
    work: (transaction: Transaction) => R | PromiseLike<R>,
    { attempts = 1, ...options }: TransactOptions = {},
  ): Promise<R> {
    return await retry(
      async () => {
        const transaction = await beginTransaction(await this.#borrow(options), options)
        let result: R
        try {
          result = await work(transaction)
        } catch (error) {
          await transaction['~exitAsync']({ status: 'failed', error })
          throw error
        }
        await transaction['~exitAsync'](completed)
        return result
      },
      { attempts, delay: 10, on: SerializationError },
    )
  }

  statistics(): PoolStatistics {
    return this.pool.statistics()
  }

  close(): Promise<void> {
    return this.pool.close()
  }

  async '~enterAsync'(): Promise<this> {
    if (this.#isEntered) {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `${this.driver.name} has been entered already. It can be entered once: make a new one for each block.`,
      )
    }
    this.#isEntered = true
    try {
      await this.pool['~enterAsync']()
      const lease = await this.#lease()
      await lease.release()
    } catch (error) {
      await this.pool.close({ timeout: 0 })
      throw bare(error)
    }
    return this
  }

  async '~exitAsync'(): Promise<void> {
    await this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #connect(options: TimedWaitOptions | undefined): Promise<LentConnection> {
    return new LentConnection(await this.#borrow(options))
  }

  async #borrow(options: TimedWaitOptions | undefined): Promise<Borrowed> {
    const lease = await this.#lease(options)
    const giveBack = (outcome: Outcome): Promise<void> => lease.release(outcome)
    return { session: lease.value, dialect: this.dialect, giveBack }
  }

  /** What is free is taken without waiting; whether the scope was cancelled is asked by what is done with it. */
  #lease(options?: TimedWaitOptions): Lease<Session> | Promise<Lease<Session>> {
    return this.pool.tryAcquire() ?? this.#acquire(options)
  }

  async #acquire(options: TimedWaitOptions | undefined): Promise<Lease<Session>> {
    try {
      const lease = await this.pool.acquire(options === undefined ? undefined : limitsOf(options))
      this.#isOpen = true
      return lease
    } catch (error) {
      throw bare(error)
    }
  }
}

function limitsOf({ signal, timeout }: TimedWaitOptions): TimedWaitOptions {
  return { signal, timeout }
}

/** What the pool says of a connection that could not be opened is said better by the error of the adapter. */
function bare(error: unknown): unknown {
  if (error instanceof CreationError && error.cause instanceof DatabaseError) return error.cause
  if (!(error instanceof TimeoutError) || !(error.cause instanceof ConnectionError)) return error
  return new ConnectionError(`${error.cause.message} It was tried for ${error.allowed} ms.`, { cause: error })
}

/** Whether the next borrower may have it: nothing is open, nothing left behind. */
function clean(session: Session): boolean | Promise<boolean> {
  return session.connection.state === 'idle' && !session.isDirty ? true : cleaned(session)
}

async function cleaned(session: Session): Promise<boolean> {
  const { connection } = session
  if (connection.state === 'in transaction' || connection.state === 'failed transaction')
    await session.control('rollback')
  if (connection.state === 'broken') return false
  if (session.isDirty) await connection.reset()
  session.isDirty = false
  return connection.state === 'idle'
}

const completed: Outcome = { status: 'completed' }

async function closed(connection: DriverConnection): Promise<void> {
  if (connection.state === 'broken') connection.destroy()
  else await connection.close()
}
