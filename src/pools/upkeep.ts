/**
 * Looks after the resources of a pool that nobody uses: those that are too old or not needed are destroyed, the others are
 * validated from time to time. It only has a timer while there is something to look after, and does not keep the process alive.
 */
import type { Entry, EntryList } from './entry.ts'
import type { Resources } from './resources.ts'
import type { Settings } from './settings.ts'

/** What is done with a resource that is due. */
export interface Keeper<T> {
  discard(entry: Entry<T>, why: string): void
  check(entry: Entry<T>): void
}

/** Watches the free resources. */
export class Upkeep<T> {
  readonly #free: EntryList<T>
  readonly #resources: Resources<T>
  readonly #settings: Settings<T>
  readonly #keeper: Keeper<T>
  #wakesAt = Infinity
  #stopTimer: (() => void) | undefined

  constructor(free: EntryList<T>, resources: Resources<T>, settings: Settings<T>, keeper: Keeper<T>) {
    this.#free = free
    this.#resources = resources
    this.#settings = settings
    this.#keeper = keeper
  }

  /** A resource is free: it will be looked after when its time has come. */
  notice(entry: Entry<T>): void {
    const { idleTimeout, keepAlive } = this.#settings
    const due = Math.min(entry.freeSince + idleTimeout, entry.expiresAt, entry.checkedAt + keepAlive)
    if (due < this.#wakesAt) this.#sleepUntil(due)
  }

  stop(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    this.#wakesAt = Infinity
  }

  #sleepUntil(due: number): void {
    this.#stopTimer?.()
    this.#wakesAt = due
    const { clock } = this.#resources.owner
    this.#stopTimer = clock.setTimer(Math.max(0, due - clock.now()), () => this.#wake(), true)
  }

  #wake(): void {
    this.stop()
    const now = this.#resources.now
    let next = Infinity
    for (const entry of this.#free.all()) if (entry.users === 0) next = Math.min(next, this.#look(entry, now))
    if (next < Infinity) this.#sleepUntil(next)
  }

  /** Does what is due; gives when something is due again. */
  #look(entry: Entry<T>, now: number): number {
    const { idleTimeout, keepAlive, min, validate } = this.#settings
    const isSpare = this.#resources.alive > min
    const idleUntil = isSpare ? entry.freeSince + idleTimeout : Infinity
    if (entry.expiresAt <= now) this.#keeper.discard(entry, 'it was too old')
    else if (idleUntil <= now) this.#keeper.discard(entry, 'nobody used it')
    else if (validate !== undefined && entry.checkedAt + keepAlive <= now) this.#keeper.check(entry)
    else return Math.min(idleUntil, entry.expiresAt, validate === undefined ? Infinity : entry.checkedAt + keepAlive)
    return Infinity
  }
}
