/** Iterating what comes through an exchange: until it has ended, or by an error that was left there. */
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import { Getter } from './exchange.ts'
import type { Ending, Exchange } from './exchange.ts'

/**
 * What iterating a queue, a receiver or a subscription gives. Each `next()` waits for an item, and is refused in a cancelled scope;
 * items that are promises are given as they are. Leaving the loop leaves everything else as it is.
 */
export interface ItemIterator<R> extends AsyncIterableIterator<R, undefined> {
  next(): Promise<IteratorResult<R, undefined>>
  /** Ends this iteration; a `next()` that waits meanwhile ends, too. */
  return(): Promise<IteratorResult<R, undefined>>
  [Symbol.asyncIterator](): ItemIterator<R>
}

/** What an iteration is of. */
export interface IteratorSource<T, R> {
  readonly exchange: Exchange<T>
  /** The side of a channel it belongs to, and why it cannot be used. */
  readonly side?: object | undefined
  readonly refusal?: (() => Error | undefined) | undefined
  /** What is given for an item. */
  readonly given: (item: T) => R
}

const over: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

export class ExchangeIterator<T, R> implements ItemIterator<R> {
  readonly #source: IteratorSource<T, R>
  #isOver = false
  /** The calls of `next` that wait, and as many at most that did; swept when it has so many. */
  #waiting: NextGetter<T, R>[] = []
  #sweptAt = 16

  constructor(source: IteratorSource<T, R>) {
    this.#source = source
  }

  next(): Promise<IteratorResult<R, undefined>> {
    const scope = scopeHere()
    const refusal = refusalOf(scope, undefined)
    if (refusal !== undefined) return refusal
    const { exchange, side } = this.#source
    if (this.#isOver) return Promise.resolve(over)
    const closed = this.#source.refusal?.()
    if (closed !== undefined) return Promise.reject(closed)
    try {
      if (exchange.hasItem) return Promise.resolve(this.resultOf(exchange.take()))
    } catch (error) {
      return Promise.reject(error) // the user's way to compare has thrown it
    }
    if (exchange.ending !== undefined) return this.#ended(exchange.ending)
    const getter = new NextGetter(this, side)
    if (this.#waiting.push(getter) > this.#sweptAt) this.#sweep()
    return exchange.wait<IteratorResult<R, undefined>>(getter, scope, undefined)
  }

  /** Seldom enough that many calls at the same time cost no more each than one. */
  #sweep(): void {
    const newest = this.#waiting.pop()! // it is about to wait
    this.#waiting = this.#waiting.filter(isWaiting)
    this.#waiting.push(newest)
    this.#sweptAt = Math.max(16, 2 * this.#waiting.length)
  }

  return(): Promise<IteratorResult<R, undefined>> {
    this.finish()
    for (const getter of this.#waiting) if (isWaiting(getter)) getter.serve(over)
    return Promise.resolve(over)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  resultOf(item: T): IteratorYieldResult<R> {
    return { done: false, value: this.#source.given(item) }
  }

  /** From here on it gives nothing. */
  finish(): void {
    this.#isOver = true
  }

  #ended(ending: Ending): Promise<IteratorReturnResult<undefined>> {
    this.finish()
    return ending.hasFailed ? Promise.reject(ending.getError()) : Promise.resolve(over)
  }
}

/** A call of `next` that waits. */
class NextGetter<T, R> extends Getter<T> {
  declare readonly iterator: ExchangeIterator<T, R>

  constructor(iterator: ExchangeIterator<T, R>, side: object | undefined) {
    super(side)
    this.iterator = iterator
  }

  override give(item: T): void {
    this.serve(this.iterator.resultOf(item))
  }

  override end(ending: Ending): void {
    this.iterator.finish()
    if (ending.hasFailed) super.end(ending)
    else this.serve(over)
  }
}

function isWaiting({ queue }: Getter<never>): boolean {
  return queue !== undefined
}
