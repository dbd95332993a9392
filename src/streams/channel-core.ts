/** What the sides of a channel share. It knows how many are open, not which, so that a forgotten one can be collected and named. */
import { BrokenError, ClosedError } from '../errors/index.ts'
import type { Bounds } from './buffer-options.ts'
import { Exchange, failedBy } from './exchange.ts'
import { Failure } from './failure.ts'
import { Ring } from './ring.ts'

/** What a channel can say of itself, on either side. */
export interface ChannelStatistics {
  /** How many items it holds. */
  readonly size: number
  readonly capacity: number
  /** How many senders are open. */
  readonly senders: number
  /** How many receivers are open. */
  readonly receivers: number
  /** How many wait to send. */
  readonly sending: number
  /** How many wait to receive. */
  readonly receiving: number
  /** How many items were dropped, for want of room or of receivers. */
  readonly dropped: number
}

export class ChannelCore<T> {
  readonly exchange: Exchange<T>
  senders = 0
  receivers = 0

  constructor(bounds: Bounds) {
    this.exchange = new Exchange<T>(bounds, new Ring<T>())
  }

  senderClosed(): void {
    this.senders--
    if (this.senders > 0) return
    const { name } = this.exchange
    this.exchange.end({
      hasFailed: false,
      putError: () => new ClosedError(`${name} has no open sender any more.`),
      getError: () => new ClosedError(`${name} has ended: all its senders have been closed, and nothing is left.`),
    })
  }

  receiverClosed(): void {
    this.receivers--
    if (this.receivers > 0) return
    const { name } = this.exchange
    this.exchange.end({
      hasFailed: false,
      putError: () => new BrokenError(`${name} has no open receiver any more: nobody will get what is sent.`),
      getError: () => new ClosedError(`${name} has no open receiver any more.`),
    })
    this.exchange.discard()
  }

  fail(error: unknown): boolean {
    const { name } = this.exchange
    const failure = new Failure(error, { source: 'channel', name })
    const isFirst = this.exchange.end(failedBy(failure, `${name} has failed: nothing can be sent any more.`))
    if (isFirst) failure.follow(this.exchange)
    return isFirst
  }

  statistics(): ChannelStatistics {
    const { senders, receivers } = this
    const { store, capacity, putters, getters, dropped } = this.exchange
    const waiting = { sending: putters.size, receiving: getters.size }
    return { size: store.size, capacity, senders, receivers, ...waiting, dropped }
  }
}
