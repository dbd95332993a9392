/**
 * What all locks are made of: a number of permits, given out first come, first served. Who asks for many is not overtaken by
 * who asks for few, so nobody waits for ever.
 */
import { isWatching } from '../channels.ts'
import { StateError, TimeoutError, UsageError } from '../errors/index.ts'
import { refusalOf, scopeHere } from '../tasks/waiting.ts'
import type { TimedWaitOptions } from '../tasks/waiting.ts'
import { WaitQueue, Waiter } from '../tasks/wait-queue.ts'
import type { QueueOwner } from '../tasks/wait-queue.ts'
import { deadlockIn, PermitWatch } from './permit-watch.ts'
import { Permit } from './permit.ts'

/** Somebody who waits for permits, to hold them by a `Permit`. */
export class PermitWaiter extends Waiter<unknown> {
  declare readonly count: number

  constructor(count: number) {
    super()
    this.count = count
  }

  /** Hands out what has been taken for it. */
  grant(permits: Permits): void {
    this.serve(new Permit(permits, this.count, undefined))
  }
}

/** The same while diagnostics are on. */
class WatchedWaiter extends PermitWaiter {
  readonly #watch: PermitWatch

  constructor(count: number, watch: PermitWatch) {
    super(count)
    this.#watch = watch
  }

