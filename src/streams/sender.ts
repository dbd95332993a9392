/** The side of a channel that items are put into. */
import { watchOpen } from '../observe.ts'
import type { Watch } from '../observe.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import type { ChannelCore } from './channel-core.ts'
import { ChannelSide } from './channel-side.ts'

/** Sends items. To be closed when there are no more, at best by `using` or `within(sender, body)`. */
export class Sender<T> extends ChannelSide<T> {
  /** Senders are made by `channel` and by `clone`. */
  constructor(core: ChannelCore<T>, watch: Watch | undefined) {
    super(core, 'sender', watch)
    core.senders++
  }

  /**
   * Sends an item; waits while there is no room, if the channel's `overflow` does not say otherwise. Without a buffer: until
   * somebody receives it.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` tries once and does not wait.
   * @throws TimeoutError  There was no room in time. The item has not been sent.
   * @throws Cancelled     The surrounding scope was cancelled. The item has not been sent.
   * @throws ClosedError   This sender has been closed, also while this waited.
   * @throws BrokenError   The last receiver has been closed, or the channel has failed; then the cause is that error.
   * @throws FullError     (With `overflow: 'error'`) there is no room.
   */
  send(item: T, options?: TimedWaitOptions): Promise<void> {
    const scope = scopeHere()
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    if (this.closed) return Promise.reject(this.closedError())
    return this.core.exchange.put(item, scope, options, this)
  }

  /**
   * Sends an item if that needs no waiting; tells whether it has been sent. Never waits.
   *
   * @throws ClosedError  This sender has been closed.
   * @throws BrokenError  The last receiver has been closed, or the channel has failed.
   */
  trySend(item: T): boolean {
    this.refuseClosed()
    return this.core.exchange.tryPut(item)
  }

  /**
   * Ends the channel by an error: receivers get what is left, then everybody who receives is thrown this error. Other
   * senders fail with a `BrokenError` whose cause it is. If nobody ever receives the error, it goes to `onLateError`. The sender
   * is still to be closed.
   *
   * @returns  Whether it has ended the channel. One that has ended already, or has no receiver any more, forgets the error.
   * @throws ClosedError  This sender has been closed.
   */
  fail(error: unknown): boolean {
    this.refuseClosed()
    return this.core.fail(error)
  }

  /**
   * Another sender into the same channel, to be closed by itself.
   *
   * @throws ClosedError  This sender has been closed.
   */
  clone(): Sender<T> {
    this.refuseClosed()
    const { name } = this.core.exchange
    return new Sender(
      this.core,
      watchOpen(() => `a sender of ${name}`, this.clone),
    )
  }

  protected override left(): void {
    this.core.senderClosed()
  }
}
