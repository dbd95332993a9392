/** Those who publish, and those who have subscribed, of whom each gets everything. */
import type { ContextManager } from '../contexts/index.ts'
import { ClosedError, StateError, TimeoutError } from '../errors/index.ts'
import { watchOpen } from '../observe.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import { WaitQueue } from '../tasks/wait-queue.ts'
import { boundsOf } from './buffer-options.ts'
import type { Bounds, Overflow, QueueOptions } from './buffer-options.ts'
import { failedBy, Putter } from './exchange.ts'
import type { Ending } from './exchange.ts'
import { Failure } from './failure.ts'
import { Subscriber, Subscription } from './subscription.ts'

/** What a subscriber can choose for itself; the default is the broadcast's. */
export interface SubscriptionOptions {
  /** How many items wait for this subscriber at most. `0`: an item is given only to who waits for it. */
  readonly capacity?: number | undefined
  /** What happens when so many wait. `'wait'`: publishing waits, for all. `'error'`: publishing fails, for all. */
  readonly overflow?: Overflow | undefined
}

/** What a broadcast can say of itself. */
export interface BroadcastStatistics {
  readonly subscribers: number
  /** How many wait to publish. */
  readonly publishing: number
  readonly closed: boolean
}

/**
 * Makes a broadcast: what is published goes to every subscriber, who gets all from its subscription on, by a buffer and a
 * strategy of its own. An item is given to all of them in one step, or to none: while one with `overflow: 'wait'` has no room,
 * publishing waits. Without subscribers, what is published is gone.
 *
 * @param options.capacity  How many items wait for a subscriber at most, if it does not say itself. Default: `Infinity`.
 * @param options.overflow  What happens when so many wait, likewise. Default: `'wait'`.
 * @throws UsageError  An option makes no sense.
 * @example
 * const prices = broadcast<number>({ capacity: 16 })
 * using every = prices.subscribe()
 * using latest = prices.subscribe({ capacity: 1, overflow: 'dropOldest' })
 * for (const price of [1, 2, 3]) await prices.publish(price)
 * prices.close()
 * await every.receive() // => 1
 * await latest.receive() // => 3
 */
export function broadcast<T>(options: QueueOptions = {}): Broadcast<T> {
  return new Broadcast(boundsOf('broadcast', options, Infinity))
}

/** What {@link broadcast} makes. */
export class Broadcast<T> implements Disposable, AsyncDisposable {
  readonly #bounds: Bounds
  readonly #subscribers = new Set<Subscriber<T>>()
  readonly #publishers: WaitQueue<Putter<T>>
  #ending: Ending | undefined