  override grant(permits: Permits): void {
    this.serve(new Permit(permits, this.count, this.#watch))
  }
}

/** A block that waits for permits, and will give them back itself. */
class BlockWaiter extends PermitWaiter {
  override grant(): void {
    this.serve(undefined)
  }
}

type Caller = (...args: never[]) => unknown

/** As many as nobody will ever take: with a small integer, counting stays exact and cheap. */
const unlimited = 2 ** 30 - 1

/** Permits, and who waits for them. */
export class Permits implements QueueOwner<PermitWaiter> {
  /** As messages call it: `the mutex "orders"`. */
  readonly name: string
  readonly queue: WaitQueue<PermitWaiter> = new WaitQueue<PermitWaiter>(this)
  /** How many there are, taken or not. */
  total: number
  /** How many nobody has; below zero when there are fewer now than have been given out. */
  free: number
  /** Where a permit was taken that nobody can give back any more, since it has been collected. */
  lost: string | undefined

  constructor(name: string, total: number, free: number = total) {
    this.name = name
    this.total = Math.min(total, unlimited)
    this.free = Math.min(free, unlimited)
  }

  /** How many there are, as its user has said it. */
  get nominal(): number {
    return this.total === unlimited ? Infinity : this.total
  }

  /** Takes them if they are free and nobody waits. */
  tryTake(count: number): boolean {
    if (this.free < count || this.queue.size > 0) return false
    this.free -= count
    return true
  }

  /** Waits for so many permits, and gives the one thing that gives them back. */
  acquire(count: number, options: TimedWaitOptions | undefined, caller: Caller): Promise<Permit> {
    const scope = scopeHere()
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    if (this.tryTake(count)) return Promise.resolve(new Permit(this, count, this.#watch(caller)))
    const diagnosed = this.#diagnose(count, caller)
    if (diagnosed !== undefined) return diagnosed
    const watch = this.#watch(caller)
    const waiter = watch === undefined ? new PermitWaiter(count) : new WatchedWaiter(count, watch)
    return this.queue.wait<Permit>(waiter, scope, options)
  }

  /** The same without waiting: `undefined` when they are not free, or somebody waits. */
  tryAcquire(count: number, caller: Caller): Permit | undefined {
    return this.tryTake(count) ? new Permit(this, count, this.#watch(caller)) : undefined
  }

  /** Takes so many for a block that will give them back itself; waits only if it has to. */
  enter(count: number, options: TimedWaitOptions | undefined, caller: Caller): Promise<undefined> | undefined {
    const scope = scopeHere()
    const refusal = refusalOf(scope, options)
    if (refusal !== undefined) return refusal
    if (this.tryTake(count)) return undefined
    const diagnosed = this.#diagnose(count, caller)
    if (diagnosed !== undefined) return diagnosed
    return this.queue.wait<undefined>(new BlockWaiter(count), scope, options)
  }

  /** The same whatever happens around: for who has to have them back. */
  async enterShielded(count: number): Promise<void> {
    if (!this.tryTake(count)) await this.queue.waitShielded<undefined>(new BlockWaiter(count))
  }

  /** @throws StateError  They would be more than there are. Nothing is changed. */
  giveBack(count: number): void {
    if (this.free + count > this.total) {
      throw new StateError(
        'WITHAL_RELEASED_TOO_OFTEN',
        `${count} cannot be given back to ${this.name}: ${this.free} of ${this.nominal} are free. Something has released what it did not hold.`,
      )
    }
    this.free += count
    this.serve()
  }

  /** More are there at once; fewer take effect as they come back. */
  resize(nominal: number): void {
    const total = Math.min(nominal, unlimited)
    this.free += total - this.total
    this.total = total
    this.serve()
  }

  /** A permit has been collected without having been given back: who waits would wait for ever. */
  lose(takenAt: string): void {
    this.lost = takenAt
    this.queue.failAll(() => this.#lostError(takenAt))
  }

  waiterLeft(): void {
    this.serve() // it may have asked for more than those behind it
  }

  timeoutError(waiter: PermitWaiter, allowed: number): Error {
    const asked = waiter.count === 1 ? '' : ` (${waiter.count} of ${this.nominal})`
    return new TimeoutError(
      `${this.name} was not free${asked} within ${allowed} ms: ${this.total - this.free} of ${this.nominal} in use, ${this.queue.size} waiting.`,
      allowed,
    )
  }

  /** Why a wait could never end, as far as diagnostics know. */
  #diagnose(count: number, caller: Caller): Promise<never> | undefined {
    if (this.lost !== undefined) return Promise.reject(this.#lostError(this.lost))
    if (isTooMany(count, this)) return Promise.reject(tooMany(count, this)) // there may be fewer now than there were
    const deadlock = isWatching() ? deadlockIn(this, count, caller) : undefined
    return deadlock === undefined ? undefined : Promise.reject(deadlock)
  }

  /** Gives out what is free, in order. */
  serve(): void {
    for (let waiter = this.queue.first; waiter !== undefined; waiter = this.queue.first) {
      if (waiter.count > this.free) return
      this.free -= waiter.count
      waiter.grant(this)
    }
  }

  #watch(caller: Caller): PermitWatch | undefined {
    return isWatching() ? new PermitWatch(this, caller) : undefined
  }

  #lostError(takenAt: string): StateError {
    return new StateError(
      'WITHAL_HOLDER_GONE',
      `${this.name} is held by a permit that was collected without having been released, so it will never be free. ` +
        `Acquire with \`using\` or \`within\`. Taken at:\n${takenAt}`,
    )
  }
}

/** Checks a number of permits. */
export function checkCount(count: unknown): asserts count is number {
  if (!Number.isSafeInteger(count) || (count as number) < 1) {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`count\` is ${String(count)}. Give a whole number of at least 1.`)
  }
}

/** Checks a number of permits that is asked for. */
export function checkAsked(count: unknown, permits: Permits): asserts count is number {
  checkCount(count)
  if (isTooMany(count, permits)) throw tooMany(count, permits)
}

/** One is never too many: where there are none for a while, it is waited for. */
function isTooMany(count: number, { total }: Permits): boolean {
  return count > total && count > 1
}

function tooMany(count: number, { name, nominal }: Permits): UsageError {
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`count\` is ${count}, and ${name} has only ${nominal}: it would wait for ever. Ask for fewer, or \`resize\` it.`,
  )
}

/** Checks how many permits there are to be. */
export function checkTotal(total: unknown, name: string): asserts total is number {
  if (total === Infinity || (Number.isSafeInteger(total) && (total as number) >= 0)) return
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`${name}\` is ${String(total)}. Give a whole number of at least 0, or Infinity.`,
  )
}
