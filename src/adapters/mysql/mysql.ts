/** MySQL and MariaDB. */
import { PooledDatabase } from '../database/pooled-database.ts'
import type { DatabaseOptions } from '../database/pooled-database.ts'
import { addressOf } from './address.ts'
import { MysqlDriver } from './driver.ts'
import type { TypeOptions } from './rows.ts'

/** What {@link mysql} takes. Times are milliseconds. */
export interface MysqlOptions extends DatabaseOptions, TypeOptions {
  /** In place of the one in the address; a function is asked for each connection, for passwords that change. */
  readonly password?: string | (() => string | Promise<string>) | undefined
  /** `true`, or what `tls.connect` takes (`ca`, `cert`, `key`, `rejectUnauthorized`). Default: as the address says (`?ssl=true`). */
  readonly ssl?: boolean | Readonly<Record<string, unknown>> | undefined
  /** The time zone that values without one are in: `local`, `Z`, or `+02:00`. Default: `local`. */
  readonly timezone?: string | undefined
}

/**
 * A database of a MySQL or MariaDB server, over a pool of connections.
 *
 * @param address  `mysql://user:password@host:3306/database`, `mariadb://…`; `?ssl=true`, `?socket=/path`.
 * @throws UsageError  Not an address.
 *   Entering it throws a `ConnectionError` when the server cannot be reached, an `AuthenticationError`, an `UnknownDatabaseError`, or a
 *   `MissingDriverError` when `mysql2` is not installed.
 */
export function mysql(address: string, options: MysqlOptions = {}): MysqlDatabase {
  return new MysqlDatabase(address, options)
}

/** See {@link mysql}. */
export class MysqlDatabase extends PooledDatabase {
  /** Databases are made by {@link mysql}. */
  constructor(place: string, options: MysqlOptions) {
    const { password, ssl, timezone, bigints, types, ...rest } = options
    super(new MysqlDriver(addressOf(place), { password, ssl, timezone, bigints, types }), rest)
  }
}
