/**
 * The queue of waiters under every primitive that has one: locks, flags, conditions, queues, channels, pools.
 *
 * First come, first served, and a hand-off is final: `serve` takes the waiter out and settles it in one step, so nobody can
 * step in between, and a cancellation in the same turn comes too late (rule C): the waiter has what it was handed. A waiter that is
 * cancelled, aborted or out of time takes itself out at once, and its owner is told, since others may now be served.
 *
 * A waiter is a linked node and one promise, without a closure of its own: there may be a million of them. What may end its wait is
 * a second small object, made only where there is a scope, a signal or a limit. To reject, it resolves with a rejected
 * promise: keeping `reject`, too, would cost 64 bytes for each.
 */
import { currentClock, holdProcess, letProcessGo } from '../clock.ts'
import type { Listening, ScopeNode } from '../scope.ts'
import { deadlinesOf } from './deadlines.ts'
import type { Deadline, Deadlines, DueList } from './deadlines.ts'
import type { TimedWaitOptions } from './waiting.ts'

/** Whoever has a queue. */
export interface QueueOwner<W> {
  /** A waiter has left before it was served. It is in the queue no more; others may be served now. */
  waiterLeft(waiter: W): void
  /** The error for a waiter whose time is up. It is made while the waiter still has its place. */
  timeoutError(waiter: W, allowed: number): Error
}

type AnyWaiter = Waiter<never>
type AnyQueue = WaitQueue<AnyWaiter>

/** Somebody who waits for a value. Primitives extend it by what they have to know of their waiters. */
export class Waiter<T> {
  /** The three below are the queue's, in which it is as long as it waits. */
  declare queue: AnyQueue | undefined
  declare ahead: AnyWaiter | undefined
  declare behind: AnyWaiter | undefined
  declare guard: ScopeGuard | undefined
  declare resolve: ((value: T | PromiseLike<T>) => void) | undefined

  constructor() {
    this.queue = undefined // assigned here, since fields with initializers are defined one by one, which is slower
    this.ahead = undefined
    this.behind = undefined
    this.guard = undefined
    this.resolve = undefined
  }

  /** Hands it what it waits for. Only for who is in a queue. */
  serve(value: T): void {
    this.#leave()
    this.resolve!(value) // it waits
  }

  /** Ends its wait by an error. Only for who is in a queue. */
  fail(error: unknown): void {
    this.#leave()
    this.resolve!(rejected(error)) // it waits
  }

  /** The same, from outside: the owner is told that it has left. */
  interrupt(error: unknown): void {
    const { queue } = this
    if (queue === undefined) return
    this.fail(error)
    queue.owner.waiterLeft(this)
  }

  /** Its time is up. */
  expire(allowed: number): void {
    const { queue } = this
    if (queue !== undefined) this.interrupt(queue.owner.timeoutError(this, allowed))
  }

  #leave(): void {
    this.queue!.remove(this) // it waits
    this.guard?.leave()
  }
}

/** Waiters in the order in which they came. */
export class WaitQueue<W extends AnyWaiter> implements Iterable<W> {
  readonly owner: QueueOwner<W>
  size = 0
  #first: W | undefined
  #last: W | undefined

  readonly #rank: ((waiter: W) => number) | undefined
  /** The last of each rank that is there, so that joining the others of a rank takes no search through those behind. */
  readonly #lastOf: Map<number, W> | undefined

  /** @param rank  Those of a higher one stand before those of a lower one. Default: all are alike. */
  constructor(owner: QueueOwner<W>, rank?: (waiter: W) => number) {
    this.owner = owner
    this.#rank = rank
    this.#lastOf = rank === undefined ? undefined : new Map()
  }

  /**
   * Waits at the end of the queue. The caller has asked `refusalOf`, and has tried to do without waiting: a limit of zero or
   * less is over already.
   *
   * @param scope  The scope around: cancellation that reaches it ends the wait.
   */
  wait<T>(waiter: W & Waiter<T>, scope: ScopeNode | undefined, options: TimedWaitOptions | undefined): Promise<T> {
    if (options !== undefined) return this.#waitLimited<T>(waiter, scope, options)
    if (scope !== undefined) waiter.guard = new ScopeGuard(waiter, scope)
    return this.waitShielded<T>(waiter)
  }

