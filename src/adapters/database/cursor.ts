/**
 * Rows one after another. It is no generator: those let nobody close them while they wait for a row (fact JF-07), and a loop that is left
 * then would hang.
 */
import type { DriverCursor } from './driver.ts'
import type { Cursor } from './types.ts'

/** Reads a cursor in batches. It is opened by the first read. */
export class CursorReader<R> implements Cursor<R>, AsyncIterator<R, undefined> {
  readonly #open: () => Promise<DriverCursor>
  #opening: Promise<DriverCursor> | undefined
  #rows: readonly unknown[] = []
  #at = 0
  #isOver = false
  #closing: Promise<void> | undefined
  /** Reads come one after another. */
  #reading: Promise<unknown> = Promise.resolve()

  constructor(open: () => Promise<DriverCursor>) {
    this.#open = open
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<R, undefined>> {
    if (this.#at < this.#rows.length) return Promise.resolve(this.#take())
    const reading = this.#reading.then(() => this.#read())
    this.#reading = reading.catch(() => {})
    return reading
  }

  async return(): Promise<IteratorResult<R, undefined>> {
    await this.close()
    return { done: true, value: undefined }
  }

  /** Ends it, once; also while a row is being waited for. */
  close(): Promise<void> {
    this.#isOver = true
    this.#rows = []
    this.#at = 0
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #take(): IteratorResult<R, undefined> {
    return { done: false, value: this.#rows[this.#at++] as R } // its user knows what the statement gives
  }

  async #read(): Promise<IteratorResult<R, undefined>> {
    if (this.#at < this.#rows.length) return this.#take()
    if (!this.#isOver) {
      try {
        const cursor = await (this.#opening ??= this.#open())
        this.#rows = await cursor.fetch()
        this.#at = 0
      } catch (error) {
        await this.close().catch(() => {}) // the error is why
        throw error
      }
    }
    if (this.#at < this.#rows.length && !this.#isOver) return this.#take()
    await this.close()
    return { done: true, value: undefined }
  }

  async #close(): Promise<void> {
    const cursor = await this.#opening?.catch(() => undefined)
    await cursor?.close()
  }
}
