/**
 * Where items change hands: a store, those who wait to put, and those who wait to get. Under every queue, channel and
 * subscription.
 *
 * An item that is put while somebody waits for one is handed to him directly, and that is final: he has it, even if he is cancelled
 * in the same turn (rule C). Who waits to put keeps the item himself until there is room, so if he leaves, the item is nowhere.
 * While somebody waits to get, nothing is stored and nobody waits to put; while somebody waits to put, there is no room: so nobody
 * is overtaken.
 */
import { BrokenError, FullError, TimeoutError } from '../errors/index.ts'
import type { ScopeNode } from '../scope.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import { WaitQueue, Waiter } from '../tasks/wait-queue.ts'
import type { Bounds, Overflow } from './buffer-options.ts'
import type { Failure } from './failure.ts'
import type { Store } from './store.ts'

/** How an exchange has ended. */
export interface Ending {
  /** Whether by an error, which iterations are thrown, too. */
  readonly hasFailed: boolean
  /** The error for who wants to put. */
  putError(): Error
  /** The error for who wants to get, once nothing is left. */
  getError(): unknown
}

/** The end by an error that was left for those who get. */
export function failedBy(failure: Failure, what: string): Ending {
  return {
    hasFailed: true,
    putError: () => new BrokenError(what, { cause: failure.hear() }),
    getError: () => failure.hear(),
  }
}

/** Somebody who waits to put an item. */
export class Putter<T> extends Waiter<void> {
  declare readonly item: T
  /** On whose behalf: a side of a channel. */
  declare readonly side: object | undefined

  constructor(item: T, side: object | undefined) {
    super()
    this.item = item
    this.side = side
  }
}

/** Somebody who waits for an item. */
export class Getter<T> extends Waiter<unknown> {
  /** On whose behalf: a side of a channel. */
  declare readonly side: object | undefined

  constructor(side: object | undefined) {
    super()
    this.side = side
  }

  /** Hands it an item. */
  give(item: T): void {
    this.serve(item)
  }

  /** Tells it that there will be none. */
  end(ending: Ending): void {
    this.fail(ending.getError())
  }
}

class BoxGetter<T> extends Getter<T> {
  override give(item: T): void {
    this.serve({ value: item })
  }
}

/** What a put gives that need not wait. */
const done: Promise<void> = Promise.resolve()

/** As many as nobody will ever store: with a small integer, comparing stays cheap. */
const unlimited = 2 ** 30

export class Exchange<T> {
  /** As messages call it: `the queue "orders"`. */
  readonly name: string
  readonly capacity: number
  readonly overflow: Overflow
  readonly store: Store<T>
  readonly putters: WaitQueue<Putter<T>>
  readonly getters: WaitQueue<Getter<T>>
  ending: Ending | undefined
  /** How many items have been got and not been marked done, where anybody marks them. */
  inWork = 0
  /** How many items were dropped, since there was no room or nobody is left to get them. */
  dropped = 0
  readonly #limit: number
  #isDiscarding = false

  constructor({ name, capacity, overflow }: Bounds, store: Store<T>) {
    this.name = name
    this.capacity = capacity
    this.overflow = overflow
    this.store = store
    this.#limit = Math.min(capacity, unlimited)
    this.putters = new WaitQueue<Putter<T>>({
      waiterLeft() {},
      timeoutError: (_putter, allowed) => this.#timeoutError('had no room', allowed),
    })
    this.getters = new WaitQueue<Getter<T>>({
      waiterLeft() {},
      timeoutError: (_getter, allowed) => this.#timeoutError('gave no item', allowed),
    })
  }

  /** Whether there is an item to be taken now. */
  get hasItem(): boolean {
    return this.store.size > 0 || this.putters.first !== undefined
  }

  /** Whether an item could be put now. */
  get hasRoom(): boolean {
    return this.store.size < this.#limit || this.getters.first !== undefined
  }

