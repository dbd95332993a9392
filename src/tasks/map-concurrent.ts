/** The same work for many items, so many at a time. */
import { isThenable } from '../contexts/exits.ts'
import { UsageError } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { AllTogether, waitable } from './all-together.ts'
import { Source } from './source.ts'
import { refuse } from './waiting.ts'

/** What {@link mapConcurrent} takes. */
export interface MapOptions {
  /** How many items at the same time, at least 1. Default: `Infinity`. */
  readonly concurrency?: number | undefined
}

/**
 * Calls a function for each item, so many at a time, and gives the results in the order of the items. The source is read
 * only as places are free, and is closed when the work ends early. When one call or the source fails, the others are
 * cancelled and waited for, and that error is thrown bare; errors that come up meanwhile are attached to it (`othersOf`).
 *
 * @param items  Anything iterable, also asynchronously.
 * @param fn     Is given the item, its index, and (if it takes three arguments) the signal that aborts when it is cancelled.
 * @param options.concurrency  How many at the same time, at least 1. Default: `Infinity`.
 * @throws Cancelled   The surrounding scope was cancelled; all calls have been cancelled and have ended.
 * @throws UsageError  Nothing iterable, no function, or `concurrency` is no whole number of at least 1.
 * @example
 * await mapConcurrent([1, 2, 3], async (number) => number * 2, { concurrency: 2 }) // => [2, 4, 6]
 */
export async function mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, index: number, signal: AbortSignal) => R | PromiseLike<R>,
  options: MapOptions = {},
): Promise<Awaited<R>[]> {
  const concurrency = checkConcurrency(options.concurrency ?? Infinity)
  checkMapping(fn, 'mapConcurrent')
  const source = new Source<T>(items, 'mapConcurrent')
  const around = scopeOf(currentFrame())
  if (around?.cancelled !== undefined) return await refuse(around, around.cancelled)
  return (await new Mapping<T>(source, fn, concurrency).run()) as Awaited<R>[] // what `fn` gave
}

class Mapping<T> {
  readonly #source: Source<T>
  readonly #call: (item: T, index: number) => unknown
  readonly #concurrency: number
  readonly #together = new AllTogether()
  #results: unknown[] = []
  #workers = 0
  #next = 0

  constructor(source: Source<T>, fn: (item: T, index: number, signal: AbortSignal) => unknown, concurrency: number) {
    this.#source = source
    this.#call =
      fn.length > 2
        ? (item, index) => fn(item, index, this.#together.scope.signal)
        : (fn as (item: T, index: number) => unknown) // it does not look for a signal
    this.#concurrency = concurrency
  }

  async run(): Promise<unknown[]> {
    const together = this.#together
    if (this.#source.isSync && this.#concurrency === Infinity) {
      this.#results = await together.results(together.inside(() => this.#callAll()))
    } else {
      together.inside(() => this.#addWorkers())
      await together.done()
    }
    let wasStopped = together.wasStopped
    if (!this.#source.isOver) {
      wasStopped = true
      await this.#source.close().catch((error: unknown) => together.errors.push(error))
    }
    together.throwFailure(wasStopped && together.scope.cancelled !== undefined)
    return this.#results
  }

  /** All places are free: the whole source is read at once. */
  #callAll(): unknown[] {
    const { scope } = this.#together
    const source = this.#source
    const call = this.#call
    const begun: unknown[] = []
    try {
      while (scope.cancelled === undefined) {
        const item = source.take()
        if (item === undefined) break
        begun.push(waitable(call(item.value, begun.length)))
      }
    } catch (error) {
      this.#together.threw(error)
    }
    return begun
  }

  /** Of a source that is at hand as many begin as there are items; of one that is waited for, one after another. */
  #addWorkers(): void {
    const most = this.#source.isSync ? this.#concurrency : Math.min(this.#concurrency, this.#workers + 1)
    while (this.#workers < most && this.#goesOn) {
      this.#workers++
      this.#together.begin(() => (this.#source.isSync ? this.#workNow() : this.#workLater()), 0, this.#together)
    }
  }

  get #goesOn(): boolean {
    return !this.#source.isOver && this.#together.scope.cancelled === undefined
  }

  async #workNow(): Promise<void> {
    const { scope } = this.#together
    const source = this.#source
    const call = this.#call
    const results = this.#results
    while (!source.isOver && scope.cancelled === undefined) {
      const item = source.take()
      if (item === undefined) return
      const index = this.#next++
      const result = call(item.value, index)
      results[index] = isThenable(result) ? await result : result
    }
  }

  async #workLater(): Promise<void> {
    while (this.#goesOn) {
      const item = await this.#source.takeLater()
      if (item === undefined) return
      const index = this.#next++
      this.#addWorkers()
      this.#results[index] = await this.#call(item.value, index)
    }
  }
}

/** Checks how many are to work at the same time. */
export function checkConcurrency(given: unknown): number {
  if (given === Infinity || (Number.isInteger(given) && (given as number) >= 1)) return given as number
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`concurrency\` is ${String(given)}. Give a whole number of at least 1, or Infinity.`,
  )
}

/** Checks that there is a function for the items. */
export function checkMapping(fn: unknown, caller: string): void {
  if (typeof fn === 'function') return
  throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`${caller}\` got ${String(fn)}. Give a function of an item.`)
}
