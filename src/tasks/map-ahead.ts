/** The same work for many items, so many at a time, whose results are taken one by one. */
import { UsageError } from '../errors/index.ts'
import { checkConcurrency, checkMapping } from './map-concurrent.ts'
import { MappingAhead } from './mapping-ahead.ts'
import type { Mapped } from './mapping-ahead.ts'
import { Source } from './source.ts'

/** What {@link mapAhead} takes. */
export interface MapAheadOptions {
  /** How many items at the same time, at least 1. `Infinity`: as many as the source gives, whether anybody takes them or not. */
  readonly concurrency: number
  /** How many items more may have been begun, or be ready, when nobody takes results. Default: 0. */
  readonly buffer?: number | undefined
  /** Whether the results come in the order of the items; else as they are ready. Default: true. */
  readonly ordered?: boolean | undefined
}

/**
 * Calls a function for each item, so many at a time, and gives the results one by one, for sources that are long or never
 * end. It begins with the iteration, and runs ahead of who takes the results by at most `concurrency` plus `buffer` items;
 * then it reads no more of the source.
 *
 * When a call or the source fails, the other calls are cancelled and waited for; the results that are ready before it are
 * given, then that error is thrown bare, with others that came up meanwhile attached (`othersOf`). Leaving the loop early
 * cancels what is under way, waits for it, and closes the source; what fails then goes to `onLateError`, or is thrown by
 * `within`.
 *
 * @param items  Anything iterable, also asynchronously.
 * @param fn     Is given the item, its index, and (if it takes three arguments) the signal that aborts when it is cancelled.
 * @throws Cancelled   (Iterating) the surrounding scope was cancelled; all of it has ended, and the source is closed.
 * @throws UsageError  Nothing iterable, no function, or an option that makes no sense.
 * @example
 * const sizes: number[] = []
 * for await (const size of mapAhead(['a', 'bb', 'ccc'], async (text) => text.length, { concurrency: 2 })) {
 *   sizes.push(size)
 *   if (size === 2) break
 * }
 * sizes // => [1, 2]
 */
export function mapAhead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  fn: (item: T, index: number, signal: AbortSignal) => R | PromiseLike<R>,
  options: MapAheadOptions,
): Mapped<Awaited<R>> {
  const { concurrency, buffer = 0, ordered = true } = options
  checkConcurrency(concurrency)
  if (buffer !== Infinity && !(Number.isInteger(buffer) && buffer >= 0)) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`buffer\` is ${String(buffer)}. Give a whole number of at least 0, or Infinity.`,
    )
  }
  checkMapping(fn, 'mapAhead')
  const source = new Source<T>(items, 'mapAhead')
  const mapping = new MappingAhead<T>(source, fn, { concurrency, most: concurrency + buffer, ordered })
  return mapping as Mapped<unknown> as Mapped<Awaited<R>> // what `fn` gives
}
