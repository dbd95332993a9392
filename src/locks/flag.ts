/** Something that has happened or has not, and that many can wait for. */
import { TimeoutError } from '../errors/index.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import { WaitQueue, Waiter } from '../tasks/wait-queue.ts'
import { nameOf } from './lock-options.ts'
import type { LockOptions } from './lock-options.ts'

/** What {@link Flag} takes. */
export interface FlagOptions extends LockOptions {
  /** Whether it is set at first. Default: false. */
  readonly set?: boolean | undefined
}

/**
 * What Python calls an event. Waiting passes at once while it is set; `set()` wakes all who wait, also when it is cleared in the
 * same turn.
 *
 * @example
 * const ready = new Flag()
 * await within(new TaskGroup(), async (group) => {
 *   group.spawn(() => ready.set())
 *   await ready.wait({ timeout: 1_000 })
 * })
 * ready.isSet // => true
 */
export class Flag {
  readonly #name: string
  readonly #queue: WaitQueue<Waiter<void>> = new WaitQueue<Waiter<void>>({
    waiterLeft() {},
    timeoutError: (_waiter, allowed) =>
      new TimeoutError(`${this.#name} was not set within ${allowed} ms: ${this.waiting} waiting.`, allowed),
  })
  #isSet: boolean

  constructor(options: FlagOptions = {}) {
    this.#name = nameOf('flag', options)
    this.#isSet = options.set === true
  }

  get isSet(): boolean {
    return this.#isSet
  }

  /** How many wait. */
  get waiting(): number {
    return this.#queue.size
  }

  /** Sets it, and wakes all who wait, in order. */
  set(): void {
    this.#isSet = true
    for (let waiter = this.#queue.first; waiter !== undefined; waiter = this.#queue.first) waiter.serve()
  }

  /** From now on, who comes waits. */
  clear(): void {
    this.#isSet = false
  }

  /**
   * Waits until it is set.
   *
   * @param options.timeout  Milliseconds from this call. Default: no limit. `0` looks once and does not wait.
   * @throws TimeoutError  It was not set in time.
   * @throws Cancelled     The surrounding scope was cancelled.
   */
  wait(options?: TimedWaitOptions): Promise<void> {
    const scope = scopeHere()
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    return this.#isSet ? Promise.resolve() : this.#queue.wait<void>(new Waiter<void>(), scope, options)
  }
}
