/** Those who wait for a resource, and the end of their time. */
import { holdProcess, letProcessGo } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { UsageError } from '../errors/index.ts'
import type { TimedWaitOptions } from '../tasks/index.ts'
import { deadlinesOf } from '../tasks/deadlines.ts'
import type { Deadline, DueList } from '../tasks/deadlines.ts'
import { Waiter } from '../tasks/wait-queue.ts'
import type { WaitQueue } from '../tasks/wait-queue.ts'
import type { LeaseWatch } from './lease-watch.ts'
import type { Lease } from './lease.ts'

/** What is asked of a pool. */
export interface AcquireOptions extends TimedWaitOptions {
  /** Who has a higher one is served before those with a lower one. Default: 0. */
  readonly priority?: number | undefined
}

/** Somebody who waits for a resource. */
export class Borrower<T> extends Waiter<Lease<T>> {
  declare readonly since: number
  declare readonly holder: { readonly name: string } | undefined
  declare readonly watch: LeaseWatch | undefined
  declare readonly priority: number
  declare due: number

  constructor(
    since: number,
    holder: { readonly name: string } | undefined,
    watch: LeaseWatch | undefined,
    options: AcquireOptions | undefined,
  ) {
    super()
    this.since = since
    this.holder = holder
    this.watch = watch
    this.priority = options?.priority ?? 0
    this.due = Infinity
  }
}

/** NaN stands nowhere in an order, and a word would stand anywhere. */
export function checkPriority(priority: unknown): void {
  if (typeof priority === 'number' && !Number.isNaN(priority)) return
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`priority\` is ${String(priority)} (${typeof priority}). Give a number; who has a higher one is served before.`,
  )
}

/**
 * One deadline for all who wait, since nearly all have the same time and so come due in the order of waiting. It is moved only when
 * somebody is due earlier; who has been served is not there any more when it passes. While anybody waits, the process is kept alive.
 */
export class WaitLimit<T> implements Deadline {
  dueList: DueList | undefined
  dueBefore: Deadline | undefined
  dueAfter: Deadline | undefined
  readonly #queue: WaitQueue<Borrower<T>>
  readonly #clock: () => Clock
  #due = Infinity
  #isHolding = false

  constructor(queue: WaitQueue<Borrower<T>>, clock: () => Clock) {
    this.#queue = queue
    this.#clock = clock
  }

  add(borrower: Borrower<T>, timeout: number): void {
    borrower.due = borrower.since + timeout
    if (borrower.due < this.#due) this.#moveTo(borrower.due)
    if (this.#isHolding) return
    this.#isHolding = true
    holdProcess()
  }

  /** Somebody waits no more. */
  left(): void {
    if (this.#queue.size > 0 || !this.#isHolding) return
    this.#isHolding = false
    letProcessGo()
  }

  stop(): void {
    deadlinesOf(this.#clock()).remove(this)
    this.#due = Infinity
    this.left()
  }

  expired(): void {
    const now = this.#clock().now()
    this.#due = Infinity
    let next = Infinity
    for (const borrower of Array.from(this.#queue)) {
      if (borrower.due <= now) borrower.expire(borrower.due - borrower.since)
      else next = Math.min(next, borrower.due)
    }
    if (next < this.#due) this.#moveTo(next)
  }

  #moveTo(due: number): void {
    const deadlines = deadlinesOf(this.#clock())
    deadlines.remove(this)
    this.#due = due
    deadlines.add(this, due)
  }
}
