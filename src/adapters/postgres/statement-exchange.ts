/** The exchanges that run statements. */
import type { Result } from '../database/driver.ts'
import type { Statement } from '../database/sql.ts'
import { RowsExchange } from './exchange.ts'
import type { PgWire } from './pg.ts'
import type { Prepared } from './prepared.ts'
import type { Parsers } from './rows.ts'
import type { RowShape } from './rows.ts'

/** Text without parameters: one statement, or several. */
export class TextExchange extends RowsExchange<Result> {
  readonly #text: string

  constructor(text: string, parsers: Parsers) {
    super(parsers, undefined)
    this.#text = text
  }

  protected send(wire: PgWire): void {
    wire.query(this.#text)
  }

  override handleCommandComplete(message: { readonly text: string }): void {
    super.handleCommandComplete(message)
    if (!/^(?:SELECT|INSERT|UPDATE|DELETE|MERGE|FETCH|SHOW|EXPLAIN|CALL|EXECUTE)/.test(message.text)) this.rows = []
  }

  protected result(): Result {
    return { rows: this.rows, affected: this.affected }
  }
}

/** A statement with parameters, which the server may know already. */
export class StatementExchange extends RowsExchange<Result> {
  readonly #statement: Statement
  readonly #prepared: Prepared | undefined
  /** The names of statements that the server may forget. */
  readonly #forgotten: readonly string[]

  constructor(statement: Statement, parsers: Parsers, prepared?: Prepared, forgotten: readonly string[] = []) {
    super(parsers, prepared?.shape)
    this.#statement = statement
    this.#prepared = prepared
    this.#forgotten = forgotten
  }

  protected send(wire: PgWire): void {
    const { text, parameters: values } = this.#statement
    const statement = this.#prepared?.name
    for (const name of this.#forgotten) wire.close({ type: 'S', name })
    if (this.#prepared?.isParsed !== true) wire.parse({ name: statement, text })
    wire.bind({ statement, values })
    if (this.#prepared?.isDescribed !== true) wire.describe({ type: 'P', name: '' })
    wire.execute({})
    wire.sync()
  }

  override parsed(): void {
    if (this.#prepared !== undefined) this.#prepared.isParsed = true
  }

  protected result(): Result {
    if (this.#prepared !== undefined) this.#prepared.described(this.shape)
    return { rows: this.rows, affected: this.affected }
  }
}

/** Binds a statement to a portal, from which rows can be fetched as long as its transaction lasts. */
export class PortalExchange extends RowsExchange<RowShape | undefined> {
  readonly #portal: string
  readonly #statement: Statement

  constructor(portal: string, statement: Statement, parsers: Parsers) {
    super(parsers, undefined)
    this.#portal = portal
    this.#statement = statement
  }

  protected send(wire: PgWire): void {
    const { text, parameters: values } = this.#statement
    const portal = this.#portal
    wire.parse({ text })
    wire.bind({ portal, values })
    wire.describe({ type: 'P', name: portal })
    wire.sync()
  }

  protected result(): RowShape | undefined {
    return this.shape
  }
}

/** Fetches some rows from a portal. */
export class FetchExchange extends RowsExchange<{ readonly rows: readonly unknown[]; readonly isOver: boolean }> {
  readonly #portal: string
  readonly #batchSize: number
  #isOver = true

  constructor(portal: string, batchSize: number, parsers: Parsers, shape: RowShape | undefined) {
    super(parsers, shape)
    this.#portal = portal
    this.#batchSize = batchSize
  }

  protected send(wire: PgWire): void {
    wire.execute({ portal: this.#portal, rows: this.#batchSize })
    wire.sync()
  }

  /** The server has read over the `sync` that came while it waited for data. */
  override handleCopyInResponse(wire: PgWire): void {
    super.handleCopyInResponse(wire)
    wire.sync()
  }

  override handlePortalSuspended(): void {
    this.#isOver = false
  }

  protected result(): { readonly rows: readonly unknown[]; readonly isOver: boolean } {
    return { rows: this.rows, isOver: this.#isOver }
  }
}

/** Closes a portal. */
export class ClosePortalExchange extends RowsExchange<void> {
  readonly #portal: string

  constructor(portal: string, parsers: Parsers) {
    super(parsers, undefined)
    this.#portal = portal
  }

  protected send(wire: PgWire): void {
    wire.close({ type: 'P', name: this.#portal })
    wire.sync()
  }

  protected result(): void {}
}
