/** One connection to a MySQL or MariaDB server. */
import { currentClock } from '../../clock.ts'
import type { DriverConnection, DriverCursor, Result, RunOptions } from '../database/driver.ts'
import { ParameterError, SerializationError } from '../database/errors.ts'
import type { ConnectionError } from '../database/errors.ts'
import { lostErrorOf } from '../database/network.ts'
import type { Statement } from '../database/sql.ts'
import { StreamCursor } from './cursor.ts'
import { leavesSomething, rollsBack } from './dialect.ts'
import { isFatal, isStopped, losesTransaction, statementErrorOf } from './errors.ts'
import { answerOf, closed } from './mysql2.ts'
import type { Mysql2, MysqlClient, MysqlError, MysqlField, MysqlHeader, MysqlStatement } from './mysql2.ts'
import { sendable } from './rows.ts'
import type { Fix } from './rows.ts'

/** How long a connection may take to end in good order, in milliseconds; then it is cut. */
const closeLimit = 2_000
/** How long a cursor that is left may take to stop, in milliseconds; then its connection is cut. */
const stopLimit = 5_000
/** A flag of the server's status: a transaction is open. */
const inTransaction = 1

type Answer = readonly [result: unknown, fields: unknown]

/** What a connection is told. */
export interface MysqlConnectionSettings {
  readonly name: string
  readonly fix: Fix
  /** Marks whole numbers among parameters. */
  readonly integer: Mysql2['TypedParameter']['LONGLONG']
  /** Stops what the connection of that number does, over another one; given up when the signal aborts. */
  kill(threadId: number, abandoned: AbortSignal): Promise<void>
}

/** See above. What is done with it at a time is seen to by its session. */
export class MysqlConnection implements DriverConnection {
  readonly client: MysqlClient
  readonly #settings: MysqlConnectionSettings
  #isInTransaction = false
  /** Why the transaction that is open can only be rolled back: the server has done so already. */
  #lostTransaction: SerializationError | undefined
  #lost: { readonly error: ConnectionError } | undefined
  /** The one that was opened last: there is one at a time. */
  #cursor: StreamCursor | undefined
  /** Aborted when the connection is lost: what is under way beside it is given up. */
  readonly #ended = new AbortController()
  #onLost: ((error: unknown) => void) | undefined

