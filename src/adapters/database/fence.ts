/**
 * Keeps statements inside the block they belong to: they are counted while they run, and refused before the block has begun to be left by
 * something nested in it, and after its end.
 */
import { TransactionEndedError } from './errors.ts'

/** The fence round one block: a connection's or a transaction's. */
export class Fence {
  readonly #what: string
  #state: 'open' | 'ended' = 'open'
  #running = 0
  #nested = 0
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

  /** Something nested begins; the answer ends it. */
  nest(): () => void {
    this.check()
    this.#nested++
    return () => {
      this.#nested--
    }
  }

  /** Lets nothing more in, and waits for what runs. Says whether this is the first time. */
  async end(): Promise<boolean> {
    const isFirst = this.#state === 'open'
    this.#state = 'ended'
    if (this.#running > 0) {
      this.#whenQuiet ??= Promise.withResolvers()
      await this.#whenQuiet.promise
    }
    return isFirst
  }
}