  /** Puts an item, waiting for room if that is the way here. The caller has asked whether the wait is refused. */
  put(item: T, scope: ScopeNode | undefined, options: TimedWaitOptions | undefined, side?: object): Promise<void> {
    try {
      if (this.ending !== undefined) return Promise.reject(this.ending.putError())
      if (this.#offer(item)) return done
      if (this.overflow === 'wait') return this.putters.wait<void>(new Putter(item, side), scope, options)
      if (this.overflow === 'error') return Promise.reject(this.fullError())
      this.#overflowBy(item)
      return done
    } catch (error) {
      return Promise.reject(error) // the user's way to compare has thrown it
    }
  }

  /** Puts an item if that needs no waiting; tells whether it is here. */
  tryPut(item: T): boolean {
    if (this.ending !== undefined) throw this.ending.putError()
    return this.#offer(item) || (this.overflow === 'dropOldest' && this.#replaceOldest(item))
  }

  /** Hands the item to who waits longest, or stores it, if there is room. */
  #offer(item: T): boolean {
    const getter = this.getters.first
    if (getter !== undefined) {
      this.inWork++
      getter.give(item)
      return true
    }
    if (this.store.size >= this.#limit) return false
    this.store.add(item)
    return true
  }

  /** Puts an item where it needs no waiting: there is room, or what there is no room for is dropped. */
  deliver(item: T): void {
    if (!this.#offer(item)) this.#overflowBy(item)
  }

  #overflowBy(item: T): void {
    if (this.overflow !== 'dropOldest' || !this.#replaceOldest(item)) this.dropped++
  }

  #replaceOldest(item: T): boolean {
    if (this.store.size === 0) return false // it holds none
    this.store.add(item)
    this.store.dropOldest()
    this.dropped++
    return true
  }

  /** Gets an item, waiting for one if there is none. The caller has asked whether the wait is refused. */
  get(scope: ScopeNode | undefined, options: TimedWaitOptions | undefined, side?: object): Promise<Awaited<T>> {
    try {
      if (this.hasItem) return Promise.resolve(this.take())
      if (this.ending !== undefined) return Promise.reject(this.ending.getError())
    } catch (error) {
      return Promise.reject(error) // the user's way to compare has thrown it
    }
    return this.wait<Awaited<T>>(new Getter(side), scope, options)
  }

  /** The same in a box, which keeps an item that is a promise from being awaited. */
  async getBoxed(scope: ScopeNode | undefined, options: TimedWaitOptions | undefined): Promise<{ readonly value: T }> {
    return this.tryGet() ?? (await this.wait<{ readonly value: T }>(new BoxGetter<T>(undefined), scope, options))
  }

  /** Waits for an item; there is none now. */
  wait<R>(getter: Getter<T>, scope: ScopeNode | undefined, options: TimedWaitOptions | undefined): Promise<R> {
    return this.getters.wait<R>(getter, scope, options)
  }

  /** Takes the next item, and lets in who waits for its place. The caller has seen that there is one. */
  take(): T {
    let item: T
    if (this.store.size > 0) {
      item = this.store.take()
      this.admit()
    } else {
      const putter = this.putters.first! // else there would be no item
      item = putter.item
      putter.serve()
    }
    this.inWork++
    return item
  }

  /** The next item, if there is one; never waits. Who gets when it has ended is refused. */
  tryGet(): { readonly value: T } | undefined {
    if (this.hasItem) return { value: this.take() }
    if (this.ending !== undefined) throw this.ending.getError()
    return undefined
  }

  /** So many items, or as many as there are. */
  takeUpTo(count: number): T[] {
    const items: T[] = []
    if (this.ending !== undefined && !this.hasItem) throw this.ending.getError()
    while (items.length < count && this.hasItem) items.push(this.take())
    return items
  }

  /** Undoes a `take`, for who could not begin with the item. */
  putBack(item: T): void {
    this.inWork--
    if (this.#isDiscarding) this.dropped++
    else if (this.getters.first !== undefined) this.#offer(item)
    else this.store.putBack(item)
  }

  /** There may be room: lets in who waits for it. */
  protected admit(): void {
    for (let putter = this.putters.first; putter !== undefined; putter = this.putters.first) {
      if (this.store.size >= this.#limit) return
      try {
        this.store.add(putter.item)
        putter.serve()
      } catch (error) {
        putter.fail(error) // the user's way to compare has thrown it
      }
    }
  }

  /** Nothing can be put any more; what is stored can be got. The first ending counts. */
  end(ending: Ending): boolean {
    if (this.ending !== undefined) return false
    this.ending = ending
    this.putters.failAll(() => ending.putError())
    for (const getter of Array.from(this.getters)) getter.end(ending)
    return true
  }

  /** Drops what is stored, and what may still be put back. */
  discard(): void {
    this.#isDiscarding = true
    this.dropped += this.store.size
    this.store.clear()
  }

  /** Ends all waits of a side of a channel. */
  sideClosed(side: object, error: () => Error): void {
    for (const putter of Array.from(this.putters)) if (putter.side === side) putter.fail(error())
    for (const getter of Array.from(this.getters)) if (getter.side === side) getter.fail(error())
  }

  fullError(): FullError {
    return new FullError(`${this.name} is full: ${this.store.size} of ${this.capacity}. Nothing was put.`)
  }

  #timeoutError(what: string, allowed: number): TimeoutError {
    const { store, capacity, putters, getters } = this
    const held = `${store.size}${capacity === Infinity ? '' : ` of ${capacity}`}`
    return new TimeoutError(
      `${this.name} ${what} within ${allowed} ms: it holds ${held}, ${putters.size} waiting to put, ${getters.size} to get.`,
      allowed,
    )
  }
}
