/** SQLite, by the module that comes with Node. */
import { UsageError } from '../../errors/index.ts'
import { PooledDatabase } from '../database/pooled-database.ts'
import type { DatabaseOptions } from '../database/pooled-database.ts'
import { placeOf } from './place.ts'
import { SqliteDriver } from './driver.ts'

/** What {@link sqlite} takes. Times are milliseconds. */
export interface SqliteOptions extends Omit<
  DatabaseOptions,
  'min' | 'max' | 'prepare' | 'validateAfterIdle' | 'keepAlive' | 'createTimeout' | 'maxUses'
> {
  /** How long a statement waits while another process writes to the file. The program stands still meanwhile. Default: 5,000. */
  readonly busyTimeout?: number | undefined
  /** Whether readers go on while somebody writes (write-ahead log). Default: true; a database in memory has none. */
  readonly wal?: boolean | undefined
  /** Whether the file is only read. Default: false. */
  readonly readOnly?: boolean | undefined
  /** Whether integers come as `bigint`. Without it, those above 2^53 are an error. Default: false. */
  readonly bigints?: boolean | undefined
}

/**
 * A database in a file, or in memory. Statements run in the program itself, one after another, and each blocks it while it runs, so none can be
 * stopped. There is one connection, so transactions come one after another, too, and never mix.
 *
 * @param place  A path, `:memory:`, or `sqlite://./data.db`, `sqlite:///var/data.db`, `sqlite://memory`. The file is made when it is missing.
 * @throws UsageError  Not a place.
 *   Entering it throws a `ConnectionError` when the file cannot be opened or is no database.
 * @example
 * import { within } from 'withal'
 * import { sqlite } from 'withal/sqlite'
 * await within(sqlite(':memory:'), async (db) => {
 *   await db.execute`create table user (id integer primary key, name text)`
 *   await within(db.transaction(), async (tx) => {
 *     for (const name of ['Ann', 'Bob']) await tx.execute`insert into user (name) values (${name})`
 *   })
 *   return await db.query`select name from user where id > ${1}`
 * }) // => [{ name: 'Bob' }]
 */
export function sqlite(place: string, options: SqliteOptions = {}): SqliteDatabase {
  return new SqliteDatabase(place, options)
}

/** See {@link sqlite}. */
export class SqliteDatabase extends PooledDatabase {
  /** Databases are made by {@link sqlite}. */
  constructor(
    place: string,
    { busyTimeout = 5_000, wal = true, readOnly = false, bigints = false, ...rest }: SqliteOptions,
  ) {
    if (typeof busyTimeout !== 'number' || !(busyTimeout >= 0)) {
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `\`busyTimeout\` is ${String(busyTimeout)}. Give a number of milliseconds.`,
      )
    }
    const file = placeOf(place)
    const driver = new SqliteDriver(file, { busyTimeout, wal, readOnly, bigints })
    const inMemory = file === ':memory:' ? { idleTimeout: Infinity, maxLifetime: Infinity } : {}
    super(driver, { ...rest, ...inMemory, max: 1 })
  }
}
