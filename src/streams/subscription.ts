/** One who gets everything that is broadcast. */
import { ClosedError } from '../errors/index.ts'
import type { Watch } from '../observe.ts'
import type { ScopeNode } from '../scope.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import type { Bounds } from './buffer-options.ts'
import { Exchange } from './exchange.ts'
import type { Getter } from './exchange.ts'
import { ExchangeIterator } from './item-iterator.ts'
import type { ItemIterator } from './item-iterator.ts'
import { Ring } from './ring.ts'

/** What the broadcast knows of a subscription: it does not hold the subscription itself, which can be forgotten, and is named then. */
export class Subscriber<T> extends Exchange<T> {
  readonly #roomCame: () => void

  constructor(bounds: Bounds, roomCame: () => void) {
    super(bounds, new Ring<T>())
    this.#roomCame = roomCame
  }

  /** Who waits for room here waits to publish to all. */
  protected override admit(): void {
    this.#roomCame()
  }

  override wait<R>(getter: Getter<T>, scope: ScopeNode | undefined, options: TimedWaitOptions | undefined): Promise<R> {
    const waiting = super.wait<R>(getter, scope, options)
    if (this.capacity === 0) this.#roomCame() // it is the room
    return waiting
  }
}

/** What a subscription can say of itself. */
export interface SubscriptionStatistics {
  /** How many items wait to be received. */
  readonly size: number
  readonly capacity: number
  /** How many wait to receive. */
  readonly receiving: number
  /** How many items it has dropped for want of room. */
  readonly dropped: number
  readonly closed: boolean
}

/** What is broadcast from its beginning on, for one subscriber. It can be iterated, and is to be closed. */
export class Subscription<T> implements AsyncIterable<T, undefined>, Disposable, AsyncDisposable {
  readonly #exchange: Subscriber<T>
  readonly #leave: () => void
  readonly #watch: Watch | undefined
  #isClosed = false

  /** Subscriptions are made by the broadcast. */
  constructor(exchange: Subscriber<T>, leave: () => void, watch: Watch | undefined) {
    this.#exchange = exchange
    this.#leave = leave
    this.#watch = watch
    watch?.follow(this)
  }

  /** How many items wait to be received. */
  get size(): number {
    return this.#exchange.store.size
  }

  /** Whether it has been closed. */
  get closed(): boolean {
    return this.#isClosed
  }

  /**
   * Receives the next item; waits while there is none. An item that is a promise is awaited.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` tries once and does not wait.
   * @throws TimeoutError  There was none in time. No item was taken.
   * @throws Cancelled     The surrounding scope was cancelled. No item was taken.
   * @throws ClosedError   The broadcast has been closed and nothing is left; or this subscription has been closed, see `closed`.
   * @throws               What the broadcast's `fail` was given, once nothing is left.
   */
  receive(options?: TimedWaitOptions): Promise<Awaited<T>> {
    const scope = scopeHere()
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    if (this.#isClosed) return Promise.reject(this.#closedError())
    return this.#exchange.get(scope, options, this)
  }

  /**
   * The next item as it is, if there is one. Never waits.
   *
   * @throws  As {@link Subscription.receive}, when nothing will come any more.
   */
  tryReceive(): { readonly value: T } | undefined {
    if (this.#isClosed) throw this.#closedError()
    return this.#exchange.tryGet()
  }

  /** Iterates until the broadcast has been closed and nothing is left; if it has failed, that error is thrown then. */
  [Symbol.asyncIterator](): ItemIterator<T> {
    return new ExchangeIterator({
      exchange: this.#exchange,
      side: this,
      refusal: () => (this.#isClosed ? this.#closedError() : undefined),
      given: (item) => item,
    })
  }

  /** Ends it; further calls do nothing. What has not been received is dropped, and what waits here fails with a `ClosedError`. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#watch?.closed(false)
    this.#exchange.sideClosed(this, () => this.#closedError())
    this.#exchange.discard()
    this.#leave()
  }

  statistics(): SubscriptionStatistics {
    const { size, closed } = this
    const { capacity, getters, dropped } = this.#exchange
    return { size, capacity, receiving: getters.size, dropped, closed }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  #closedError(): ClosedError {
    return new ClosedError(`${this.#exchange.name} has been closed.`)
  }
}
