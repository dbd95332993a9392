/** Something iterable, of either kind, read one item at a time and closed at most once. */
import { reportLateError, UsageError } from '../errors/index.ts'
import { wait } from './waiting.ts'

export class Source<T> {
  readonly isSync: boolean
  /** Whether it has come to its end, has failed, or was closed. */
  isOver = false
  readonly #iterator: Iterator<T> | AsyncIterator<T>
  #turn: Promise<unknown> = Promise.resolve()
  #isWaiting = false

  constructor(given: unknown, caller: string) {
    const items = (given ?? {}) as Partial<Iterable<T> & AsyncIterable<T>>
    const later = items[Symbol.asyncIterator]
    const now = items[Symbol.iterator]
    if (typeof later !== 'function' && typeof now !== 'function') {
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `\`${caller}\` got ${String(given)}. Give something iterable, also asynchronously.`,
      )
    }
    this.isSync = typeof later !== 'function'
    this.#iterator = typeof later === 'function' ? later.call(items) : now!.call(items) // one of the two is a function
  }

  /** The next item of a synchronous source; `undefined` at its end. */
  take(): { readonly value: T } | undefined {
    try {
      const result = (this.#iterator as Iterator<T>).next()
      if (result.done !== true) return result
    } catch (error) {
      this.isOver = true
      throw error
    }
    this.isOver = true
    return undefined
  }

  /** The next item, waited for; who asks later gets a later one. A checkpoint: then the source is left as it is. */
  async takeLater(): Promise<{ readonly value: T } | undefined> {
    const before = this.#turn
    const mine = Promise.withResolvers<void>()
    this.#turn = mine.promise
    await before
    try {
      return this.isOver ? undefined : this.#itemOf(await this.#ask())
    } finally {
      mine.resolve()
    }
  }

  /** Closes a source that has not come to its end. One that is stuck in a wait is told, but not waited for. */
  async close(): Promise<void> {
    if (this.isOver) return
    this.isOver = true
    const closing = this.#iterator.return?.()
    if (!this.#isWaiting) await closing
    else
      Promise.resolve(closing).catch((error: unknown) =>
        reportLateError(error, { source: 'a source that was left while it waited' }),
      )
  }

  async #ask(): Promise<IteratorResult<T>> {
    this.#isWaiting = true
    return await wait<IteratorResult<T>>((settle) => {
      Promise.resolve(this.#iterator.next()).then(
        (result) => {
          this.#isWaiting = false
          settle.done(result)
        },
        (error: unknown) => {
          this.#isWaiting = false
          this.isOver = true
          settle.fail(error)
        },
      )
      return () => {}
    }, undefined)
  }

  #itemOf(result: IteratorResult<T>): { readonly value: T } | undefined {
    if (result.done !== true) return result
    this.isOver = true
    return undefined
  }
}
