/** Opens an embedded database: PGlite, in a folder or in memory. */
import type { Dialect, Driver } from '../database/driver.ts'
import { PostgresConnection } from './connection.ts'
import { dialect } from './dialect.ts'
import type { ConnectionSettings } from './driver.ts'
import { connectionErrorOf } from './errors.ts'
import type { PgClient } from './pg.ts'
import { PgliteClient } from './pglite-client.ts'
import { loadPglite } from './pglite.ts'
import { parsersOf } from './rows.ts'
import { usualParsers } from './types.ts'

/** See above. */
export class PgliteDriver implements Driver {
  readonly name: string
  readonly dialect: Dialect = dialect
  readonly #folder: string
  readonly #settings: ConnectionSettings

  constructor(name: string, folder: string, settings: ConnectionSettings) {
    this.name = name
    this.#folder = folder
    this.#settings = settings
  }

  async connect(): Promise<PostgresConnection> {
    const { PGlite, protocol } = await loadPglite()
    try {
      const database = await PGlite.create({ dataDir: this.#folder === '' ? undefined : this.#folder })
      const client = new PgliteClient(database, protocol.serialize) as unknown as PgClient // the part that is used
      if (this.#settings.onNotice !== undefined) client.on('notice', this.#settings.onNotice)
      const parsers = parsersOf(this.#settings, usualParsers)
      return new PostgresConnection(client, { name: this.name, parsers, requestCancel: undefined })
    } catch (error) {
      throw connectionErrorOf(error, this.name)
    }
  }

  isTransient(): boolean {
    return false
  }
}
