/** What is particular about SQLite. */
import type { DatabaseSync as Database, StatementSync } from 'node:sqlite'
import type { Dialect, Driver, DriverConnection, DriverCursor, Result } from '../database/driver.ts'
import { ConnectionError, MissingDriverError, StatementError } from '../database/errors.ts'
import type { Statement } from '../database/sql.ts'
import { brief } from '../database/statements.ts'
import { connectionErrorOf, statementErrorOf } from './errors.ts'
import { bound } from './parameters.ts'

/** How a file is opened. */
export interface SqliteSettings {
  readonly busyTimeout: number
  readonly wal: boolean
  readonly readOnly: boolean
  readonly bigints: boolean
}

const dialect: Dialect = {
  placeholder: () => '?',
  quote: (name) => `"${name.replaceAll('"', '""')}"`,
  // What will write takes its lock at once: to ask for it later may be refused.
  begin: ({ readOnly }) => (readOnly === true ? ['pragma query_only = on', 'begin'] : ['begin immediate']),
  afterEnd: ({ readOnly }) => (readOnly === true ? ['pragma query_only = off'] : []),
}

/** Opens one file. */
export class SqliteDriver implements Driver {
  readonly name: string
  readonly dialect: Dialect = dialect
  readonly #file: string
  readonly #settings: SqliteSettings

  constructor(file: string, settings: SqliteSettings) {
    this.name = `SQLite at ${file}`
    this.#file = file
    this.#settings = settings
  }

  async connect(): Promise<DriverConnection> {
    const { busyTimeout, wal, readOnly } = this.#settings
    try {
      const database = new (databaseClass())(this.#file, { readOnly, timeout: busyTimeout })
      database.exec('pragma foreign_keys = on')
      if (wal && !readOnly && this.#file !== ':memory:')
        database.exec('pragma journal_mode = wal; pragma synchronous = normal')
      else database.exec('select count(*) from sqlite_schema') // it opens files that are no databases, too
      return new SqliteConnection(database, this.#file !== ':memory:', this.#settings.bigints)
    } catch (error) {
      throw error instanceof MissingDriverError ? error : connectionErrorOf(error, this.name)
    }
  }

  isTransient(): boolean {
    return false
  }
}

function databaseClass(): typeof Database {
  // Looked up, since a bundle for another platform must be able to leave it out.
  const module = process.getBuiltinModule('node:sqlite') as typeof import('node:sqlite') | undefined
  if (module?.DatabaseSync !== undefined) return module.DatabaseSync
  throw new MissingDriverError(
    `This runtime (${process.version}) has no module node:sqlite. Use Node 22.13 or newer, or another database.`,
  )
}

/** How many prepared statements a connection keeps. */
const mostPrepared = 256

class SqliteConnection implements DriverConnection {
  readonly #database: Database
  readonly #isFile: boolean
  readonly #bigints: boolean
  readonly #prepared = new Map<string, StatementSync>()
  #isBroken = false

  constructor(database: Database, isFile: boolean, bigints: boolean) {
    this.#database = database
    this.#isFile = isFile
    this.#bigints = bigints
  }

  get state(): DriverConnection['state'] {
    if (this.#isBroken) return 'broken'
    return this.#database.isTransaction ? 'in transaction' : 'idle'
  }

  async run(statement: Statement): Promise<Result> {
    this.#refuseBroken()
    const values = bound(statement)
    try {
      const prepared = this.#prepare(statement.text)
      if (prepared.columns().length > 0) {
        const rows = prepared.all(...values).map((row) => ({ ...row })) // they come without a prototype
        return { rows, affected: rows.length }
      }
      const { changes, lastInsertRowid } = prepared.run(...values)
      return { rows: [], affected: Number(changes), insertId: lastInsertRowid }
    } catch (error) {
      throw statementErrorOf(error, statement)
    }
  }

  async openCursor(statement: Statement, batchSize: number): Promise<DriverCursor> {
    this.#refuseBroken()
    const values = bound(statement)
    try {
      const prepared = this.#prepareOnly(statement.text) // one of its own: it is read while others run
      return new SqliteCursor(prepared.iterate(...values), batchSize, statement)
    } catch (error) {
      throw statementErrorOf(error, statement)
    }
  }

  async cancel(): Promise<void> {} // what runs has ended before anybody could ask

  isStopped(): boolean {
    return false
  }

  async ping(): Promise<void> {}

  /** What is said to a file's connection goes with it; that of a database in memory must not. */
  isDirtiedBy(text: string): boolean {
    return this.#isFile && /\b(pragma|attach|detach|temp|temporary)\b/i.test(text) && !/\bquery_only\b/.test(text)
  }

  /** It is opened anew. */
  async reset(): Promise<void> {
    this.destroy()
  }

  async close(): Promise<void> {
    this.destroy()
  }

  destroy(): void {
    if (this.#isBroken) return
    this.#isBroken = true
    this.#prepared.clear()
    this.#database.close()
  }

  onLost(): void {} // there is nobody at the other end

  /** The ones used longest ago are forgotten first. */
  #prepare(text: string): StatementSync {
    let prepared = this.#prepared.get(text)
    if (prepared === undefined) {
      prepared = this.#prepareOnly(text)
    } else this.#prepared.delete(text)
    this.#prepared.set(text, prepared)
    if (this.#prepared.size > mostPrepared) this.#prepared.delete(this.#prepared.keys().next().value!) // there is one
    return prepared
  }

  /** @throws StatementError  There are several, of which SQLite would prepare the first and say nothing. */
  #prepareOnly(text: string): StatementSync {
    const prepared = this.#database.prepare(text)
    const rest = text.slice(prepared.sourceSQL.length)
    if (!/^(?:[\s;]|--[^\n]*|\/\*[^]*?(?:\*\/|$))*$/.test(rest)) {
      throw new StatementError(
        `A text has several statements in it, and SQLite runs one at a time: ${brief(text)}. Give each by itself.`,
        { statement: text },
      )
    }
    if (this.#bigints) prepared.setReadBigInts(true)
    return prepared
  }

  #refuseBroken(): void {
    if (this.#isBroken) throw new ConnectionError('This connection to a SQLite database has been closed.')
  }
}

class SqliteCursor implements DriverCursor {
  readonly isExclusive = false
  readonly #rows: Iterator<Record<string, unknown>>
  readonly #batchSize: number
  readonly #statement: Statement
  /** On Node 22 an iterator that has ended begins anew when it is asked again. */
  #hasEnded = false

  constructor(rows: Iterator<Record<string, unknown>>, batchSize: number, statement: Statement) {
    this.#rows = rows
    this.#batchSize = batchSize
    this.#statement = statement
  }

  async fetch(): Promise<readonly unknown[]> {
    const batch: unknown[] = []
    try {
      while (!this.#hasEnded && batch.length < this.#batchSize) {
        const { done, value } = this.#rows.next()
        if (done === true) this.#hasEnded = true
        else batch.push({ ...value })
      }
      return batch
    } catch (error) {
      throw statementErrorOf(error, this.#statement)
    }
  }

  async close(): Promise<void> {
    this.#rows.return?.()
  }
}
