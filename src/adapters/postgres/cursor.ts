/**
 * Rows in parts, from a portal of the server. A portal lasts as long as its transaction, so a cursor outside of one has a transaction
 * of its own: nothing else can run on its connection meanwhile. In a transaction, other statements can run between two fetches.
 */
import type { DriverConnection, DriverCursor } from '../database/driver.ts'
import type { Statement } from '../database/sql.ts'
import type { Exchange } from './exchange.ts'
import type { Parsers, RowShape } from './rows.ts'
import { ClosePortalExchange, FetchExchange, PortalExchange } from './statement-exchange.ts'

/** What a cursor needs of its connection. */
export interface PortalConnection extends Pick<DriverConnection, 'state' | 'run'> {
  readonly parsers: Parsers
  exchange<T>(exchange: Exchange<T>, statement: Statement): Promise<T>
}

/** What a cursor is told. */
export interface CursorSettings {
  /** That no other portal of the connection has. */
  readonly name: string
  readonly batchSize: number
}

/** See above. */
export class PortalCursor implements DriverCursor {
  readonly isExclusive: boolean
  readonly #connection: PortalConnection
  readonly #statement: Statement
  readonly #settings: CursorSettings
  readonly #shape: RowShape | undefined
  #isOver = false

  private constructor(
    connection: PortalConnection,
    statement: Statement,
    settings: CursorSettings,
    { isExclusive, shape }: { readonly isExclusive: boolean; readonly shape: RowShape | undefined },
  ) {
    this.isExclusive = isExclusive
    this.#connection = connection
    this.#statement = statement
    this.#settings = settings
    this.#shape = shape
  }

  /** Begins a transaction if there is none, and binds the statement to a portal. */
  static async open(
    connection: PortalConnection,
    statement: Statement,
    settings: CursorSettings,
  ): Promise<PortalCursor> {
    const isExclusive = isIdle(connection)
    if (isExclusive) await say(connection, 'begin')
    try {
      const exchange = new PortalExchange(settings.name, statement, connection.parsers)
      const shape = await connection.exchange(exchange, statement)
      return new PortalCursor(connection, statement, settings, { isExclusive, shape })
    } catch (error) {
      if (isExclusive && !isIdle(connection)) await say(connection, 'rollback').catch(() => {}) // the error is why
      throw error
    }
  }

  async fetch(): Promise<readonly unknown[]> {
    if (this.#isOver) return []
    const { name, batchSize } = this.#settings
    const exchange = new FetchExchange(name, batchSize, this.#connection.parsers, this.#shape)
    const { rows, isOver } = await this.#connection.exchange(exchange, this.#statement)
    this.#isOver = isOver
    return rows
  }

  async close(): Promise<void> {
    const connection = this.#connection
    // After a failure, its own transaction is rolled back by this, too.
    if (this.isExclusive) await say(connection, 'commit')
    else if (connection.state === 'in transaction')
      await connection.exchange(new ClosePortalExchange(this.#settings.name, connection.parsers), this.#statement)
  }
}

function isIdle({ state }: PortalConnection): boolean {
  return state === 'idle'
}

async function say(connection: PortalConnection, text: string): Promise<void> {
  await connection.run({ text, parameters: [] }, { prepare: false })
}
