/** The body of an answer that is read piece by piece. At most one piece more than asked for is kept; then the server has to wait. */
import { StateError } from '../../errors/index.ts'
import { wait } from '../../tasks/waiting.ts'
import type { Settle } from '../../tasks/waiting.ts'

/** What is left unread is still read at the end up to so many bytes, so that the connection can be used again. */
const mostDrained = 64 * 1024

/** See above. */
export class AnswerBody {
  readonly #resume: () => void
  readonly #abandon: () => void
  readonly #pieces: Buffer[] = []
  #reader: Settle<Buffer | undefined> | undefined
  #state: 'open' | 'ended' | 'failed' = 'open'
  #error: unknown
  #isPaused = false

  /** @param abandon  Cuts the connection, and with it the body. */
  constructor(resume: () => void, abandon: () => void) {
    this.#resume = resume
    this.#abandon = abandon
  }

  // Whoever sends.

  /** Takes a piece; says whether there may be more at once. */
  push(piece: Buffer): boolean {
    const reader = this.#takeReader()
    if (reader !== undefined) reader.done(piece)
    else this.#pieces.push(piece)
    this.#isPaused = this.#pieces.length > 0
    return !this.#isPaused
  }

  end(): void {
    this.#state = 'ended'
    this.#takeReader()?.done(undefined)
  }

  fail(error: unknown): void {
    this.#state = 'failed'
    this.#error = error
    this.#pieces.length = 0
    this.#takeReader()?.fail(error)
  }

  // Whoever reads.

  /** Whether there is nothing more to read. */
  get isRead(): boolean {
    return this.#state !== 'open' && this.#pieces.length === 0
  }

  /**
   * The next piece, `undefined` at the end. One reader at a time.
   *
   * @throws Cancelled  The scope around the reader was cancelled; the piece is kept.
   */
  async read(): Promise<Buffer | undefined> {
    const piece = this.#pieces.shift()
    if (piece !== undefined) {
      this.#letMoreCome()
      return piece
    }
    if (this.#state === 'ended') return undefined
    if (this.#state === 'failed') throw this.#error
    if (this.#reader !== undefined) {
      throw new StateError(
        'WITHAL_BUSY',
        'Somebody reads this body already. Wait for each piece before asking for the next.',
      )
    }
    return await wait<Buffer | undefined>((settle) => {
      this.#reader = settle
      this.#letMoreCome()
      return () => {
        this.#reader = undefined
      }
    }, undefined)
  }

  /** Cuts the connection. */
  cut(): void {
    if (this.#state === 'open') this.#abandon()
  }

  /** Lets go of the connection: what is left is read if it is little and comes soon, else the connection is cut. */
  async leave(patience: (cut: () => void) => () => void): Promise<void> {
    if (this.#state !== 'open') return
    const stopWaiting = patience(this.#abandon)
    try {
      for (let left = mostDrained; left > 0;) {
        const piece = await this.read()
        if (piece === undefined) return
        left -= piece.length
      }
    } catch {
      // It was cut, or lost: there is nobody any more who wanted to know.
    } finally {
      stopWaiting()
      this.cut()
    }
  }

  #letMoreCome(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#resume()
  }

  #takeReader(): Settle<Buffer | undefined> | undefined {
    const reader = this.#reader
    this.#reader = undefined
    return reader
  }
}
