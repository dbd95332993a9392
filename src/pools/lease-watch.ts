/** What is known of leases only when somebody wants to know: where they were taken, how long they are held, whether they were forgotten. */
import type { Clock } from '../clock.ts'
import { placeOf, watchOpen } from '../observe.ts'
import type { Watch } from '../observe.ts'
import { deadlinesOf } from '../tasks/deadlines.ts'
import type { Deadline, DueList } from '../tasks/deadlines.ts'

/** Follows one lease from the call that asks for it until it is returned. */
export class LeaseWatch implements Deadline {
  /** The stack of who asked for it. */
  readonly place: string
  dueList: DueList | undefined
  dueBefore: Deadline | undefined
  dueAfter: Deadline | undefined
  readonly #open: Watch | undefined
  #clock: Clock | undefined
  #tell: (() => void) | undefined

  constructor(pool: string, caller: (...args: never[]) => unknown) {
    this.place = placeOf(caller)
    this.#open = watchOpen(() => `a lease of ${pool}`, caller)
  }

  /**
   * The lease has been given out.
   *
   * @param leakAfter  Milliseconds; then `tell` is called, once.
   */
  lent(lease: object, clock: Clock, leakAfter: number, tell: () => void): void {
    this.#open?.follow(lease)
    this.#clock = clock
    this.#tell = tell
    deadlinesOf(clock).add(this, clock.now() + leakAfter)
  }

  expired(): void {
    this.#tell?.()
  }

  closed(): void {
    this.#open?.closed(false)
    if (this.#clock !== undefined) deadlinesOf(this.#clock).remove(this)
  }
}
