/** Connects to a MySQL or MariaDB server by `mysql2`. */
import type { Dialect, Driver } from '../database/driver.ts'
import type { Address } from './address.ts'
import { MysqlConnection } from './connection.ts'
import { dialect } from './dialect.ts'
import { connectionErrorOf, isTransient } from './errors.ts'
import { answerOf, closed, loadMysql2 } from './mysql2.ts'
import type { Mysql2, MysqlClient, MysqlConfig } from './mysql2.ts'
import { fixOf, typeConfig } from './rows.ts'
import type { TypeOptions } from './rows.ts'

/** What connections are told. */
export interface ConnectionSettings extends TypeOptions {
  readonly password: string | (() => string | Promise<string>) | undefined
  readonly ssl: boolean | Readonly<Record<string, unknown>> | undefined
  readonly timezone: string | undefined
}

/** How many prepared statements a connection keeps. */
const mostPrepared = 256

/** See above. */
export class MysqlDriver implements Driver {
  readonly name: string
  readonly dialect: Dialect = dialect
  readonly isTransient: Driver['isTransient'] = isTransient
  readonly #address: Address
  readonly #settings: ConnectionSettings

  constructor(address: Address, settings: ConnectionSettings) {
    this.name = address.name
    this.#address = address
    this.#settings = settings
  }

  async connect(signal: AbortSignal): Promise<MysqlConnection> {
    const mysql2 = await loadMysql2()
    const client = await this.#open(mysql2, signal)
    return new MysqlConnection(client, {
      integer: mysql2.TypedParameter.LONGLONG,
      name: this.name,
      fix: fixOf(this.#settings),
      kill: (threadId, abandoned) => this.#kill(mysql2, threadId, abandoned),
    })
  }

  /** Stops what another connection does, over one of its own. */
  async #kill(mysql2: Mysql2, threadId: number, abandoned: AbortSignal): Promise<void> {
    const client = await this.#open(mysql2, abandoned)
    const cut = (): void => client.stream.destroy()
    abandoned.addEventListener('abort', cut)
    try {
      await answerOf((done) => client.query(`kill query ${threadId}`, done))
      await closed(client)
    } finally {
      abandoned.removeEventListener('abort', cut)
      cut()
    }
  }

  async #open(mysql2: Mysql2, signal: AbortSignal): Promise<MysqlClient> {
    let cut: (() => void) | undefined
    try {
      const config = await this.#config()
      signal.throwIfAborted()
      const client = mysql2.createConnection(config)
      cut = () => client.stream.destroy()
      signal.addEventListener('abort', cut)
      await new Promise<void>((resolve, reject) => {
        client.on('error', reject) // later ones would end the process; who uses the connection is told otherwise
        client.once('connect', resolve)
      })
      return client
    } catch (error) {
      cut?.()
      throw connectionErrorOf(error, this.name)
    } finally {
      if (cut !== undefined) signal.removeEventListener('abort', cut)
    }
  }

  async #config(): Promise<MysqlConfig> {
    const { config, isEncrypted } = this.#address
    const { password, ssl, timezone } = this.#settings
    const secret = typeof password === 'function' ? await password() : password
    return {
      ...config,
      ...typeConfig(this.#settings),
      ...(secret === undefined ? {} : { password: secret }),
      ssl: tlsOf(ssl ?? isEncrypted),
      ...(timezone === undefined ? {} : { timezone }),
      charset: 'utf8mb4',
      connectTimeout: 0, // the pool has a limit
      enableKeepAlive: true,
      maxPreparedStatements: mostPrepared,
    }
  }
}

/** Without being told, the driver does not look whose certificate it is. */
function tlsOf(ssl: boolean | Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  if (ssl === false) return undefined
  return { verifyIdentity: true, ...(ssl === true ? {} : ssl) }
}
