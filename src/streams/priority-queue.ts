/** A queue that gives what is most urgent. */
import { UsageError } from '../errors/index.ts'
import type { QueueOptions } from './buffer-options.ts'
import { Queue } from './queue.ts'
import { RankedStore } from './ranked-store.ts'
import type { Compare } from './ranked-store.ts'
import type { Store } from './store.ts'

/** What items can be ranked by: all of a queue by the same kind. */
export type Rank = number | bigint | string

/** What ranks items: exactly one of the two. */
export type Ranking<T> =
  | {
      /** Which of two items comes first, as for `sort`: negative, zero or positive. */
      readonly compare: Compare<T>
      readonly key?: undefined
    }
  | {
      /** What an item is ranked by; the least comes first. Asked once for each item that is stored. */
      readonly key: (item: T) => Rank
      readonly compare?: undefined
    }

/** What {@link PriorityQueue} takes. */
export type PriorityQueueOptions<T> = QueueOptions & Ranking<T>

/**
 * A {@link Queue} that gives the item first that ranks first; equals in the order in which they were put. Those who wait to put are
 * let in in the order in which they came, whatever they bring.
 *
 * `key` and `compare` must not change their mind about an item that is in the queue. What they throw comes out of the call that
 * asked them, and loses no item.
 *
 * @example
 * const queue = new PriorityQueue({ key: (job: { readonly name: string; readonly due: number }) => job.due })
 * await queue.put({ name: 'report', due: 20 })
 * await queue.put({ name: 'alert', due: 1 })
 * await queue.get() // => { name: 'alert', due: 1 }
 */
export class PriorityQueue<T> extends Queue<T> {
  /** @throws UsageError  Neither `key` nor `compare` was given, or both, or another option makes no sense. */
  constructor(options: PriorityQueueOptions<T>) {
    super(options, storeOf(options))
  }
}

function storeOf<T>(options: PriorityQueueOptions<T> | undefined): Store<T> {
  if (options === undefined) throw unranked('neither `key` nor `compare`')
  const { key, compare } = options
  if ((key === undefined) === (compare === undefined)) {
    throw unranked(key === undefined ? 'neither `key` nor `compare`' : 'both `key` and `compare`')
  }
  if (typeof (key ?? compare) !== 'function') {
    const name = key === undefined ? 'compare' : 'key'
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`${name}\` of a PriorityQueue is not a function. Give one.`)
  }
  return compare === undefined
    ? new RankedStore<T, Rank>((item) => checkRank(key(item)), byRank)
    : new RankedStore<T, T>((item) => item, compare)
}

function unranked(given: string): UsageError {
  return new UsageError('WITHAL_INVALID_ARGUMENT', `A PriorityQueue got ${given}. Give one of them.`)
}

function byRank(a: Rank, b: Rank): number {
  if (a < b) return -1
  return a > b ? 1 : 0
}

function checkRank(rank: unknown): Rank {
  if ((typeof rank === 'number' && !Number.isNaN(rank)) || typeof rank === 'bigint' || typeof rank === 'string') {
    return rank
  }
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`key\` of a PriorityQueue gave ${String(rank)} (${typeof rank}). Give a number, a bigint or a string for each item.`,
  )
}