  /** @param client  Connected; it must have had a listener for errors before. */
  constructor(client: MysqlClient, settings: MysqlConnectionSettings) {
    this.client = client
    this.#settings = settings
    client.on('error', (error) => this.#end(error))
    client.on('end', () => this.#end(new Error('the server has closed it')))
  }

  get state(): DriverConnection['state'] {
    if (this.#lost !== undefined) return 'broken'
    if (this.#lostTransaction !== undefined) return 'failed transaction'
    return this.#isInTransaction ? 'in transaction' : 'idle'
  }

  async run(statement: Statement, { prepare }: RunOptions): Promise<Result> {
    if (this.#skips(statement)) return { rows: [], affected: 0 }
    return await this.#guarded(statement, async () => {
      if (statement.parameters.length === 0) {
        return this.#resultOf(...(await answerOf<Answer>((done) => this.client.query(statement.text, done))))
      }
      const prepared = await this.#prepared(statement)
      try {
        return this.#resultOf(
          ...(await answerOf<Answer>((done) => prepared.execute(sendable(statement, this.#settings.integer), done))),
        )
      } finally {
        if (!prepare) this.client.unprepare(statement.text)
      }
    })
  }

  async openCursor(statement: Statement, batchSize: number): Promise<DriverCursor> {
    this.#skips(statement)
    return await this.#guarded(statement, async () => {
      const { text, parameters } = statement
      const command =
        parameters.length === 0
          ? this.client.query(text)
          : (await this.#prepared(statement)).execute(sendable(statement, this.#settings.integer))
      this.#cursor = new StreamCursor(this.client, command, {
        batchSize,
        fix: this.#settings.fix,
        guard: (work) => this.#guarded(statement, work),
        stop: () => this.#stop(),
      })
      return this.#cursor
    })
  }

  async cancel(): Promise<void> {
    if (this.#lost !== undefined) return
    await this.#settings.kill(this.client.threadId, this.#ended.signal)
    this.#cursor?.giveUp() // what was asked below would wait behind its rows
    // The statement may have ended before. Then the next one would be hit, and this is it.
    await answerOf((done) => this.client.query('do 0', done)).catch((error: MysqlError) => {
      if (isFatal(error)) throw error
    })
  }

  isStopped(error: unknown): boolean {
    return isStopped(error)
  }

  ping(): Promise<unknown> {
    return answerOf((done) => this.client.ping(done))
  }

  isDirtiedBy(text: string): boolean {
    return leavesSomething(text)
  }

  async reset(): Promise<void> {
    await answerOf((done) => this.client.reset(done))
    this.#isInTransaction = false
    this.#lostTransaction = undefined
  }

  async close(): Promise<void> {
    if (this.#lost !== undefined) return
    const stop = currentClock().setTimer(closeLimit, () => this.destroy())
    try {
      await closed(this.client)
    } finally {
      stop()
      this.#end(new Error('it was closed'))
    }
  }

  destroy(): void {
    this.#end(new Error('it was cut'))
  }

  onLost(listener: (error: unknown) => void): void {
    this.#onLost = listener
  }

  /** @throws ParameterError  It takes another number of parameters. */
  async #prepared({ text, parameters }: Statement): Promise<MysqlStatement> {
    const [statement] = await answerOf<[MysqlStatement]>((done) => this.client.prepare(text, done))
    const wanted = statement.parameters.length
    if (wanted === parameters.length) return statement
    throw new ParameterError(
      `A statement takes ${wanted} ${wanted === 1 ? 'parameter' : 'parameters'} and was given ${parameters.length}.`,
      { statement: text },
    )
  }

  /** Has what runs be stopped; cuts the connection when that takes too long. */
  async #stop(): Promise<void> {
    const stop = currentClock().setTimer(stopLimit, () => this.destroy())
    try {
      await this.cancel()
    } catch {
      this.destroy()
    } finally {
      stop()
    }
  }

  get #lostError(): ConnectionError | undefined {
    return this.#lost?.error
  }

  /** Whether a statement has nothing to do, since the server has rolled everything back. Any other is refused then. */
  #skips({ text }: Statement): boolean {
    if (this.#lostTransaction === undefined) return false
    const kind = rollsBack(text)
    if (kind === 'wholly') this.#lostTransaction = undefined
    else if (kind === undefined) {
      throw new SerializationError(
        `The transaction was rolled back by the server before: ${this.#lostTransaction.message}. Leave it, and try the whole of it again.`,
        { cause: this.#lostTransaction, statement: text },
      )
    }
    return true
  }

  /** Does something with the server, and takes note of what it means for the connection. */
  async #guarded<T>(statement: Statement, work: () => Promise<T>): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost.error
    try {
      return await work()
    } catch (error) {
      const told = this.#lostError ?? statementErrorOf(error, statement, this.#settings.name)
      if (isFatal(error as MysqlError)) this.destroy()
      if (this.#isInTransaction && losesTransaction(told)) await this.#loseTransaction(told as SerializationError)
      throw told
    }
  }

  /** Some errors undo the whole transaction, others leave it open: it is undone in any case. */
  async #loseTransaction(why: SerializationError): Promise<void> {
    if (this.state === 'broken') return
    this.#lostTransaction = why
    this.#isInTransaction = false
    await answerOf((done) => this.client.query('rollback', done)).catch((error: unknown) => this.#end(error))
  }

  #resultOf(result: unknown, fields: unknown): Result {
    // A procedure gives several results, and what became of it last.
    const isMany = Array.isArray(fields) && fields.some((part) => Array.isArray(part))
    const headers: unknown = isMany ? (result as unknown[]).at(-1) : result
    if (isHeader(headers)) this.#isInTransaction = (headers.serverStatus & inTransaction) !== 0
    const rows: unknown = isMany ? (result as unknown[])[0] : result
    const columns: unknown = isMany ? (fields as unknown[])[0] : fields
    if (Array.isArray(rows)) {
      this.#settings.fix(rows, columns as readonly MysqlField[]) // those of these rows
      return { rows, affected: rows.length }
    }
    const { affectedRows: affected, insertId } = result as MysqlHeader // what gives no rows gives it
    return { rows: [], affected, insertId: insertId === 0 ? undefined : insertKey(insertId) }
  }

  #end(error: unknown): void {
    if (this.#lost !== undefined) return
    const lost = lostErrorOf(error, this.#settings.name)
    this.#lost = { error: lost }
    this.#ended.abort(lost)
    this.#cursor?.fail(lost)
    this.client.stream.destroy()
    this.#onLost?.(lost)
  }
}

function isHeader(given: unknown): given is MysqlHeader {
  return typeof given === 'object' && given !== null && 'serverStatus' in given
}

/** Large ones come as text. */
function insertKey(id: number | string): number | bigint {
  return typeof id === 'number' ? id : BigInt(id)
}
