/**
 * Items by rank, the first at hand: a binary heap (Williams, 1964). Among equals, who came first is first. Comparing may
 * throw, since it is the user's: a place is looked for before anything is moved.
 */
import type { Store } from './store.ts'

/** Tells, as for `sort`, which of two ranks comes first: negative, zero, or positive. */
export type Compare<R> = (a: R, b: R) => number

interface Entry<T, R> {
  readonly item: T
  readonly rank: R
  /** Its place in the order of coming. */
  readonly order: number
}

/** Items in the order of their ranks. */
export class RankedStore<T, R> implements Store<T> {
  readonly #rankOf: (item: T) => R
  readonly #compare: Compare<R>
  #entries: Entry<T, R>[] = []
  #next = 0
  /** What is put back comes before all its equals. */
  #before = 0

  constructor(rankOf: (item: T) => R, compare: Compare<R>) {
    this.#rankOf = rankOf
    this.#compare = compare
  }

  get size(): number {
    return this.#entries.length
  }

  add(item: T): void {
    this.#add({ item, rank: this.#rankOf(item), order: this.#next })
    this.#next++
  }

  take(): T {
    return this.#remove(0)
  }

  /** It counts as the oldest from now on. */
  putBack(item: T): void {
    this.#before--
    this.#add({ item, rank: this.#rankOf(item), order: this.#before })
  }

  peek(): T {
    return this.#entries[0]!.item // it has been asked for its size
  }

  /** Looks at all of them. */
  dropOldest(): void {
    let oldest = 0
    for (const [place, { order }] of this.#entries.entries()) if (order < this.#entries[oldest]!.order) oldest = place
    this.#remove(oldest)
  }

  clear(): void {
    this.#entries = []
  }

  #add(entry: Entry<T, R>): void {
    const end = this.#entries.length
    this.#fill(end, entry, this.#pathUp(end, entry))
  }

  #remove(place: number): T {
    const entries = this.#entries
    const { item } = entries[place]! // there is one
    const last = entries[entries.length - 1]! // likewise
    if (place < entries.length - 1) {
      const up = this.#pathUp(place, last)
      this.#fill(place, last, up.length > 0 ? up : this.#pathDown(place, last))
    }
    entries.pop()
    return item
  }

  /** Moves the hole along a path, and fills it where that ends. */
  #fill(from: number, entry: Entry<T, R>, path: readonly number[]): void {
    let hole = from
    for (const place of path) {
      this.#entries[hole] = this.#entries[place]! // paths lead through the heap
      hole = place
    }
    this.#entries[hole] = entry
  }

  #pathUp(from: number, entry: Entry<T, R>): number[] {
    const path: number[] = []
    for (let place = from; place > 0;) {
      place = (place - 1) >> 1
      if (!this.#isBefore(entry, this.#entries[place]!)) break // above a place there is another
      path.push(place)
    }
    return path
  }

  /** Leaves out the last place: the entry that is to be placed comes from there. */
  #pathDown(from: number, entry: Entry<T, R>): number[] {
    const entries = this.#entries
    const end = entries.length - 1
    const path: number[] = []
    for (let place = 2 * from + 1; place < end; place = 2 * place + 1) {
      if (place + 1 < end && this.#isBefore(entries[place + 1]!, entries[place]!)) place++
      if (!this.#isBefore(entries[place]!, entry)) break
      path.push(place)
    }
    return path
  }

  #isBefore(a: Entry<T, R>, b: Entry<T, R>): boolean {
    const compared = this.#compare(a.rank, b.rank)
    return compared < 0 || (!(compared > 0) && a.order < b.order) // NaN counts as equal, as for `sort`
  }
}
