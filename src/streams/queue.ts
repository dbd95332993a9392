/** A queue between those who put items and those who get them. */
import type { AsyncContextManager } from '../contexts/index.ts'
import { ClosedError } from '../errors/index.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import { boundsOf, checkCount } from './buffer-options.ts'
import type { QueueOptions } from './buffer-options.ts'
import { Exchange, failedBy } from './exchange.ts'
import { Failure } from './failure.ts'
import { ExchangeIterator } from './item-iterator.ts'
import type { ItemIterator } from './item-iterator.ts'
import { OpenWork } from './open-work.ts'
import { ItemManager, QueueItem } from './queue-item.ts'
import { Ring } from './ring.ts'
import type { Store } from './store.ts'

/** What a queue can say of itself. */
export interface QueueStatistics {
  /** How many items it holds. */
  readonly size: number
  readonly capacity: number
  /** How many items it holds, or has given and were not marked done. */
  readonly unfinished: number
  /** How many wait to put. */
  readonly putting: number
  /** How many wait to get. */
  readonly getting: number
  /** How many wait in `join()`. */
  readonly joining: number
  /** How many items were dropped, for want of room or at an immediate shutdown. */
  readonly dropped: number
  readonly closed: boolean
}

/** What {@link Queue.shutdown} takes. */
export interface ShutdownOptions {
  /** Whether the items that are left are dropped, and count as done. Default: false. */
  readonly immediate?: boolean | undefined
}

/**
 * First in, first out; bounded or not. Putting waits while it is full, getting while it is empty, and both are served in the order in
 * which they came. Whatever is cancelled, no item is lost: who was handed one has it, and what could not be put is not in it.
 *
 * It may be made anywhere, used from any scope, and iterated, by several at a time: each item goes to one of them.
 *
 * @example
 * const queue = new Queue<number>({ capacity: 2 })
 * await within(new TaskGroup(), async (group) => {
 *   group.spawn(async () => {
 *     for (const number of [1, 2, 3, 4]) await queue.put(number)
 *     queue.shutdown()
 *   })
 *   const squares: number[] = []
 *   for await (const number of queue) squares.push(number * number)
 *   return squares
 * }) // => [1, 4, 9, 16]
 */
export class Queue<T> implements AsyncIterable<T, undefined> {
  readonly #exchange: Exchange<T>
  readonly #work: OpenWork<T>

  /**
   * @param store  Where the items lie, for the other kinds of queue.
   * @throws UsageError  An option makes no sense.
   */
  constructor(options: QueueOptions = {}, store: Store<T> = new Ring<T>()) {
    this.#exchange = new Exchange(boundsOf('queue', options, Infinity), store)
    this.#work = new OpenWork(this.#exchange)
  }

  /** How many items it holds. */
  get size(): number {
    return this.#exchange.store.size
  }

  /** How many items it holds at most. */
  get capacity(): number {
    return this.#exchange.capacity
  }

  /** How many items it holds, or has given and were not marked done. */
  get unfinished(): number {
    return this.#work.unfinished
  }

  /** How many wait to put or to get. */
  get waiting(): number {
    return this.#exchange.putters.size + this.#exchange.getters.size
  }

  /** Whether it was shut down, or has failed: nothing can be put any more. */
  get closed(): boolean {
    return this.#exchange.ending !== undefined
  }

  /**
   * Puts an item; waits while there is no room, if `overflow` does not say otherwise.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` tries once and does not wait.
   * @throws TimeoutError  There was no room in time. The item is not in the queue.
   * @throws Cancelled     The surrounding scope was cancelled. The item is not in the queue.
   * @throws ClosedError   The queue was shut down, also while this waited.
   * @throws BrokenError   The queue has failed, by `fail`; the cause is that error.
   * @throws FullError     (With `overflow: 'error'`) there is no room.
   */
  put(item: T, options?: TimedWaitOptions): Promise<void> {
    const scope = scopeHere()
    return refusalOf(scope, options) ?? this.#exchange.put(item, scope, options)
  }

  /**
   * Puts an item if that needs no waiting; tells whether it is in the queue. Never waits.
   *
   * @throws ClosedError  The queue was shut down.
   * @throws BrokenError  The queue has failed.
   */
  tryPut(item: T): boolean {
    return this.#exchange.tryPut(item)
  }

  /**
   * Gets the next item; waits while there is none. An item that is a promise is awaited.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` tries once and does not wait.
   * @throws TimeoutError  There was none in time. The queue has forgotten this call.
   * @throws Cancelled     The surrounding scope was cancelled. No item was taken.
   * @throws ClosedError   The queue was shut down and is empty.
   * @throws               What `fail` was given, once the queue is empty.
   */
  get(options?: TimedWaitOptions): Promise<Awaited<T>> {
    const scope = scopeHere()
    return refusalOf(scope, options) ?? this.#exchange.get(scope, options)
  }

