/** The exchange of `copy … to stdout`, read as a cursor whose rows are pieces of what the server sends. */
import type { DriverCursor } from '../database/driver.ts'
import type { Statement } from '../database/sql.ts'
import type { PortalConnection } from './cursor.ts'
import { Exchange } from './exchange.ts'
import type { PgWire } from './pg.ts'

/** How many bytes may lie here; then the server is left waiting. */
const mostBytes = 256 * 1024

/** Whether a statement sends what is to be copied. */
export function copiesOut(text: string): boolean {
  return /^\s*copy\b[^]*\bto\s+stdout\b/i.test(text)
}

class CopyOutExchange extends Exchange<void> {
  isOver = false
  readonly #text: string
  #chunks: Buffer[] = []
  #bytes = 0
  #paused: PgWire | undefined
  #waiting: (() => void) | undefined

  constructor(text: string) {
    super()
    this.#text = text
  }

  protected send(wire: PgWire): void {
    wire.query(this.#text)
  }

  override handleCopyData({ chunk }: { readonly chunk: Uint8Array }, wire: PgWire): void {
    if (this.isOver) return
    this.#chunks.push(Buffer.from(chunk)) // its memory is used again
    this.#bytes += chunk.length
    this.#waiting?.()
    if (this.#bytes < mostBytes || this.#paused !== undefined) return
    this.#paused = wire
    wire.stream.pause()
  }

  override ready(): void {
    this.#end()
    super.ready()
  }

  override lost(error: unknown): void {
    this.#end()
    super.lost(error)
  }

  /** What has come; waits if that is nothing yet. */
  async take(): Promise<readonly Buffer[]> {
    if (this.#chunks.length === 0 && !this.isOver) await new Promise<void>((resolve) => (this.#waiting = resolve))
    this.#waiting = undefined
    const taken = this.#chunks
    this.#chunks = []
    this.#bytes = 0
    this.#resume()
    return taken
  }

  /** What is still coming is dropped. */
  drop(): void {
    this.#end()
    this.#chunks = []
    this.#resume()
  }

  protected result(): void {}

  #end(): void {
    this.isOver = true
    this.#waiting?.()
  }

  #resume(): void {
    this.#paused?.stream.resume()
    this.#paused = undefined
  }
}

/** See above. */
export class CopyOutCursor implements DriverCursor {
  readonly isExclusive = true
  readonly #connection: PortalConnection & { cancel(): Promise<void> }
  readonly #exchange: CopyOutExchange
  readonly #ended: Promise<{ readonly error: unknown } | undefined>
  #isRead = false

  constructor(connection: PortalConnection & { cancel(): Promise<void> }, statement: Statement) {
    this.#connection = connection
    this.#exchange = new CopyOutExchange(statement.text)
    this.#ended = connection.exchange(this.#exchange, statement).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
  }

  async fetch(): Promise<readonly unknown[]> {
    const chunks = await this.#exchange.take()
    if (chunks.length > 0) return chunks
    const failure = await this.#ended
    this.#isRead = true
    if (failure !== undefined) throw failure.error
    return []
  }

  /** Has the server stop if it is not done, and waits until the connection can be used. */
  async close(): Promise<void> {
    const isOver = this.#exchange.isOver
    this.#exchange.drop()
    if (!isOver && !this.#isRead) await this.#connection.cancel()
    await this.#ended
  }
}
