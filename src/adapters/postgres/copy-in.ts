/** The exchange of `copy … from stdin`. */
import { setImmediate } from 'node:timers/promises'
import { UsageError } from '../../errors/index.ts'
import type { Result } from '../database/driver.ts'
import { Exchange } from './exchange.ts'
import type { PgError, PgWire } from './pg.ts'

/** How much is sent before others have a turn. */
const bytesPerTurn = 64 * 1024

/** What can be copied from. */
export type CopyChunks = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>

/** Stands among the parameters of a statement, which has none besides. */
export class CopySource {
  readonly chunks: CopyChunks

  constructor(chunks: CopyChunks) {
    const given: unknown = chunks
    if (
      given === null ||
      given === undefined ||
      !(Symbol.asyncIterator in Object(given) || Symbol.iterator in Object(given))
    ) {
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `The source of \`copyFrom\` is ${given === null ? 'null' : typeof given}. Give text or bytes in pieces: a list, a generator, a stream.`,
      )
    }
    this.chunks = chunks
  }
}

/** Sends what a source gives, as fast as the server takes it. */
export class CopyInExchange extends Exchange<Result> {
  /** What the source has failed with. */
  sourceFailure: { readonly error: unknown } | undefined
  readonly #text: string
  readonly #chunks: CopyChunks
  #affected = 0
  #wire: PgWire | undefined
  /** Whether no more is to be sent. */
  #isOver = false
  #wake: (() => void) | undefined

  constructor(text: string, source: CopySource) {
    super()
    this.#text = text
    this.#chunks = source.chunks
  }

  protected send(wire: PgWire): void {
    wire.query(this.#text)
  }

  override handleCopyInResponse(wire: PgWire): void {
    this.#wire = wire
    this.#pump(wire).catch((error: unknown) => this.lost(error)) // it does not fail
  }

  override handleCommandComplete({ text }: { readonly text: string }): void {
    this.#affected = Number(/\d+$/.exec(text)?.[0] ?? 0)
  }

  override handleError(error: PgError): void {
    this.#end()
    super.handleError(error)
  }

  override lost(error: unknown): void {
    this.#end()
    super.lost(error)
  }

  /** The server waits for data and looks at nothing else, so it is told that none will come. */
  override stop(): boolean {
    if (this.#wire === undefined || this.#isOver) return false
    this.#end()
    this.#wire.sendCopyFail('stopped')
    return true
  }

  protected result(): Result {
    return { rows: [], affected: this.#affected }
  }

  #end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  async #pump(wire: PgWire): Promise<void> {
    let sinceTurn = 0
    try {
      for await (const chunk of this.#chunks) {
        if (this.#isOver) return
        const bytes = bytesOf(chunk)
        wire.sendCopyFromChunk(bytes)
        sinceTurn += bytes.length
        if (wire.stream.writableNeedDrain) await this.#drained(wire)
        if (sinceTurn < bytesPerTurn) continue
        // A source that never waits would let nothing else run, not even what the server has to say of a wrong row.
        await setImmediate()
        sinceTurn = 0
      }
      if (!this.#isOver) wire.endCopyFrom()
    } catch (error) {
      if (this.#isOver) return
      this.sourceFailure = { error }
      wire.sendCopyFail('the source has failed')
    } finally {
      this.#isOver = true
    }
  }

  #drained({ stream }: PgWire): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        stream.off('drain', wake)
        this.#wake = undefined
        resolve()
      }
      stream.once('drain', wake)
      this.#wake = wake
    })
  }
}

function bytesOf(chunk: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (chunk instanceof Uint8Array) return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `A piece of the source of \`copyFrom\` is ${chunk === null ? 'null' : typeof chunk}. Give text, or bytes (Uint8Array).`,
  )
}
