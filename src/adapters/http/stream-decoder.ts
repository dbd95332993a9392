/** Decodes a body that comes piece by piece. */
import type { Transform } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib'
import { hasZlibHeader } from './decoding.ts'
import type { Coding } from './decoding.ts'

/** What gives pieces, `undefined` at the end. */
export interface PieceSource {
  read(): Promise<Buffer | undefined>
}

/** Gives the pieces of a source decoded; `close` frees the decoder. */
export class StreamDecoder implements PieceSource {
  readonly #source: PieceSource
  readonly #coding: Coding
  /** Made for the first piece, since only that says which kind of deflate it is. */
  #decoder: Transform | undefined
  #sourceHasEnded = false
  #hasEnded = false
  #error: Error | undefined
  /** What waits for anything to happen in the decoder. */
  #wake: (() => void) | undefined
  #isWriting = false

  constructor(source: PieceSource, coding: Coding) {
    this.#source = source
    this.#coding = coding
  }

  async read(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error
      const decoded = this.#decoder?.read() as Buffer | null | undefined // it is not in object mode
      if (decoded != null) return decoded
      if (this.#hasEnded) return undefined
      if (this.#isWriting || this.#sourceHasEnded) await this.#somethingHappens()
      else await this.#feed()
    }
  }

  close(): void {
    this.#decoder?.destroy()
  }

  async #feed(): Promise<void> {
    const piece = await this.#source.read()
    if (piece === undefined) {
      this.#sourceHasEnded = true
      if (this.#decoder === undefined) this.#hasEnded = true
      else this.#decoder.end()
      return
    }
    this.#decoder ??= this.#makeDecoder(piece)
    this.#isWriting = true
    this.#decoder.write(piece, () => {
      this.#isWriting = false
      this.#wakeUp()
    })
  }

  async #somethingHappens(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  readonly #wakeUp = (): void => {
    this.#wake?.()
    this.#wake = undefined
  }

  #makeDecoder(first: Buffer): Transform {
    const decoder = decoderOf(this.#coding, first)
    decoder.on('readable', this.#wakeUp)
    decoder.on('end', () => {
      this.#hasEnded = true
      this.#wakeUp()
    })
    decoder.on('error', (error) => {
      this.#error = error
      this.#wakeUp()
    })
    return decoder
  }
}

function decoderOf(coding: Coding, first: Buffer): Transform {
  if (coding === 'gzip') return createGunzip()
  if (coding === 'br') return createBrotliDecompress()
  return hasZlibHeader(first) ? createInflate() : createInflateRaw()
}
