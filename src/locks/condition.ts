/** Waiting for a change of what a lock protects. */
import { currentClock } from '../clock.ts'
import type { AsyncContextManager, ManagerExtras } from '../contexts/index.ts'
import { describe } from '../contexts/describe.ts'
import { isThenable } from '../contexts/exits.ts'
import { StateError, TimeoutError, UsageError } from '../errors/index.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import { WaitQueue, Waiter } from '../tasks/wait-queue.ts'
import { nameOf } from './lock-options.ts'
import type { LockOptions } from './lock-options.ts'
import { Mutex } from './mutex.ts'
import { permitsOf } from './permit-manager.ts'
import type { Permit } from './permit.ts'
import type { Permits } from './permits.ts'

/** What {@link Condition} takes. */
export interface ConditionOptions extends LockOptions {
  /** The lock that protects what is waited for, where several conditions share it. Default: one of its own. */
  readonly lock?: Mutex | undefined
}

/**
 * A lock, and a queue of those who hold it and wait for a change: waiting lets go of the lock, and holds it again when it ends, however
 * it ends. As a manager it is its lock.
 *
 * A notification is never lost: who was notified returns from `wait`, also when it was cancelled in the same turn, and meets the
 * cancellation at its next wait.
 *
 * @example
 * const condition = new Condition()
 * const items: string[] = []
 * await within(new TaskGroup(), async (group) => {
 *   const taken = group.spawn(() => within(condition, () => condition.waitFor(() => items.pop())))
 *   group.spawn(() => within(condition, () => {
 *     items.push('one')
 *     condition.notify()
 *   }))
 *   return await taken.result
 * }) // => 'one'
 */
export class Condition implements AsyncContextManager<undefined>, ManagerExtras {
  readonly lock: Mutex
  readonly #name: string
  readonly #permits: Permits
  readonly #queue: WaitQueue<Waiter<void>> = new WaitQueue<Waiter<void>>({
    waiterLeft() {},
    timeoutError: (_waiter, allowed) =>
      new TimeoutError(`${this.#name} was not notified within ${allowed} ms: ${this.waiting} waiting.`, allowed),
  })

  constructor(options: ConditionOptions = {}) {
    this.lock = options.lock ?? new Mutex(options)
    if (!(this.lock instanceof Mutex)) {
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `\`lock\` of a condition is ${describe(this.lock)}. Give a Mutex, or leave it out.`,
      )
    }
    this.#name = nameOf('condition', options)
    this.#permits = permitsOf(this.lock)
  }

  /** Whether somebody has the lock. */
  get locked(): boolean {
    return this.lock.locked
  }

  /** How many wait to be notified. */
  get waiting(): number {
    return this.#queue.size
  }

  /** Takes the lock, as `condition.lock.acquire()`. */
  acquire(options?: TimedWaitOptions): Promise<Permit> {
    return this.lock.acquire(options)
  }

  /**
   * Lets go of the lock, waits to be notified, and holds the lock again when it returns or throws. Look again at what you wait
   * for: somebody else may have been faster. {@link Condition.waitFor} does.
   *
   * @param options.timeout  Milliseconds until the notification; to have the lock back may take longer. Default: no limit.
   * @throws StateError    Nobody holds the lock. Take it first: `within(condition, body)`.
   * @throws TimeoutError  There was no notification in time. The lock is held.
   * @throws Cancelled     The surrounding scope was cancelled. The lock is held.
   */
  async wait(options?: TimedWaitOptions): Promise<void> {
    this.#checkHeld('wait')
    const scope = scopeHere()
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    this.#permits.giveBack(1)
    try {
      await this.#queue.wait<void>(new Waiter<void>(), scope, options)
    } finally {
      await this.#permits.enterShielded(1)
    }
  }

  /**
   * Waits until a predicate gives something truthy, and gives that. It is asked while the lock is held: at once, and after each
   * notification.
   *
   * @param options.timeout  Milliseconds in all. `0` asks once. Default: no limit.
   * @throws  What the predicate throws; or as {@link Condition.wait}. The lock is held.
   */
  async waitFor<T>(predicate: () => T, options: TimedWaitOptions = {}): Promise<Truthy<T>> {
    this.#checkHeld('waitFor')
    const { timeout = Infinity, signal } = options
    const clock = currentClock()
    const due = clock.now() + timeout
    for (let left = timeout; ; left = due - clock.now()) {
      const value: unknown = predicate()
      if (isThenable(value)) throw asyncPredicate(value)
      if (value) return value as Truthy<T> // it has just been tested
      await this.wait({ timeout: left, signal })
    }
  }

  /**
   * Wakes those who have waited longest.
   *
   * @param count  How many at most: a whole number, or `Infinity`. Default: 1.
   * @throws StateError  Nobody holds the lock.
   * @throws UsageError  The number makes no sense.
   */
  notify(count = 1): void {
    this.#checkHeld('notify')
    checkNotified(count)
    for (let woken = 0; woken < count && this.#queue.first !== undefined; woken++) this.#queue.first.serve()
  }

  /** Wakes all who wait. */
  notifyAll(): void {
    this.notify(this.waiting)
  }

  '~enterAsync'(): undefined | Promise<undefined> {
    return this.lock['~enterAsync']()
  }

  '~exitAsync'(): void {
    this.lock['~exitAsync']()
  }

  get '~around'(): (<R>(body: () => R) => R) | undefined {
    return this.lock['~around']
  }

  #checkHeld(what: string): void {
    if (this.locked) return
    throw new StateError(
      'WITHAL_NOT_HELD',
      `\`${what}\` of ${this.#name} was called while nobody holds its lock. Take it first: \`within(condition, body)\`.`,
    )
  }
}

function checkNotified(count: unknown): void {
  if (count === Infinity || (Number.isSafeInteger(count) && (count as number) >= 0)) return
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`count\` is ${String(count)} (${typeof count}). Give a whole number of at least 0, or Infinity.`,
  )
}

/** A promise would count as true. */
function asyncPredicate(answer: PromiseLike<unknown>): UsageError {
  answer.then(undefined, () => {}) // what becomes of it concerns nobody
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    'The predicate of `waitFor` gave a promise. Give a function that answers at once: it is asked while the lock is held.',
  )
}

/** What is left of a type when it has been found to be truthy. */
export type Truthy<T> = Exclude<T, false | 0 | 0n | '' | null | undefined>
