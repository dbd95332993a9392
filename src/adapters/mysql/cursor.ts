/**
 * Rows in parts, as the server sends them: the socket is read only as fast as they are taken. Nothing else can run on the connection
 * meanwhile. One that is left early is stopped on the server, so that the rest of a large result is not read.
 */
import type { DriverCursor } from '../database/driver.ts'
import { StatementError } from '../database/errors.ts'
import type { MysqlClient, MysqlCommand, MysqlField } from './mysql2.ts'
import type { Fix } from './rows.ts'

/** What a cursor is told. */
export interface CursorSettings {
  readonly batchSize: number
  readonly fix: Fix
  /** Takes note of errors, and translates them. */
  guard<T>(work: () => Promise<T>): Promise<T>
  /** Stops the statement on the server. */
  stop(): Promise<void>
}

/** How reading ends when the rest of the rows was given up, though the server had sent all of them. */
export class CursorStoppedError extends StatementError {}

/** See above. */
export class StreamCursor implements DriverCursor {
  readonly isExclusive = true
  readonly #client: MysqlClient
  readonly #settings: CursorSettings
  #rows: unknown[] = []
  #fields: readonly MysqlField[] | undefined
  #isOver = false
  #isGivenUp = false
  #failure: { readonly error: unknown } | undefined
  /** Is called when something has come. */
  #changed: (() => void) | undefined

  constructor(client: MysqlClient, command: MysqlCommand, settings: CursorSettings) {
    this.#client = client
    this.#settings = settings
    command.on('fields', (fields) => (this.#fields ??= fields))
    command.on('result', (row, index) => this.#take(row, index))
    command.on('end', () => this.#end())
    command.on('error', (error) => this.fail(error))
  }

  /** Whether the server has said that this is all. */
  get isOver(): boolean {
    return this.#isOver
  }

  async fetch(): Promise<readonly unknown[]> {
    return await this.#settings.guard(async () => {
      const { batchSize } = this.#settings
      if (this.#rows.length < batchSize && !this.#isOver) this.#client.resume()
      while (this.#rows.length < batchSize && !this.#isOver) await this.#change()
      if (this.#failure !== undefined) throw this.#failure.error
      if (this.#isGivenUp) throw new CursorStoppedError('The cursor was stopped.')
      const batch = this.#rows.splice(0, batchSize)
      if (this.#fields !== undefined) this.#settings.fix(batch, this.#fields)
      return batch
    })
  }

  async close(): Promise<void> {
    if (this.#isOver) return
    this.giveUp()
    if (!this.#isOver) await this.#settings.stop()
    while (!this.#isOver) await this.#change()
  }

  /** What comes from now on is dropped. */
  giveUp(): void {
    this.#isGivenUp = true
    this.#rows = []
    this.#client.resume()
  }

  /** No more can come. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#end()
  }

  #take(row: unknown, index: number): void {
    if (this.#isGivenUp || this.#fields === undefined || index > 0) return // what gives no rows tells what it did
    this.#rows.push(row)
    if (this.#rows.length < this.#settings.batchSize) return
    this.#client.pause()
    this.#changed?.()
  }

  #end(): void {
    this.#isOver = true
    this.#changed?.()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => (this.#changed = resolve))
  }
}
