/** Places for so many children at a time. Who finds none waits in order, and leaves the queue at once when it is cancelled. */
import { UsageError } from '../errors/index.ts'
import type { Cancelled } from '../errors/index.ts'
import type { ScopeNode } from '../scope.ts'

export class Places {
  readonly #limit: number
  #taken = 0
  /** What is called when there is a place, in order, and the scope it is for. */
  #waiting: Map<() => void, ScopeNode> | undefined

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
    const waiting = (this.#waiting ??= new Map())
    const placed = (): void => {
      stop()
      begin()
    }
    const stop = scope.listen((cancelled) => {
      stop()
      waiting.delete(placed)
      drop(cancelled)
    })
    waiting.set(placed, scope)
  }

  /** Whether somebody waits for a place for this scope. */
  isWaiting(scope: ScopeNode): boolean {
    return this.#waiting !== undefined && [...this.#waiting.values()].includes(scope)
  }

  /** Gives a place back; the first that waits has it. */
  free(): void {
    this.#taken--
    while (this.#waiting !== undefined && this.#waiting.size > 0 && this.#taken < this.#limit) {
      const [next] = this.#waiting.keys()
      this.#waiting.delete(next!) // the size says that there is one
      this.#taken++
      next!()
    }
  }
}
