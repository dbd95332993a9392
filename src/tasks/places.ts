/** Places for so many children at a time. Who finds none waits in order, and leaves the queue at once when it is cancelled. */
import { UsageError } from '../errors/index.ts'
import type { Cancelled } from '../errors/index.ts'
import type { Listening, ScopeNode } from '../scope.ts'

export class Places {
  readonly #limit: number
  #taken = 0
  readonly #queue = new Queue()

  /** @throws UsageError  No whole number of at least 1, nor Infinity. */
  constructor(limit: number) {
    this.#limit = limit
    if (limit === Infinity || (Number.isInteger(limit) && limit >= 1)) return
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`limit\` is ${String(limit)}. Give a whole number of at least 1, or Infinity.`,
    )
  }

  /** Takes a place if one is free. */
  tryTake(): boolean {
    if (this.#taken >= this.#limit) return false
    this.#taken++
    return true
  }

  /** Takes one in any case: for what runs already. */
  takeAnyway(): void {
    this.#taken++
  }

  /** Waits for a place: `begin` is called with one taken, or `drop` when the scope is cancelled before. */
  wait(scope: ScopeNode, begin: () => void, drop: (cancelled: Cancelled) => void): void {
    if (scope.cancelled !== undefined) return drop(scope.cancelled)
    const queued = new Queued(this.#queue, begin, drop)
    this.#queue.add(queued)
    scope.addListening(queued)
  }

  /** Whether somebody waits for a place for this scope. */
  isWaiting(scope: ScopeNode): boolean {
    for (let { first: queued } = this.#queue; queued !== undefined; queued = queued.behind) {
      if (queued.listedIn === scope) return true
    }
    return false
  }

  /** Gives a place back; the first that waits has it. */
  free(): void {
    this.#taken--
    const queue = this.#queue
    while (queue.first !== undefined && this.#taken < this.#limit) {
      const { first } = queue
      first.leave()
      this.#taken++
      first.begin()
    }
  }
}

/** Linked, so that it takes no search to leave from the middle. */
class Queue {
  first: Queued | undefined
  #last: Queued | undefined

  add(queued: Queued): void {
    queued.ahead = this.#last
    if (this.#last === undefined) this.first = queued
    else this.#last.behind = queued
    this.#last = queued
  }

  remove({ ahead, behind }: Queued): void {
    if (ahead === undefined) this.first = behind
    else ahead.behind = behind
    if (behind === undefined) this.#last = ahead
    else behind.ahead = ahead
  }
}

/** One that waits. Its fields are assigned, as there may be many. */
class Queued implements Listening {
  declare listedIn: ScopeNode | undefined
  declare previous: Listening | undefined
  declare next: Listening | undefined
  declare ahead: Queued | undefined
  declare behind: Queued | undefined
  declare readonly queue: Queue
  declare readonly begin: () => void
  declare readonly drop: (cancelled: Cancelled) => void

  constructor(queue: Queue, begin: () => void, drop: (cancelled: Cancelled) => void) {
    this.listedIn = undefined
    this.previous = undefined
    this.next = undefined
    this.ahead = undefined
    this.behind = undefined
    this.queue = queue
    this.begin = begin
    this.drop = drop
  }

  leave(): void {
    this.queue.remove(this)
    this.listedIn?.removeListening(this)
  }

  reached(cancelled: Cancelled): void {
    this.leave()
    this.drop(cancelled)
  }
}
