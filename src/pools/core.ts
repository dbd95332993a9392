/**
 * The inside of a pool: who gets which resource, and when. First come, first served; what comes back goes to who has waited longest,
 * without a moment in which it is free. How resources are made, kept and destroyed is in the files beside.
 */
import { isWatching } from '../channels.ts'
import type { Outcome } from '../contexts/index.ts'
import { reportLateError } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { WaitQueue } from '../tasks/wait-queue.ts'
import type { QueueOwner } from '../tasks/wait-queue.ts'
import { refusalOf } from '../tasks/waiting.ts'
import { Owner } from '../tasks/owner.ts'
import { EntryList } from './entry.ts'
import type { Entry } from './entry.ts'
import { needsPreparing, needsValidating, reasonToRetire } from './fitness.ts'
import { LeaseWatch } from './lease-watch.ts'
import type { Lease, Lender } from './lease.ts'
import { Lending } from './lending.ts'
import { inBackground } from './in-background.ts'
import type { Loan } from './loan.ts'
import { nestedIn } from './nested.ts'
import { Resources } from './resources.ts'
import type { Create } from './resources.ts'
import type { Settings } from './settings.ts'
import { Supply } from './supply.ts'
import { closedErrorOf, creationErrorOf, fullErrorOf, timeoutErrorOf } from './refusals.ts'
import { Upkeep } from './upkeep.ts'
import { Borrower, checkPriority, WaitLimit } from './borrower.ts'
import type { AcquireOptions } from './borrower.ts'

type Caller = (...args: never[]) => unknown

/** See {@link Pool}, which is its public face. */
export class PoolCore<T> implements Lender<T>, QueueOwner<Borrower<T>> {
  readonly settings: Settings<T>
  /** As messages call it. */
  readonly name: string
  readonly resources: Resources<T>
  readonly free: EntryList<T> = new EntryList<T>()
  readonly lending: Lending<T> = new Lending<T>(this)
  readonly queue: WaitQueue<Borrower<T>> = new WaitQueue<Borrower<T>>(this, priorityOf)
  readonly supply: Supply<T>
  readonly upkeep: Upkeep<T>
  state: 'open' | 'closing' | 'closed' = 'open'
  timeouts = 0
  /** Why the last making failed, until one succeeds. */
  creationError: { readonly error: unknown } | undefined
  /** Is told when the number of resources has changed, by `ready` and `close`. */
  onChange: Set<(failure?: { readonly error: unknown }) => void> = new Set()
  readonly #limit: WaitLimit<T>
  #preparing = 0

  constructor(create: Create<T>, settings: Settings<T>) {
    this.settings = settings
    this.name = settings.name === 'pool' ? 'the pool' : `the pool "${settings.name}"`
    this.resources = new Resources(create, settings, new Owner())
    this.supply = new Supply(this.resources, settings, this)
    this.upkeep = new Upkeep(this.free, this.resources, settings, this)
    this.#limit = new WaitLimit(this.queue, () => this.resources.owner.clock)
  }

  get guarded(): boolean {
    return this.settings.guarded
  }

  now(): number {
    return this.resources.now
  }

  /** Lends a resource, at once if one is free that needs no preparing. */
  acquire(options: AcquireOptions | undefined, caller: Caller): Lease<T> | Promise<Lease<T>> {
    const frame = currentFrame()
    const scope = scopeOf(frame)
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    if (options?.priority !== undefined) checkPriority(options.priority)
    if (this.state !== 'open') return Promise.reject(closedErrorOf(this))
    const now = this.now()
    const entry = this.queue.size === 0 ? this.#firstFree(now) : undefined
    const watch = this.isWatched ? new LeaseWatch(this.name, caller) : undefined
    if (entry !== undefined && !needsPreparing(entry, this.settings, now)) {
      this.#take(entry)
      const lease = this.lending.lend(entry, now, { since: now, holder: holderIn(frame), watch })
      this.lending.tellLent(0)
      return lease
    }
    return this.#wait(new Borrower<T>(now, holderIn(frame), watch, options), frame, options)
  }

  /** Lends a resource if one is free that needs no preparing, and nobody waits. */
  tryAcquire(caller: Caller): Lease<T> | undefined {
    if (this.state !== 'open') throw closedErrorOf(this)
    const now = this.now()
    const entry = this.queue.size === 0 ? this.#firstFree(now) : undefined
    if (entry === undefined || needsPreparing(entry, this.settings, now)) return undefined
    this.#take(entry)
    const watch = this.isWatched ? new LeaseWatch(this.name, caller) : undefined
    const lease = this.lending.lend(entry, now, { since: now, holder: holderIn(currentFrame()), watch })
    this.lending.tellLent(0)
    return lease
  }

