/** An item in work: what a queue gives to those who say when they are done with it. */
import type { AsyncContextManager, ManagerExtras, Outcome } from '../contexts/index.ts'
import { isCancelled, StateError } from '../errors/index.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import type { OpenWork } from './open-work.ts'

/** An item, to be marked done: by `done()`, or at the end of a `using` block. */
export class QueueItem<T> implements Disposable {
  readonly value: T
  #work: OpenWork<T> | undefined

  /** Items are made by the queue. */
  constructor(value: T, work: OpenWork<T>) {
    this.value = value
    this.#work = work
  }

  /** Marks it done; further calls do nothing. */
  done(): void {
    const work = this.#work
    this.#work = undefined
    work?.done(1)
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
  readonly #work: OpenWork<T>
  readonly #options: TimedWaitOptions | undefined
  #state: 'new' | 'getting' | 'got' | 'begun' = 'new'
  #item: { readonly value: T } | undefined

  constructor(work: OpenWork<T>, options: TimedWaitOptions | undefined) {
    this.#work = work
    this.#options = options
  }

  '~enterAsync'(): T | PromiseLike<T> {
    if (this.#state !== 'new') {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `An item of ${this.#work.exchange.name} is entered already. Call \`item()\` for each block.`,
      )
    }
    const scope = scopeHere()
    const refusal = refusalOf(scope, this.#options)
    if (refusal !== undefined) return refusal
    this.#state = 'getting'
    return this.#get(this.#work.exchange.getBoxed(scope, this.#options))
  }

  async #get(getting: Promise<{ readonly value: T }>): Promise<T> {
    try {
      this.#item = await getting
      this.#state = 'got'
      return await this.#item.value // which may be a promise
    } catch (error) {
      if (this.#item !== undefined) this.#work.done(1)
      this.#state = 'new'
      this.#item = undefined
      throw error
    }
  }

  /** It covers nothing; that this is looked up tells that the block is about to begin. */
  get '~around'(): undefined {
    if (this.#state === 'got') this.#state = 'begun'
    return undefined
  }

  /** It names no argument, since a native block need not say how it ended. */
  '~exitAsync'(...told: [outcome: Outcome]): void {
    const [outcome] = told
    const hasBegun = this.#state === 'begun' || outcome.status !== 'failed' || !isCancelled(outcome.error)
    const item = this.#item! // it has been entered
    this.#state = 'new'
    this.#item = undefined
    if (hasBegun) this.#work.done(1)
    else this.#work.putBack(item.value)
  }
}
