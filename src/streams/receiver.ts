/** The side of a channel that items are got from. */
import { watchOpen } from '../observe.ts'
import type { Watch } from '../observe.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import type { ChannelCore } from './channel-core.ts'
import { ChannelSide } from './channel-side.ts'
import { ExchangeIterator } from './item-iterator.ts'
import type { ItemIterator } from './item-iterator.ts'

/** Receives items, and can be iterated. To be closed, at best by `using` or `within(receiver, body)`. */
export class Receiver<T> extends ChannelSide<T> implements AsyncIterable<T, undefined> {
  /** Receivers are made by `channel` and by `clone`. */
  constructor(core: ChannelCore<T>, watch: Watch | undefined) {
    super(core, 'receiver', watch)
    core.receivers++
  }

  /**
   * Receives the next item; waits while there is none. An item that is a promise is awaited.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` tries once and does not wait.
   * @throws TimeoutError  There was none in time. No item was taken.
   * @throws Cancelled     The surrounding scope was cancelled. No item was taken.
   * @throws ClosedError   All senders have been closed and nothing is left; or this receiver has been closed, see `closed`.
   * @throws               What a sender's `fail` was given, once nothing is left.
   */
  receive(options?: TimedWaitOptions): Promise<Awaited<T>> {
    const scope = scopeHere()
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    if (this.closed) return Promise.reject(this.closedError())
    return this.core.exchange.get(scope, options, this)
  }

  /**
   * The next item as it is, if there is one, or somebody waits to send one. Never waits.
   *
   * @throws  As {@link Receiver.receive}, when nothing will come any more.
   */
  tryReceive(): { readonly value: T } | undefined {
    this.refuseClosed()
    return this.core.exchange.tryGet()
  }

  /**
   * Another receiver of the same channel, to be closed by itself. Each item goes to one of them.
   *
   * @throws ClosedError  This receiver has been closed.
   */
  clone(): Receiver<T> {
    this.refuseClosed()
    const { name } = this.core.exchange
    return new Receiver(
      this.core,
      watchOpen(() => `a receiver of ${name}`, this.clone),
    )
  }

  /** Iterates until all senders have been closed and nothing is left; if one has failed, its error is thrown then. */
  [Symbol.asyncIterator](): ItemIterator<T> {
    return new ExchangeIterator({
      exchange: this.core.exchange,
      side: this,
      refusal: () => (this.closed ? this.closedError() : undefined),
      given: (item) => item,
    })
  }

  protected override left(): void {
    this.core.receiverClosed()
  }
}
