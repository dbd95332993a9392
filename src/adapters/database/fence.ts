/**
 * Keeps statements inside the block they belong to: they are counted while they run, and refused before the block has begun to be left by
 * something nested in it, and after its end. What was opened in the block and is open still ends with it, so that nothing of it can reach
 * the next one who has the connection.
 */
import { combine } from '../../errors/index.ts'
import type { DriverCursor } from './driver.ts'
import { TransactionEndedError } from './errors.ts'

/** The fence round one block: a connection's or a transaction's. */
export class Fence {
  readonly #what: string
  #state: 'open' | 'ended' = 'open'
  #running = 0
  #nested = 0
  /** How what is open in it is closed, in the order it was opened. */
  readonly #open = new Set<() => PromiseLike<void>>()
  #whenQuiet: PromiseWithResolvers<void> | undefined

  /** @param what  Stands in messages: `a transaction`. */
  constructor(what: string) {
    this.#what = what
  }

  /** Runs something inside. */
  async inside<T>(work: () => Promise<T>): Promise<T> {
    this.check()
    this.#running++
    try {
      return await work()
    } finally {
      this.#running--
      if (this.#running === 0) this.#whenQuiet?.resolve()
    }
  }

  /** @throws TransactionEndedError  Nothing may run inside now. */
  check(): void {
    if (this.#state === 'open' && this.#nested === 0) return
    const state = this.#state === 'ended' ? 'has ended' : 'is waiting for the transaction that was begun in it'
    throw new TransactionEndedError(
      `A statement was given to ${this.#what} that ${state}; it was not run. ` +
        (this.#state === 'ended'
          ? 'Wait for all statements inside the block, or use the database itself.'
          : 'Use the inner transaction in its block.'),
    )
  }

  /** Begins something nested: nothing else is let in until that calls `leave`. It is told when this ends before. */
  async nest<T extends AsyncDisposable>(begin: (leave: () => Promise<void>) => Promise<T>): Promise<T> {
    return await this.inside(async () => {
      let forget: (() => void) | undefined
      this.#nested++
      const nested = await begin(async () => {
        this.#nested--
        forget?.()
      })
      forget = this.#keep(() => nested[Symbol.asyncDispose]())
      return nested
    })
  }

  /** Opens a cursor, which is closed when this ends. */
  async openCursor(open: () => Promise<DriverCursor>): Promise<DriverCursor> {
    return await this.inside(async () => {
      const cursor = await open()
      let closing: Promise<void> | undefined
      const close = (): Promise<void> => {
        forget()
        return (closing ??= cursor.close())
      }
      const forget = this.#keep(close)
      const fetch = async (): Promise<readonly unknown[]> => {
        if (this.#state === 'ended') throw this.#cursorEnded()
        return await cursor.fetch()
      }
      return { isExclusive: cursor.isExclusive, fetch, close }
    })
  }

  /** Lets nothing more in, waits for what runs, and ends what is open: the innermost first, and all of it whatever fails. */
  async end(): Promise<void> {
    this.#state = 'ended'
    if (this.#running > 0) {
      this.#whenQuiet ??= Promise.withResolvers()
      await this.#whenQuiet.promise
    }
    let failure: { readonly error: unknown } | undefined
    for (const close of [...this.#open].toReversed()) {
      try {
        await close()
      } catch (error) {
        failure = { error: failure === undefined ? error : combine(error, failure.error, false) }
      }
    }
    if (failure !== undefined) throw failure.error
  }

  /** Something has been opened; the answer says that it has been closed. */
  #keep(close: () => PromiseLike<void>): () => void {
    this.#open.add(close)
    return () => this.#open.delete(close)
  }

  #cursorEnded(): TransactionEndedError {
    return new TransactionEndedError(
      `A cursor was read after ${this.#what} that it belongs to has ended; it is closed. Leave its loop inside the block.`,
    )
  }
}
