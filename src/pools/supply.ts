/**
 * Decides when a pool makes resources. After a failure the next attempt waits, longer each time, and is the only one until it has
 * succeeded: however many ask, a server that is down is tried a few times a second at most.
 */
import type { Entry } from './entry.ts'
import { inBackground } from './in-background.ts'
import type { Maker, Resources } from './resources.ts'
import type { Settings } from './settings.ts'

/** Who wants resources, and is told what has come of it. */
export interface Demand<T> extends Maker<T> {
  /** How many more are needed, and may be made. */
  wanted(): number
}

/** Makes what is wanted. */
export class Supply<T> implements Maker<T> {
  readonly #resources: Resources<T>
  readonly #settings: Settings<T>
  readonly #demand: Demand<T>
  #failuresInARow = 0
  /** How many have been made of which nobody has said yet whether they are any good. */
  #unproven = 0
  #stopTimer: (() => void) | undefined
  #isStopped = false

  constructor(resources: Resources<T>, settings: Settings<T>, demand: Demand<T>) {
    this.#resources = resources
    this.#settings = settings
    this.#demand = demand
  }

  /** Begins to make as many as are wanted and may be made now. */
  fill(): void {
    while (this.#mayTry && this.#demand.wanted() > 0) inBackground(this.#resources.make(this))
  }

  /** Makes no more, ever. */
  stop(): void {
    this.#isStopped = true
    this.#stopWaiting()
  }

  #stopWaiting(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
  }

  /** While it fails, one at a time, and none before the delay is over. */
  get #mayTry(): boolean {
    if (this.#stopTimer !== undefined) return false
    return this.#failuresInARow === 0 || this.#resources.making + this.#unproven === 0
  }

  /** It has been made. Whether it is any good, the demand tells: by `worked` or `spoiled`. */
  made(entry: Entry<T>): void {
    this.#unproven++
    this.#demand.made(entry)
  }

  /** What was made is good, so others may be made again. */
  worked(): void {
    this.#unproven--
    this.#failuresInARow = 0
    this.#stopWaiting()
  }

  /** What was made could not be used: as bad as if it had not been made, so the next has to wait. */
  spoiled(): void {
    this.#unproven--
    this.#wait()
  }

  /** It has failed, so the next has to wait. */
  notMade(error: unknown): void {
    this.#wait()
    this.#demand.notMade(error)
  }

  #wait(): void {
    if (this.#isStopped) return
    const { initial, max } = this.#settings.backoff
    const delay = Math.min(initial * 2 ** this.#failuresInARow++, max) * (1 - Math.random() / 2)
    this.#stopTimer?.()
    this.#stopTimer = this.#resources.owner.clock.setTimer(delay, () => {
      this.#stopTimer = undefined
      this.fill()
    })
  }
}
