/** An item in work: what a queue gives to those who say when they are done with it. */
import type { AsyncContextManager, ManagerExtras, Outcome } from '../contexts/index.ts'
import { isCancelled, StateError } from '../errors/index.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import type { Exchange } from './exchange.ts'

/** An item, to be marked done: by `done()`, or at the end of a `using` block. */
export class QueueItem<T> implements Disposable {
  readonly value: T
  #markDone: (() => void) | undefined

  /** Items are made by the queue. */
  constructor(value: T, markDone: () => void) {
    this.value = value
    this.#markDone = markDone
  }

  /** Marks it done; further calls do nothing. */
  done(): void {
    const markDone = this.#markDone
    this.#markDone = undefined
    markDone?.()
  }

  [Symbol.dispose](): void {
    this.done()
  }
}

/**
 * Gets an item when it is entered, and marks it done when it is exited. An item whose block could not begin, since it was
 * cancelled in the turn in which the item came, goes back to where it was.
 */
export class ItemManager<T> implements AsyncContextManager<T>, ManagerExtras {
  readonly #exchange: Exchange<T>
  readonly #options: TimedWaitOptions | undefined
  readonly #markDone: () => void
  #state: 'new' | 'getting' | 'got' | 'begun' = 'new'
  #item: T | undefined

  constructor(exchange: Exchange<T>, options: TimedWaitOptions | undefined, markDone: () => void) {
    this.#exchange = exchange
    this.#options = options
    this.#markDone = markDone
  }

  '~enterAsync'(): T | PromiseLike<T> {
    if (this.#state !== 'new') {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `An item of ${this.#exchange.name} is entered already. Call \`item()\` for each block.`,
      )
    }
    const scope = scopeHere()
    const refusal = refusalOf(scope, this.#options)
    if (refusal !== undefined) return refusal
    this.#state = 'getting'
    return this.#get(this.#exchange.get(scope, this.#options))
  }

  async #get(getting: Promise<Awaited<T>>): Promise<Awaited<T>> {
    try {
      const item = await getting
      this.#item = item
      this.#state = 'got'
      return item
    } catch (error) {
      this.#state = 'new'
      throw error
    }
  }

  /** It covers nothing; that this is looked up tells that the block is about to begin. */
  get '~around'(): undefined {
    if (this.#state === 'got') this.#state = 'begun'
    return undefined
  }

  '~exitAsync'(outcome: Outcome): void {
    const hasBegun = this.#state === 'begun' || outcome.status !== 'failed' || !isCancelled(outcome.error)
    const item = this.#item as T // it has been entered
    this.#state = 'new'
    this.#item = undefined
    if (hasBegun) this.#markDone()
    else this.#exchange.putBack(item)
  }
}