  #waitLimited<T>(waiter: W & Waiter<T>, scope: ScopeNode | undefined, options: TimedWaitOptions): Promise<T> {
    const { signal, timeout = Infinity } = options
    if (timeout <= 0) return Promise.reject(this.owner.timeoutError(waiter, timeout))
    waiter.guard = new LimitGuard(waiter, scope, signal, timeout)
    return this.waitShielded<T>(waiter)
  }

  /** Waits at the end of the queue, whatever happens around: for what is part of a cleanup. */
  waitShielded<T>(waiter: W & Waiter<T>): Promise<T> {
    const queued: Waiter<T> = waiter
    const promise = new Promise<T>((resolve) => {
      queued.resolve = resolve
    })
    this.#append(waiter)
    return promise
  }

  /** Who has waited longest. */
  get first(): W | undefined {
    return this.#first
  }

  #append(waiter: W): void {
    const ahead = this.#lastOf === undefined ? this.#last : this.#joinRank(waiter, this.#lastOf)
    const behind = (ahead === undefined ? this.#first : ahead.behind) as W | undefined // they are of one kind
    waiter.queue = this as unknown as AnyQueue // it only holds waiters of its kind
    waiter.ahead = ahead
    waiter.behind = behind
    if (ahead === undefined) this.#first = waiter
    else ahead.behind = waiter
    if (behind === undefined) this.#last = waiter
    else behind.ahead = waiter
    this.size++
  }

  /** Makes it the last of its rank; gives who stands before it. There are few ranks. */
  #joinRank(waiter: W, lastOf: Map<number, W>): W | undefined {
    const rank = this.#rank!(waiter) // it has ranks
    let nearest = Infinity
    for (const other of lastOf.keys()) if (other >= rank && other <= nearest) nearest = other
    const ahead = lastOf.get(nearest)
    lastOf.set(rank, waiter)
    return ahead
  }

  #leaveRank(waiter: W, ahead: W | undefined, lastOf: Map<number, W>): void {
    const rankOf = this.#rank! // as above
    const rank = rankOf(waiter)
    if (lastOf.get(rank) !== waiter) return
    if (ahead !== undefined && rankOf(ahead) === rank) lastOf.set(rank, ahead)
    else lastOf.delete(rank)
  }

  /** Takes a waiter out, without settling it. */
  remove(waiter: W): void {
    const { ahead, behind } = waiter as { ahead: W | undefined; behind: W | undefined } // they are of one kind
    if (this.#lastOf !== undefined) this.#leaveRank(waiter, ahead, this.#lastOf)
    if (ahead === undefined) this.#first = behind
    else ahead.behind = behind
    if (behind === undefined) this.#last = ahead
    else behind.ahead = ahead
    waiter.queue = undefined
    waiter.ahead = undefined
    waiter.behind = undefined
    this.size--
  }

  /** Ends the wait of all, in order. Who comes meanwhile is not among them. */
  failAll(errorFor: (waiter: W) => unknown): void {
    for (const waiter of Array.from(this)) if (waiter.queue !== undefined) waiter.fail(errorFor(waiter))
  }

  *[Symbol.iterator](): Generator<W, void> {
    for (let waiter = this.#first; waiter !== undefined; waiter = waiter.behind as W | undefined) yield waiter
  }
}

/** Ends a wait when cancellation reaches the scope it began in. */
class ScopeGuard implements Listening {
  declare listedIn: ScopeNode | undefined
  declare previous: Listening | undefined
  declare next: Listening | undefined
  declare readonly waiter: AnyWaiter

  constructor(waiter: AnyWaiter, scope: ScopeNode | undefined) {
    this.listedIn = undefined
    this.previous = undefined
    this.next = undefined
    this.waiter = waiter
    scope?.addListening(this)
  }

  reached(cancelled: unknown): void {
    this.waiter.interrupt(cancelled)
  }

  leave(): void {
    this.listedIn?.removeListening(this)
  }
}

/** The same, also when a signal aborts, or when its time is up. */
class LimitGuard extends ScopeGuard implements Deadline {
  dueList: DueList | undefined = undefined
  dueBefore: Deadline | undefined = undefined
  dueAfter: Deadline | undefined = undefined
  readonly #signal: AbortSignal | undefined
  readonly #aborted: (() => void) | undefined
  readonly #allowed: number
  readonly #deadlines: Deadlines | undefined

  constructor(waiter: AnyWaiter, scope: ScopeNode | undefined, signal: AbortSignal | undefined, allowed: number) {
    super(waiter, scope)
    this.#allowed = allowed
    this.#signal = signal
    if (signal !== undefined) {
      this.#aborted = () => waiter.interrupt(signal.reason)
      signal.addEventListener('abort', this.#aborted)
    }
    if (allowed === Infinity) return
    const clock = currentClock()
    this.#deadlines = deadlinesOf(clock)
    this.#deadlines.add(this, clock.now() + allowed)
    holdProcess()
  }

  expired(): void {
    this.waiter.expire(this.#allowed)
  }

  override leave(): void {
    super.leave()
    if (this.#deadlines !== undefined) {
      this.#deadlines.remove(this)
      letProcessGo()
    }
    if (this.#aborted !== undefined) this.#signal?.removeEventListener('abort', this.#aborted)
  }
}

function rejected(error: unknown): Promise<never> {
  return Promise.reject(error)
}