  /**
   * The next item as it is, if there is one. Never waits.
   *
   * @throws  As {@link Queue.get}, when the queue has ended and is empty.
   */
  tryGet(): { readonly value: T } | undefined {
    return this.#exchange.tryGet()
  }

  /**
   * So many items, or as many as there are. Never waits.
   *
   * @param count  A whole number, or `Infinity`.
   * @throws UsageError  The number makes no sense.
   * @throws  As {@link Queue.get}, when the queue has ended and is empty.
   */
  takeUpTo(count: number): T[] {
    checkCount(count, 'count')
    return this.#exchange.takeUpTo(count)
  }

  /** All items there are, those of who waits to put included. Never waits; throws as {@link Queue.takeUpTo}. */
  takeAll(): T[] {
    return this.#exchange.takeUpTo(Infinity)
  }

  /** The item that is got next, if the queue holds one. It stays where it is. */
  peek(): { readonly value: T } | undefined {
    const { store } = this.#exchange
    return store.size === 0 ? undefined : { value: store.peek() }
  }

  /**
   * A manager that gets an item, gives it to the block, and marks it done when that ends, however it does. If the block
   * cannot begin, since it was cancelled in the turn in which the item came, the item stays the next one of the queue.
   *
   * @param options.timeout  Milliseconds from entering.
   * @throws  (Entering) as {@link Queue.get}.
   * @example
   * const queue = new Queue<string>()
   * await queue.put('job')
   * await within(queue.item(), async (job) => `${job}: ${queue.unfinished}`) // => 'job: 1'
   * await queue.join()
   */
  item(options?: TimedWaitOptions): AsyncContextManager<T> {
    return new ItemManager(this.#work, options)
  }

  /**
   * Iterates the queue like `for await (const item of queue)`, and marks each item done at the end of its round:
   * `for await (using item of queue.items())`.
   *
   * @example
   * const queue = new Queue<string>()
   * for (const name of ['a', 'b']) await queue.put(name)
   * queue.shutdown()
   * for await (using item of queue.items()) item.value // its round
   * await queue.join()
   */
  items(): ItemIterator<QueueItem<T>> {
    const work = this.#work
    return new ExchangeIterator({ exchange: work.exchange, given: (item) => new QueueItem(item, work) })
  }

  /** Iterates until the queue was shut down and is empty; a failed one throws what `fail` was given, once it is empty. */
  [Symbol.asyncIterator](): ItemIterator<T> {
    return new ExchangeIterator({ exchange: this.#exchange, given: (item) => item })
  }

  /**
   * Says that work on items that were got has been done; when it has been said of all, `join` returns.
   *
   * @param count  Of how many. Default: 1.
   * @throws StateError  So many are not in work. Nothing is changed.
   */
  done(count = 1): void {
    this.#work.done(count)
  }

  /**
   * Waits until every item that was put has been got and marked done. An empty queue has nothing to wait for.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` looks once and does not wait.
   * @throws TimeoutError  It took longer.
   * @throws Cancelled     The surrounding scope was cancelled.
   */
  join(options?: TimedWaitOptions): Promise<void> {
    return this.#work.join(options)
  }

  /**
   * Nothing can be put any more, and who waits to put fails. What it holds can still be got; after that, getting fails and
   * iterating ends. `join` waits as before. A second call does nothing, unless it is the first with `immediate`.
   */
  shutdown(options: ShutdownOptions = {}): void {
    const { name } = this.#exchange
    this.#exchange.end({
      hasFailed: false,
      putError: () => new ClosedError(`${name} has been shut down: nothing can be put into it any more.`),
      getError: () => new ClosedError(`${name} has been shut down and is empty: there is nothing to get any more.`),
    })
    if (options.immediate !== true) return
    this.#exchange.discard()
    this.#work.wakeJoiners()
  }

  /**
   * Ends the queue by an error: what it holds can still be got, after that everybody who gets is thrown this error. Who puts
   * fails with a `BrokenError` whose cause it is. If nobody ever gets the error, it goes to `onLateError`.
   *
   * @returns  Whether it has ended the queue. A queue that has ended already forgets the error.
   */
  fail(error: unknown): boolean {
    const { name } = this.#exchange
    const failure = new Failure(error, { source: 'Queue', name })
    const isFirst = this.#exchange.end(failedBy(failure, `${name} has failed: nothing can be put into it any more.`))
    if (isFirst) failure.follow(this.#exchange)
    return isFirst
  }

  statistics(): QueueStatistics {
    const { size, capacity, unfinished, closed } = this
    const { putters, getters, dropped } = this.#exchange
    const { joining } = this.#work
    return { size, capacity, unfinished, putting: putters.size, getting: getters.size, joining, dropped, closed }
  }
}
