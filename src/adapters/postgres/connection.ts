/** One connection to a PostgreSQL server. */
import type { DriverConnection, DriverCursor, Result, RunOptions } from '../database/driver.ts'
import { currentClock } from '../../clock.ts'
import { ConnectionError, ParameterError, StatementError, UnsupportedError } from '../database/errors.ts'
import { lostErrorOf } from '../database/network.ts'
import type { Statement } from '../database/sql.ts'
import type { CancelRequest } from './cancel-request.ts'
import { CopyInExchange, CopySource } from './copy-in.ts'
import { copiesOut, CopyOutCursor } from './copy-out.ts'
import { PortalCursor } from './cursor.ts'
import { beginsReadOnly, leavesSomething } from './dialect.ts'
import { isFatal, sqlStateOf, statementErrorOf } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { PgClient, PgError } from './pg.ts'
import { PreparedStatements } from './prepared.ts'
import type { Parsers } from './rows.ts'
import { StatementExchange, TextExchange } from './statement-exchange.ts'
import { written } from './values.ts'

/** How long a connection may take to end in good order, in milliseconds; then it is cut. */
const closeLimit = 2_000

const discardAllButListening =
  'close all; set session authorization default; reset all; deallocate all; select pg_advisory_unlock_all(); discard temp; discard sequences'

/** What a connection is told. */
export interface PostgresConnectionSettings {
  /** Of its database, for messages. */
  readonly name: string
  readonly parsers: Parsers
  /** Asks the server to stop what the connection is doing; where nothing can be stopped, undefined. */
  readonly requestCancel: (() => CancelRequest) | undefined
}

/** See above. What is done with it at a time is seen to by its session. */
export class PostgresConnection implements DriverConnection {
  readonly client: PgClient
  readonly parsers: Parsers
  readonly #name: string
  readonly #requestCancel: (() => CancelRequest) | undefined
  readonly #prepared = new PreparedStatements()
  #status = 'I'
  #isReadOnly = false
  #lost: { readonly error: unknown } | undefined
  /** What is under way. */
  #current: Pick<Exchange<unknown>, 'ready' | 'parsed' | 'lost' | 'stop'> | undefined
  #cancelling: CancelRequest | undefined
  #onLost: ((error: unknown) => void) | undefined
  #portals = 0

  /** @param client  Connected; it must have had a listener for errors before. */
  constructor(client: PgClient, { name, parsers, requestCancel }: PostgresConnectionSettings) {
    this.client = client
    this.#name = name
    this.parsers = parsers
    this.#requestCancel = requestCancel
    const { connection: wire } = client
    wire.on('readyForQuery', ({ status }) => this.#ready(status))
    wire.on('parseComplete', () => this.#current?.parsed())
    client.on('error', (error) => this.#end(error))
    client.on('end', () => this.#end(new Error('the server has closed it')))
  }

  get state(): DriverConnection['state'] {
    if (this.#lost !== undefined) return 'broken'
    return this.#status === 'I' ? 'idle' : this.#status === 'T' ? 'in transaction' : 'failed transaction'
  }

  async run(statement: Statement, { prepare }: RunOptions): Promise<Result> {
    if (statement.parameters.length === 0) return await this.#runText(statement)
    const [first] = statement.parameters
    if (first instanceof CopySource) return await this.#copyIn(statement, first)
    const sent = sendable(statement)
    if (!prepare) return await this.exchange(new StatementExchange(sent, this.parsers), statement)
    const prepared = this.#prepared.of(statement.text)
    const forgotten = this.#prepared.takeForgotten()
    try {
      return await this.exchange(new StatementExchange(sent, this.parsers, prepared, forgotten), statement)
    } catch (error) {
      // It may have become wrong by a change of a table, or be none that the server takes.
      this.#prepared.forget(statement.text)
      throw error
    }
  }

  async openCursor(statement: Statement, batchSize: number): Promise<DriverCursor> {
    if (copiesOut(statement.text)) return new CopyOutCursor(this, statement)
    return await PortalCursor.open(this, sendable(statement), { name: `withal_${++this.#portals}`, batchSize })
  }

  async cancel(): Promise<void> {
    if (this.#current?.stop() === true) return
    const request = this.#lost === undefined ? this.#requestCancel?.() : undefined
    if (request === undefined) return
    this.#cancelling = request
    try {
      await request.done
    } finally {
      this.#cancelling = undefined
    }
  }

  isStopped(error: unknown): boolean {
    return error instanceof StatementError && error.sqlState === '57014'
  }

  ping(): Promise<unknown> {
    return this.run({ text: '', parameters: [] }, { prepare: false })
  }

  isDirtiedBy(text: string): boolean {
    return leavesSomething(text)
  }

  async reset(): Promise<void> {
    this.#prepared.clear()
    // What the one session of an embedded database listens to is no borrower's.
    const text = this.#requestCancel === undefined ? discardAllButListening : 'discard all'
    await this.run({ text, parameters: [] }, { prepare: false })
  }

  async close(): Promise<void> {
    if (this.#lost !== undefined) return
    const stop = currentClock().setTimer(closeLimit, () => this.destroy())
    try {
      await this.client.end()
    } finally {
      stop()
    }
  }

  destroy(): void {
    this.#end(new Error('it was cut'))
    this.client.connection.stream.destroy()
  }

  onLost(listener: (error: unknown) => void): void {
    this.#onLost = listener
  }

  /** Runs an exchange. @throws  What `statementErrorOf` makes of its error. */
  async exchange<T>(exchange: Exchange<T>, statement: Statement): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost.error
    this.#current = exchange
    const isReadOnly = this.#isReadOnly
    try {
      this.client.query(exchange)
      return await exchange.ended
    } catch (error) {
      if (isFatal(error as PgError, isReadOnly)) this.destroy()
      throw statementErrorOf(error, statement, { name: this.#name, isReadOnly })
    } finally {
      this.#current = undefined
    }
  }

  async #runText(statement: Statement): Promise<Result> {
    const result = await this.exchange(new TextExchange(statement.text, this.parsers), statement)
    if (this.#status === 'T' && beginsReadOnly(statement.text)) this.#isReadOnly = true
    return result
  }

  async #copyIn(statement: Statement, source: CopySource): Promise<Result> {
    if (this.#requestCancel === undefined) {
      throw new UnsupportedError(
        'An embedded database cannot copy from a source: it takes no data while a statement runs. Use `insert`, or a server.',
        { statement: statement.text },
      )
    }
    const exchange = new CopyInExchange(statement.text, source)
    try {
      return await this.exchange(exchange, statement)
    } catch (error) {
      throw exchange.sourceFailure === undefined ? error : exchange.sourceFailure.error
    }
  }

  #ready(status: string): void {
    this.#status = status
    if (status === 'I') this.#isReadOnly = false
    this.#current?.ready()
  }

  #end(error: unknown): void {
    if (this.#lost !== undefined) return
    const lost = error instanceof ConnectionError ? error : lostErrorOf(error, this.#name, sqlStateOf(error))
    this.#lost = { error: lost }
    this.#cancelling?.abandon()
    this.#current?.lost(lost)
    this.#onLost?.(lost)
  }
}

/** @throws ParameterError  A value cannot be written as text. */
function sendable({ text, parameters }: Statement): Statement {
  const values = parameters.map((value, index) => {
    try {
      return written(value)
    } catch (error) {
      throw new ParameterError(`Parameter ${index + 1} cannot be sent: ${String(error)}`, {
        cause: error,
        statement: text,
      })
    }
  })
  return { text, parameters: values }
}
