/** PostgreSQL: a server, or embedded in the program. */
import type { AsyncContextManager } from '../../contexts/index.ts'
import { ClosedError, UsageError } from '../../errors/index.ts'
import { UnsupportedError } from '../database/errors.ts'
import { PooledDatabase } from '../database/pooled-database.ts'
import type { DatabaseOptions } from '../database/pooled-database.ts'
import { addressOf, defined } from './address.ts'
import { AdvisoryLockManager } from './advisory-lock.ts'
import type { AdvisoryKey, AdvisoryLock, AdvisoryLockOptions } from './advisory-lock.ts'
import { quoted } from './dialect.ts'
import { PostgresDriver } from './driver.ts'
import type { ConnectionSettings } from './driver.ts'
import { Listening, serverNotifications } from './listening.ts'
import type { ListenOptions, NotificationSource } from './listening.ts'
import type { PgNotice } from './pg.ts'
import { PgliteDriver } from './pglite-driver.ts'
import type { TypeOptions } from './rows.ts'

/** What {@link postgres} takes. Times are milliseconds. */
export interface PostgresOptions extends DatabaseOptions, TypeOptions {
  /** In place of the one in the address; a function is asked for each connection, for passwords that change. */
  readonly password?: string | (() => string | Promise<string>) | undefined
  /** `true`, or what `tls.connect` takes (`ca`, `cert`, `key`, `servername`, `rejectUnauthorized`). Default: as the address says (`?sslmode=`). */
  readonly ssl?: boolean | Readonly<Record<string, unknown>> | undefined
  /** What connections are called in the server's lists. */
  readonly applicationName?: string | undefined
  /** How long a statement may run before the server stops it. Default: the server's. */
  readonly statementTimeout?: number | undefined
  /** How long a statement may wait for a lock. Default: the server's. */
  readonly lockTimeout?: number | undefined
  /** How long a transaction may do nothing before the server ends it, with its connection. Default: the server's. */
  readonly idleInTransactionTimeout?: number | undefined
  /** Is given what the server remarks (`raise notice`). */
  readonly onNotice?: ((notice: PgNotice) => void) | undefined
}

/**
 * A database of a PostgreSQL server, over a pool of connections; or an embedded one (PGlite), with the same statements.
 *
 * @param address  `postgresql://user:password@host:5432/database`; or `pglite://memory`, `pglite://./data`.
 * @throws UsageError  Not an address.
 *   Entering it throws a `ConnectionError` when the server cannot be reached, an `AuthenticationError`, an `UnknownDatabaseError`, or a
 *   `MissingDriverError` when `pg` is not installed.
 * @example
 * ```ts no-check: it needs a server
 * import { within } from 'withal'
 * import { postgres } from 'withal/postgres'
 * await within(postgres('postgresql://shop:secret@localhost/shop', { max: 20 }), async (db) => {
 *   await within(db.transaction({ isolation: 'serializable' }), async (tx) => {
 *     await tx.execute`update account set balance = balance - ${30} where id = ${1}`
 *     await tx.execute`update account set balance = balance + ${30} where id = ${2}`
 *   })
 *   return await db.query`select * from account where id = any(${[1, 2]})`
 * })
 * ```
 */
export function postgres(address: string, options: PostgresOptions = {}): PostgresDatabase {
  return new PostgresDatabase(address, options)
}

/** See {@link postgres}. */
export class PostgresDatabase extends PooledDatabase {
  readonly #server: PostgresDriver | undefined
  readonly #embedded: PgliteDriver | undefined
  readonly #listenings = new Set<Listening>()
  #isClosed = false

  /** Databases are made by {@link postgres}. */
  constructor(place: string, options: PostgresOptions) {
    const { pool, settings } = split(options)
    const address = addressOf(place)
    if (address.kind === 'embedded') {
      const driver = new PgliteDriver(address.name, address.folder, settings)
      super(driver, { ...pool, min: 0, max: 1, idleTimeout: Infinity, maxLifetime: Infinity, maxUses: Infinity })
      this.#embedded = driver
    } else {
      const config = { ...address.config, ...settings.config }
      const driver = new PostgresDriver(address.name, { ...settings, config })
      super(driver, pool)
      this.#server = driver
    }
  }

