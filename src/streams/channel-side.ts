/** What a sender and a receiver have in common: each is a side of a channel, and closed once. */
import { ClosedError } from '../errors/index.ts'
import type { Watch } from '../observe.ts'
import type { ChannelCore, ChannelStatistics } from './channel-core.ts'

/** A side of a channel. */
export abstract class ChannelSide<T> implements Disposable, AsyncDisposable {
  protected readonly core: ChannelCore<T>
  readonly #kind: string
  readonly #watch: Watch | undefined
  #isClosed = false

  /** Sides are made by `channel` and by `clone`. */
  constructor(core: ChannelCore<T>, kind: 'sender' | 'receiver', watch: Watch | undefined) {
    this.core = core
    this.#kind = kind
    this.#watch = watch
    watch?.follow(this)
  }

  /** Whether this side has been closed; other clones may be open. */
  get closed(): boolean {
    return this.#isClosed
  }

  /** Closes this side; further calls do nothing. What waits on it fails with a `ClosedError`. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#watch?.closed(false)
    this.core.exchange.sideClosed(this, () => this.closedError())
    this.left()
  }

  /** The same for both sides: how much is in the channel, and who is there. */
  statistics(): ChannelStatistics {
    return this.core.statistics()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** It is not one of those who keep the channel open any more. */
  protected abstract left(): void

  protected closedError(): ClosedError {
    return new ClosedError(
      `This ${this.#kind} of ${this.core.exchange.name} has been closed. Use it before, or \`clone\` it for others while it is open.`,
    )
  }

  /** @throws ClosedError  This side has been closed. */
  protected refuseClosed(): void {
    if (this.#isClosed) throw this.closedError()
  }
}
