/** Opens an embedded database: PGlite, in a folder or in memory. */
import type { Dialect, Driver } from '../database/driver.ts'
import { PostgresConnection } from './connection.ts'
import { dialect } from './dialect.ts'
import type { ConnectionSettings } from './driver.ts'
import { connectionErrorOf } from './errors.ts'
import type { Notification } from './listening.ts'
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
  readonly #listeners = new Set<(notification: Notification) => void>()

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
      client.on('notification', ({ channel, payload }) => {
        for (const listener of this.#listeners) listener({ channel, payload })
      })
      const parsers = parsersOf(this.#settings, usualParsers)
      return new PostgresConnection(client, { name: this.name, parsers, requestCancel: undefined })
    } catch (error) {
      throw connectionErrorOf(error, this.name)
    }
  }

  /** Tells what is sent in the one session there is. Gives the function that ends that. */
  onNotification(listener: (notification: Notification) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  isTransient(): boolean {
    return false
  }
}