  /**
   * Listens to what is sent by `notify`: a manager that listens from entering to exiting, and gives what can be looped over; or
   * loop over it at once. It has a connection of its own, which is opened again when it is lost, and ends with the database.
   *
   * @param channels  The name of a channel, or several.
   * @throws UsageError   No name.
   * @throws ClosedError  The database has been closed.
   * @example
   * ```ts no-check: it needs a server
   * for await (const { payload } of db.listen('jobs')) await work(payload)
   * ```
   */
  listen(channels: string | readonly string[], options: ListenOptions = {}): Listening {
    const names = Array.isArray(channels) ? (channels as readonly string[]) : [channels as string] // checked below
    if (names.length === 0 || names.some((name) => typeof name !== 'string' || name === '')) throw noChannel(channels)
    this.#checkOpen()
    const server = this.#server
    const source =
      server === undefined
        ? embeddedNotifications(this, this.#embedded!) // it is one or the other
        : serverNotifications((signal) => server.connect(signal), options)
    const listening = new Listening(source, names, options, () => this.#listenings.delete(listening))
    this.#listenings.add(listening)
    return listening
  }

  /**
   * A manager that takes a lock of the server, which it has with all programs that use the database, on a connection of its own. `{ timeout: 0 }`
   * tries once and does not wait.
   *
   * @throws UsageError        (At once) the key is none.
   * @throws ClosedError       (At once) the database has been closed.
   * @throws UnsupportedError  (At once) an embedded database has one session only.
   * @throws TimeoutError      (Entering) somebody else has it.
   * @example
   * ```ts no-check: it needs a server
   * await within(db.advisoryLock('nightly report'), (lock) => report({ signal: lock.signal }))
   * ```
   */
  advisoryLock(key: AdvisoryKey, options: AdvisoryLockOptions = {}): AsyncContextManager<AdvisoryLock> {
    const server = this.#server
    if (server === undefined) {
      throw new UnsupportedError(
        'An embedded database has one session, which would never wait for itself. Use a `KeyedLock` of this library, or a server.',
      )
    }
    this.#checkOpen()
    return new AdvisoryLockManager((signal) => server.connect(signal), key, options)
  }

  override async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#listenings].map((listening) => listening.close()))
    await super.close()
  }

  /** What has a connection of its own must not outlive the database. */
  #checkOpen(): void {
    if (this.#isClosed) throw new ClosedError(`${this.driver.name} has been closed. Use it inside its block.`)
  }
}

/** Notifications of an embedded database: they come in its one session, which goes on listening. */
function embeddedNotifications(db: PostgresDatabase, driver: PgliteDriver): NotificationSource {
  return {
    open: async ({ channels, receive }) => {
      const end = driver.onNotification((sent) => {
        if (channels.includes(sent.channel)) receive(sent)
      })
      try {
        for (const channel of channels) await db.execute(`listen ${quoted(channel)}`)
      } catch (error) {
        end()
        throw error
      }
      return { close: async () => end(), ping: async () => {}, destroy: end }
    },
  }
}

/** What is of the pool, and what is of the connections. */
function split(options: PostgresOptions): { readonly pool: DatabaseOptions; readonly settings: ConnectionSettings } {
  const { bigints, types, onNotice, ...others } = options
  const { password, ssl, applicationName, statementTimeout, lockTimeout, idleInTransactionTimeout, ...pool } = others
  const config = defined({
    password,
    ssl,
    application_name: applicationName,
    statement_timeout: statementTimeout,
    lock_timeout: lockTimeout,
    idle_in_transaction_session_timeout: idleInTransactionTimeout,
  })
  return { pool, settings: { config, bigints, types, onNotice } }
}

function noChannel(given: unknown): UsageError {
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `${JSON.stringify(given)} is no channel. Give the name of one, or several.`,
  )
}
