/**
 * All deadlines of a clock behind one timer, since a timer of its own for each would cost more than all the rest. What is
 * due within the same millisecond stands in one list, so adding and removing take no search; a heap holds the lists'
 * milliseconds, at most a thousand new ones a second. A deadline is met up to a millisecond late, never early.
 */
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { reportLateError } from '../errors/index.ts'
import { MinHeap } from './min-heap.ts'

/** Something that is due at a time. */
export interface Deadline {
  /** Called once when it is due. What it throws is a late error: it must not stop those behind it. */
  expired(): void
  /** The three below are the list's. */
  dueList: DueList | undefined
  dueBefore: Deadline | undefined
  dueAfter: Deadline | undefined
}

/** What is due within one millisecond, in the order in which it was added. */
export class DueList {
  readonly tick: number
  first: Deadline | undefined
  last: Deadline | undefined
  constructor(tick: number) {
    this.tick = tick
  }
}

/** Empty lists are kept, since the next deadline often has the same millisecond; so many at most. */
const mostEmpty = 256

/** The deadlines of one clock. */
export class Deadlines {
  readonly #clock: Clock
  readonly #lists = new Map<number, DueList>()
  /** The one that was asked for last: what is added next is often due at the same time. */
  #latest = new DueList(NaN)
  #ticks = new MinHeap()
  #empty = 0
  #armedFor = Infinity
  #stopTimer: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Adds what is due at a time of the clock; `Infinity` is never due. The process is not kept alive for it. */
  add(deadline: Deadline, due: number): void {
    if (due === Infinity) return
    const list = this.#listAt(Math.ceil(due))
    if (list.first === undefined) list.first = deadline
    deadline.dueList = list
    deadline.dueBefore = list.last
    deadline.dueAfter = undefined
    if (list.last !== undefined) list.last.dueAfter = deadline
    list.last = deadline
    if (list.tick < this.#armedFor) this.#arm(list.tick)
  }

  /** Takes it out, if it has not been called. The timer stays: the next deadline will probably need it. */
  remove(deadline: Deadline): void {
    const { dueList: list, dueBefore: before, dueAfter: after } = deadline
    if (list === undefined) return
    deadline.dueList = undefined
    if (before === undefined) list.first = after
    else before.dueAfter = after
    if (after === undefined) list.last = before
    else after.dueBefore = before
    if (list.first === undefined && ++this.#empty > mostEmpty) this.#sweep()
  }

  #listAt(tick: number): DueList {
    const list =
      this.#latest.tick === tick ? this.#latest : (this.#latest = this.#lists.get(tick) ?? this.#newList(tick))
    if (list.first === undefined) this.#empty--
    return list
  }

  /** Empty at first, and counted so. */
  #newList(tick: number): DueList {
    const list = new DueList(tick)
    this.#lists.set(tick, list)
    this.#ticks.push(tick)
    this.#empty++
    return list
  }

  #arm(tick: number): void {
    this.#stopTimer?.()
    this.#armedFor = tick
    this.#stopTimer = this.#clock.setTimer(Math.max(0, tick - this.#clock.now()), () => this.#wake(), true)
  }

  /** Calls what is due, the earliest first, then sleeps until the next. */
  #wake(): void {
    this.#stopTimer = undefined
    this.#armedFor = -Infinity // what is added meanwhile is found below
    for (let tick = this.#ticks.least; tick !== undefined; tick = this.#ticks.least) {
      const list = this.#lists.get(tick)
      if (list?.first === undefined) this.#forget(tick, list)
      else if (tick > this.#clock.now()) return this.#arm(tick)
      else this.#expire(list.first)
    }
    this.#armedFor = Infinity
  }

  #expire(deadline: Deadline): void {
    this.remove(deadline)
    try {
      deadline.expired()
    } catch (error) {
      reportLateError(error, { source: 'deadline' })
    }
  }

  #forget(tick: number, list: DueList | undefined): void {
    this.#ticks.pop()
    this.#lists.delete(tick)
    if (list === this.#latest) this.#latest = new DueList(NaN)
    if (list !== undefined) this.#empty--
  }

  #sweep(): void {
    this.#empty = 0
    this.#ticks = new MinHeap()
    this.#latest = new DueList(NaN)
    for (const [tick, list] of this.#lists) {
      if (list.first === undefined) this.#lists.delete(tick)
      else this.#ticks.push(tick)
    }
  }
}

const system = new Deadlines(systemClock)
const others = new WeakMap<Clock, Deadlines>()

/** The deadlines of a clock. */
export function deadlinesOf(clock: Clock): Deadlines {
  if (clock === systemClock) return system
  let deadlines = others.get(clock)
  if (deadlines === undefined) {
    deadlines = new Deadlines(clock)
    others.set(clock, deadlines)
  }
  return deadlines
}
