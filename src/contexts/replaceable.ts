/** A resource that can be exchanged while it is in use. */
import { StateError } from '../errors/index.ts'
import { hold } from './hold.ts'
import type { Handle } from './hold.ts'
import type { Outcome } from './outcome.ts'
import type { AnyDisposable, AsyncContextManager, ContextManager, ExitAnswer, Managed, ValueOf } from './protocol.ts'

/** A manager of any kind that gives a `T` and swallows nothing. */
type Giving<T> = AsyncContextManager<T> | ContextManager<T> | (T & AnyDisposable)

/** The value of {@link replaceable}. */
export interface Slot<T> {
  /** The value of what is held now. */
  readonly current: T
  /** Enters another manager first, then exits the former one, as completed. If entering fails, the former one stays. */
  exchange(manager: Giving<T> | PromiseLike<Giving<T>>): Promise<void>
}

/**
 * Holds one resource that can be exchanged for another while the body runs: for settings that are read again, or
 * credentials that are renewed. Exchanges are done one after another. What is held in the end is told the outcome.
 *
 * @throws StateError  It is entered twice, or used outside its block.
 * @example
 * const log: string[] = []
 * const opened = contextManager(async function* (name: string) {
 *   yield name
 *   log.push(`closed ${name}`)
 * })
 * await within(replaceable(opened('old')), async (slot) => {
 *   await slot.exchange(opened('new'))
 *   log.push(slot.current)
 * })
 * log // => ['closed old', 'new', 'closed new']
 */
export function replaceable<M extends Managed<false>>(first: M): AsyncContextManager<Slot<ValueOf<M>>> {
  return new Replaceable(first) as AsyncContextManager<Slot<unknown>> as AsyncContextManager<Slot<ValueOf<M>>> // what is held gives it
}

class Replaceable implements AsyncContextManager<Slot<unknown>>, Slot<unknown> {
  readonly #first: Managed
  #state: 'new' | 'open' | 'closed' = 'new'
  #handle: Handle<unknown> | undefined
  #exchanges: Promise<void> = Promise.resolve()

  constructor(first: Managed) {
    this.#first = first
  }

  get current(): unknown {
    return this.#held().value
  }

  async exchange(manager: Managed): Promise<void> {
    this.#held()
    const exchange = this.#exchanges.then(async () => {
      const next = await hold(manager)
      const former = this.#handle! // the exit waits for this exchange
      this.#handle = next
      former.complete()
      await former[Symbol.asyncDispose]()
    })
    this.#exchanges = exchange.catch(() => {}) // who asked for the exchange has its failure
    await exchange
  }

  async '~enterAsync'(): Promise<this> {
    if (this.#state !== 'new') {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        'This replaceable has already been entered. Make one for each block.',
      )
    }
    this.#state = 'open'
    this.#handle = await hold(this.#first)
    return this
  }

  async '~exitAsync'(outcome: Outcome): Promise<ExitAnswer> {
    this.#state = 'closed'
    await this.#exchanges
    const handle = this.#handle
    this.#handle = undefined
    return handle?.['~exitAsync'](outcome) as Promise<ExitAnswer> // its type says that it swallows nothing
  }

  #held(): Handle<unknown> {
    if (this.#state === 'open' && this.#handle !== undefined) return this.#handle
    throw new StateError('WITHAL_NOT_ENTERED', 'Nothing is held here: it has not been entered yet, or has been exited.')
  }
}
