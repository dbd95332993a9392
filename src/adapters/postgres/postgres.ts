/** PostgreSQL: a server, or embedded in the program. */
import { PooledDatabase } from '../database/pooled-database.ts'
import type { DatabaseOptions } from '../database/pooled-database.ts'
import { addressOf, defined } from './address.ts'
import { PostgresDriver } from './driver.ts'
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
 */
export function postgres(address: string, options: PostgresOptions = {}): PostgresDatabase {
  return new PostgresDatabase(address, options)
}

/** See {@link postgres}. */
export class PostgresDatabase extends PooledDatabase {
  /** Databases are made by {@link postgres}. */
  constructor(place: string, options: PostgresOptions) {
    const { bigints, types, onNotice, ...others } = options
    const { password, ssl, applicationName, statementTimeout, lockTimeout, idleInTransactionTimeout, ...rest } = others
    const address = addressOf(place)
    if (address.kind === 'embedded') {
      const driver = new PgliteDriver(address.name, address.folder, { config: {}, bigints, types, onNotice })
      super(driver, { ...rest, min: 0, max: 1, idleTimeout: Infinity, maxLifetime: Infinity, maxUses: Infinity })
      return
    }
    const config = {
      ...address.config,
      ...defined({
        password,
        ssl,
        application_name: applicationName,
        statement_timeout: statementTimeout,
        lock_timeout: lockTimeout,
        idle_in_transaction_session_timeout: idleInTransactionTimeout,
      }),
    }
    super(new PostgresDriver(address.name, { config, bigints, types, onNotice }), rest)
  }
}