  /** Whether leases are followed: their places, and what their blocks hold. */
  get isWatched(): boolean {
    return this.settings.leakAfter < Infinity || isWatching()
  }

  #wait(borrower: Borrower<T>, frame: Frame | undefined, options: AcquireOptions | undefined): Promise<Lease<T>> {
    const { maxWaiting, acquireTimeout } = this.settings
    const timeout = options?.timeout ?? acquireTimeout
    if (timeout <= 0) return Promise.reject(this.timeoutError(borrower, timeout))
    if (this.queue.size >= maxWaiting) return Promise.reject(fullErrorOf(this))
    const isExhausted = borrower.watch !== undefined && this.resources.alive >= this.settings.max
    const deadlock = isExhausted ? nestedIn(this, borrower.watch.place) : undefined
    if (deadlock !== undefined) return Promise.reject(deadlock)
    const { signal } = options ?? {}
    const promise = this.queue.wait<Lease<T>>(borrower, scopeOf(frame), signal === undefined ? undefined : { signal })
    this.#limit.add(borrower, timeout)
    this.pump()
    return promise
  }

  /** Gives out what is free, and has made what is missing. */
  pump(): void {
    if (this.state !== 'open') return
    if (this.free.size > 0) this.#giveOut(this.now())
    if (this.resources.alive < this.settings.max) this.supply.fill()
  }

  #giveOut(now: number): void {
    while (this.queue.size > this.#preparing) {
      const entry = this.#firstFree(now)
      if (entry === undefined) return
      const isToBeValidated = needsValidating(entry, this.settings, now)
      this.#take(entry)
      if (isToBeValidated || this.settings.setup !== undefined)
        inBackground(this.#prepare(entry, { validate: isToBeValidated, isNew: false }))
      else this.#serve(entry, now)
    }
  }

  /** Does nothing more by itself. */
  stop(): void {
    this.supply.stop()
    this.upkeep.stop()
    this.#limit.stop()
  }

  /** How many resources are to be made. */
  wanted(): number {
    if (this.state !== 'open') return 0
    const { alive, making } = this.resources
    const { min, max } = this.settings
    return Math.min(max - alive, Math.max(this.queue.size - making - this.#preparing, min - alive))
  }

  made(entry: Entry<T>): void {
    this.creationError = undefined
    if (this.state !== 'open') return this.discard(entry, 'the pool is being closed')
    if (this.queue.size > 0 && this.settings.setup !== undefined) {
      this.#take(entry)
      inBackground(this.#prepare(entry, { validate: false, isNew: true }))
    } else {
      this.supply.worked()
      if (this.queue.size > 0) {
        this.#take(entry)
        this.#serve(entry, this.now())
      } else this.#release(entry)
    }
    this.#changed()
    this.pump()
  }

  notMade(error: unknown): void {
    this.creationError = { error }
    const isTriedAgain = this.queue.size > 0 && this.#isTriedAgain(error)
    const borrower = this.queue.first
    if (borrower !== undefined && !isTriedAgain) {
      borrower.fail(creationErrorOf(this, error))
      this.#limit.left()
    }
    this.#changed({ error })
  }

  /** What the user's own function throws is a late error, and no reason to try again. */
  #isTriedAgain(error: unknown): boolean {
    const { retryCreate, name } = this.settings
    try {
      return retryCreate(error)
    } catch (failure) {
      reportLateError(failure, { source: 'pool', name })
      return false
    }
  }

  takeBack(loan: Loan<T>, outcome: Outcome): Promise<void> | undefined {
    const { entry } = loan
    const now = this.now()
    this.lending.takeBack(loan, now)
    if (entry.retired !== undefined || this.state !== 'open') return this.#returned(entry, now, true)
    const isClean = this.resources.clean(entry, outcome)
    return isClean instanceof Promise
      ? isClean.then((clean) => this.#returned(entry, this.now(), clean))
      : this.#returned(entry, now, isClean)
  }

  #returned(entry: Entry<T>, now: number, isClean: boolean): undefined {
    entry.users--
    entry.freeSince = now
    entry.checkedAt = now
    if (!isClean) entry.retired ??= 'it could not be made clean'
    const why = this.#reasonToRetire(entry, now)
    if (why !== undefined) this.discard(entry, why)
    else if (this.queue.size > this.#preparing && this.settings.setup === undefined && this.settings.sharing === 1) {
      entry.users++
      this.#serve(entry, now)
    } else this.#release(entry)
  }

  /** It can be lent. */
  #release(entry: Entry<T>): void {
    if (!entry.isListed && entry.users < this.settings.sharing) this.free.add(entry)
    if (entry.users === 0) this.upkeep.notice(entry)
    if (this.queue.size > 0) this.pump()
  }

  #serve(entry: Entry<T>, now: number): void {
    const borrower = this.queue.first! // the callers have looked
    borrower.serve(this.lending.lend(entry, now, borrower))
    this.#limit.left()
    if (!entry.isListed && entry.users < this.settings.sharing) this.free.add(entry)
    this.lending.tellLent(now - borrower.since)
  }

  /** The resource that is next to be lent. Those that are worn out are retired on the way. */
  #firstFree(now: number): Entry<T> | undefined {
    for (;;) {
      const entry = this.settings.order === 'lifo' ? this.free.newest : this.free.oldest
      const why = entry === undefined ? undefined : this.#reasonToRetire(entry, now)
      if (entry === undefined || why === undefined) return entry
      this.discard(entry, why)
    }
  }

  #take(entry: Entry<T>): void {
    entry.users++
    if (entry.isListed && entry.users >= this.settings.sharing) this.free.remove(entry)
  }

  #reasonToRetire(entry: Entry<T>, now: number): string | undefined {
    return this.state === 'open' ? reasonToRetire(entry, this.settings, now) : 'the pool is being closed'
  }

  /** Prepares a resource that has been taken, for whoever will then be the first. */
  async #prepare(entry: Entry<T>, how: { readonly validate: boolean; readonly isNew: boolean }): Promise<void> {
    this.#preparing++
    const isGood = await this.resources.prepare(entry, how.validate)
    this.#preparing--
    if (how.isNew) this.#tried(isGood)
    if (!isGood) entry.retired ??= 'it did not work any more'
    const why = this.#reasonToRetire(entry, this.now())
    if (why === undefined && this.queue.size > 0) this.#serve(entry, this.now())
    else {
      entry.users--
      if (why === undefined) this.#release(entry)
      else this.discard(entry, why)
    }
    this.pump()
  }

  /** A resource that has just been made was prepared for the first time. */
  #tried(isGood: boolean): void {
    if (isGood) return this.supply.worked()
    const { lastFailure } = this.resources
    this.creationError = lastFailure === undefined ? undefined : { error: lastFailure.error }
    this.supply.spoiled()
  }

  /** (From upkeep) validates a resource that nobody uses. */
  check(entry: Entry<T>): void {
    this.#take(entry)
    inBackground(this.#prepare(entry, { validate: true, isNew: false }))
  }

  /** Destroys a resource now, or when nobody has it any more. */
  discard(entry: Entry<T>, why: string): void {
    entry.retired ??= why
    this.free.remove(entry)
    if (entry.users > 0) return
    inBackground(this.#destroy(entry, why))
  }

  async #destroy(entry: Entry<T>, why: string): Promise<void> {
    await this.resources.destroy(entry, why)
    this.#changed()
    this.pump()
  }

  /** Has those destroyed that match; says whether there was one. */
  invalidate(matches: (resource: T) => boolean): boolean {
    let found = false
    for (const entry of Array.from(this.resources.entries)) {
      if (!matches(entry.resource)) continue
      found = true
      this.discard(entry, 'it was invalidated')
    }
    return found
  }

  /** What is being prepared goes to the next, or becomes free. */
  waiterLeft(): void {
    this.#limit.left()
  }

  timeoutError(borrower: Borrower<T>, allowed: number): Error {
    this.timeouts++
    this.resources.tell({ type: 'timeout', pool: this.settings.name, allowed })
    return timeoutErrorOf(this, borrower, allowed)
  }

  #changed(failure?: { readonly error: unknown }): void {
    for (const listener of Array.from(this.onChange)) listener(failure)
  }
}

function priorityOf({ priority }: { readonly priority: number }): number {
  return priority
}

function holderIn(frame: Frame | undefined): { readonly name: string } | undefined {
  return frame?.task as { readonly name: string } | undefined // tasks have names
}
