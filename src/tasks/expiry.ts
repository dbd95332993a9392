/** What ends a scope by time: its deadline, and the time of grace that it was given to end by itself. */
import type { Clock } from '../clock.ts'
import type { ScopeNode } from '../scope.ts'
import { deadlinesOf } from './deadlines.ts'
import type { Deadline, DueList } from './deadlines.ts'

/** The deadline of a scope, which the scope then has. Its fields are assigned, as those of scopes: each request may have one. */
export class Expiry implements Deadline {
  /** When it is due, by the clock. */
  declare due: number
  declare passed: boolean
  declare dueList: DueList | undefined
  declare dueBefore: Deadline | undefined
  declare dueAfter: Deadline | undefined
  declare readonly node: ScopeNode
  declare readonly clock: Clock

  constructor(node: ScopeNode, clock: Clock) {
    this.due = Infinity
    this.passed = false
    this.dueList = undefined
    this.dueBefore = undefined
    this.dueAfter = undefined
    this.node = node
    this.clock = clock
    node.expiry = this
  }

  /** What is due already expires before anything is done. */
  start(due: number, now: number): void {
    this.due = due
    if (due <= now) this.expired()
    else deadlinesOf(this.clock).add(this, due)
  }

  move(due: number): void {
    this.stop()
    this.due = due
    deadlinesOf(this.clock).add(this, due)
  }

  stop(): void {
    if (this.dueList !== undefined) deadlinesOf(this.clock).remove(this)
  }

  expired(): void {
    this.passed = true
    this.node.cancel(undefined, 'deadline')
  }
}

/** The time that is left to what has been asked to come to an end. */
export class Grace implements Deadline {
  dueList: DueList | undefined
  dueBefore: Deadline | undefined
  dueAfter: Deadline | undefined
  readonly #node: ScopeNode
  readonly #clock: Clock
  readonly #reason: unknown
  #due = Infinity

  constructor(node: ScopeNode, clock: Clock, reason: unknown) {
    this.#node = node
    this.#clock = clock
    this.#reason = reason
  }

  /** The earliest end that was given counts. */
  end(due: number): void {
    if (due >= this.#due) return
    this.stop()
    this.#due = due
    deadlinesOf(this.#clock).add(this, due)
  }

  stop(): void {
    deadlinesOf(this.#clock).remove(this)
  }

  expired(): void {
    this.#node.cancel(this.#reason)
  }
}
