/** What a queue knows of the work on its items: how much of it is not done, and who waits until it is. */
import { StateError, TimeoutError } from '../errors/index.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import { WaitQueue, Waiter } from '../tasks/wait-queue.ts'
import { checkCount } from './buffer-options.ts'
import type { Exchange } from './exchange.ts'

export class OpenWork<T> {
  readonly exchange: Exchange<T>
  readonly #joiners: WaitQueue<Waiter<void>>

  constructor(exchange: Exchange<T>) {
    this.exchange = exchange
    this.#joiners = new WaitQueue<Waiter<void>>({
      waiterLeft() {},
      timeoutError: (_joiner, allowed) =>
        new TimeoutError(
          `${exchange.name} was not done within ${allowed} ms: it holds ${exchange.store.size}, and ${exchange.inWork} got from it are not marked done.`,
          allowed,
        ),
    })
  }

  /** How many items are in the queue, or were got and are not marked done. */
  get unfinished(): number {
    return this.exchange.store.size + this.exchange.inWork
  }

  /** How many wait until there are none. */
  get joining(): number {
    return this.#joiners.size
  }

  /** Marks so many done. */
  done(count: number): void {
    checkCount(count, 'count')
    const { inWork, name } = this.exchange
    if (count > inWork) {
      throw new StateError(
        'WITHAL_DONE_TOO_OFTEN',
        `\`done\` was called for ${count} items of ${name}, of which ${inWork} are in work. Call it once for each item that was got.`,
      )
    }
    this.exchange.inWork -= count
    this.wakeJoiners()
  }

  /** An item that was got goes back to where it was; after an immediate shutdown it is dropped. */
  putBack(item: T): void {
    this.exchange.putBack(item)
    this.wakeJoiners()
  }

  join(options: TimedWaitOptions | undefined): Promise<void> {
    const scope = scopeHere()
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    if (this.unfinished === 0) return Promise.resolve()
    return this.#joiners.wait<void>(new Waiter<void>(), scope, options)
  }

  /** To be called when there may be no work left. */
  wakeJoiners(): void {
    if (this.unfinished > 0) return
    for (let joiner = this.#joiners.first; joiner !== undefined; joiner = this.#joiners.first) joiner.serve()
  }
}
