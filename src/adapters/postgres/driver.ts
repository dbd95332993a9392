/** Connects to a PostgreSQL server by `pg`. */
import type { Dialect, Driver } from '../database/driver.ts'
import { CancelRequest } from './cancel-request.ts'
import { PostgresConnection } from './connection.ts'
import { dialect } from './dialect.ts'
import { connectionErrorOf, isTransient } from './errors.ts'
import { loadPg } from './pg.ts'
import type { Pg, PgClient, PgConfig, PgNotice } from './pg.ts'
import { parsersOf } from './rows.ts'
import type { TypeOptions } from './rows.ts'

/** What connections are told. */
export interface ConnectionSettings extends TypeOptions {
  readonly config: PgConfig
  readonly onNotice: ((notice: PgNotice) => void) | undefined
}

/** See above. */
export class PostgresDriver implements Driver {
  readonly name: string
  readonly dialect: Dialect = dialect
  readonly #settings: ConnectionSettings

  constructor(name: string, settings: ConnectionSettings) {
    this.name = name
    this.#settings = settings
  }

  async connect(signal: AbortSignal): Promise<PostgresConnection> {
    const pg = await loadPg()
    const client = this.#client(pg)
    const cut = (): void => client.connection.stream.destroy()
    signal.addEventListener('abort', cut)
    try {
      signal.throwIfAborted()
      await client.connect()
      const parsers = parsersOf(this.#settings, (oid) => pg.types.getTypeParser(oid, 'text'))
      const requestCancel = (): CancelRequest => new CancelRequest(pg, client)
      return new PostgresConnection(client, { name: this.name, parsers, requestCancel })
    } catch (error) {
      cut()
      throw connectionErrorOf(error, this.name)
    } finally {
      signal.removeEventListener('abort', cut)
    }
  }

  isTransient(error: unknown): boolean {
    return isTransient(error)
  }

  #client(pg: Pg): PgClient {
    const { config, onNotice } = this.#settings
    const client = new pg.Client({ keepAlive: true, ...config })
    client.on('error', () => {}) // it would end the process; who uses the connection is told otherwise
    if (onNotice !== undefined) client.on('notice', onNotice)
    return client
  }
}