  /** Broadcasts are made by {@link broadcast}. */
  constructor(bounds: Bounds) {
    this.#bounds = bounds
    this.#publishers = new WaitQueue<Putter<T>>({
      waiterLeft() {},
      timeoutError: (_publisher, allowed) => this.#timeoutError(allowed),
    })
  }

  /** How many have subscribed. */
  get subscribers(): number {
    return this.#subscribers.size
  }

  /** How many wait to publish. */
  get waiting(): number {
    return this.#publishers.size
  }

  /** Whether it has been closed, or has failed. */
  get closed(): boolean {
    return this.#ending !== undefined
  }

  /**
   * Gives an item to all who have subscribed; waits until all of them have room who do not drop items. Those who subscribe
   * meanwhile get it, too.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` tries once and does not wait.
   * @throws TimeoutError  Not all had room in time. Nobody has been given the item.
   * @throws Cancelled     The surrounding scope was cancelled. Nobody has been given the item.
   * @throws ClosedError   The broadcast has been closed, also while this waited.
   * @throws BrokenError   It has failed, by `fail`; the cause is that error.
   * @throws FullError     All for whom to wait have room, and one with `overflow: 'error'` has none. Nobody has been given the item.
   */
  publish(item: T, options?: TimedWaitOptions): Promise<void> {
    const scope = scopeHere()
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    if (this.#ending !== undefined) return Promise.reject(this.#ending.putError())
    const full = this.#whoIsFull()
    if (full === undefined) {
      this.#deliver(item)
      return Promise.resolve()
    }
    if (full.overflow === 'error') return Promise.reject(full.fullError())
    return this.#publishers.wait<void>(new Putter(item, undefined), scope, options)
  }

  /**
   * Gives an item to all if that needs no waiting and all have room who do not drop items; tells whether it has been given to them.
   *
   * @throws ClosedError  The broadcast has been closed.
   * @throws BrokenError  It has failed.
   */
  tryPublish(item: T): boolean {
    if (this.#ending !== undefined) throw this.#ending.putError()
    if (this.#whoIsFull() !== undefined) return false
    this.#deliver(item)
    return true
  }

  /** A manager that subscribes when it is entered, gives the subscription, and closes it. Options as of {@link Broadcast.subscribe}. */
  subscription(options?: SubscriptionOptions): ContextManager<Subscription<T>> {
    const bounds = this.#boundsFor(options)
    let open: Subscription<T> | undefined
    const enter = (): Subscription<T> => {
      if (open !== undefined) {
        throw new StateError(
          'WITHAL_ALREADY_ENTERED',
          `A subscription to ${this.#bounds.name} is entered already. Call \`subscription()\` for each block.`,
        )
      }
      return (open = this.#subscribe(bounds, enter))
    }
    const exit = (): void => {
      open?.close()
      open = undefined
    }
    return { '~enter': enter, '~exit': exit }
  }

  /**
   * Subscribes at once: everything that is published from now on waits here to be received. To be closed.
   *
   * @throws UsageError   An option makes no sense.
   * @throws ClosedError  The broadcast has been closed.
   * @throws BrokenError  It has failed.
   */
  subscribe(options?: SubscriptionOptions): Subscription<T> {
    return this.#subscribe(this.#boundsFor(options), this.subscribe)
  }

  /** Nothing can be published any more; subscribers get what waits for them, then they have ended. Further calls do nothing. */
  close(): void {
    const { name } = this.#bounds
    this.#end({
      hasFailed: false,
      putError: () => new ClosedError(`${name} has been closed: nothing can be published any more.`),
      getError: () => new ClosedError(`${name} has been closed, and nothing is left.`),
    })
  }

  /**
   * Ends it by an error: subscribers get what waits for them, then each is thrown this error. Who publishes fails with a
   * `BrokenError` whose cause it is. If nobody ever receives the error, it goes to `onLateError`.
   *
   * @returns  Whether it has ended it. One that has ended already forgets the error.
   */
  fail(error: unknown): boolean {
    const { name } = this.#bounds
    const failure = new Failure(error, { source: 'broadcast', name })
    const isFirst = this.#end(failedBy(failure, `${name} has failed: nothing can be published any more.`))
    if (isFirst) failure.follow(this) // subscribers hold it
    return isFirst
  }

  statistics(): BroadcastStatistics {
    const { subscribers, closed } = this
    return { subscribers, publishing: this.waiting, closed }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #boundsFor(options: SubscriptionOptions = {}): Bounds {
    const { capacity = this.#bounds.capacity, overflow = this.#bounds.overflow } = options
    return {
      ...boundsOf('broadcast', { capacity, overflow }, Infinity),
      name: `the subscription to ${this.#bounds.name}`,
    }
  }

  #subscribe(bounds: Bounds, caller: (...args: never[]) => unknown): Subscription<T> {
    if (this.#ending !== undefined) throw this.#ending.putError()
    const subscriber = new Subscriber<T>(bounds, () => this.#roomCame())
    this.#subscribers.add(subscriber)
    const leave = (): void => {
      this.#subscribers.delete(subscriber)
      this.#roomCame()
    }
    return new Subscription(
      subscriber,
      leave,
      watchOpen(() => `a subscription to ${this.#bounds.name}`, caller),
    )
  }

  #deliver(item: T): void {
    for (const subscriber of this.#subscribers) subscriber.deliver(item)
  }

  /** Who keeps an item from being given to all: by making it wait, or else by an error. While somebody waits to publish, there is one. */
  #whoIsFull(): Subscriber<T> | undefined {
    let full: Subscriber<T> | undefined
    for (const subscriber of this.#subscribers) {
      if (subscriber.hasRoom) continue
      if (subscriber.overflow === 'wait') return subscriber
      if (subscriber.overflow === 'error') full = subscriber
    }
    return full
  }

  /** A subscriber has room, or has left: publishes what waits, in order. */
  #roomCame(): void {
    for (let publisher = this.#publishers.first; publisher !== undefined; publisher = this.#publishers.first) {
      const full = this.#whoIsFull()
      if (full?.overflow === 'wait') return
      if (full !== undefined) publisher.fail(full.fullError())
      else {
        this.#deliver(publisher.item)
        publisher.serve()
      }
    }
  }

  #end(ending: Ending): boolean {
    if (this.#ending !== undefined) return false
    this.#ending = ending
    this.#publishers.failAll(() => ending.putError())
    for (const subscriber of this.#subscribers) subscriber.end(ending)
    return true
  }

  #timeoutError(allowed: number): TimeoutError {
    const full = [...this.#subscribers].filter(({ hasRoom, overflow }) => !hasRoom && overflow === 'wait')
    return new TimeoutError(
      `${this.#bounds.name} had no room within ${allowed} ms: ${full.length} of ${this.subscribers} subscribers are full, ${this.waiting} waiting to publish.`,
      allowed,
    )
  }
}
