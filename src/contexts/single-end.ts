/**
 * The end of something that is exited once, whoever asks for it: who asks first begins it, and all others wait for the
 * same end (decision D-15), each of them to be answered by what it has told and what has come of it.
 */
import { unwindThen } from './exits.ts'
import type { Exits } from './exits.ts'
import type { Outcome } from './outcome.ts'
import { unknown } from './outcome.ts'

/** What somebody who asks for the end makes of it: from what the exits were told, and what has come of that. */
export type Conclude<R> = (told: Outcome, final: Outcome) => R

/** One end for all who ask. */
export class SingleEnd {
  #told = unknown
  #final = unknown
  #running: Promise<unknown> | undefined

  /** Whether it has begun and not come yet. */
  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** Begins it. The exits conclude by themselves: each promise between would be a turn. */
  begin<R>(told: Outcome, conclude: Conclude<R>, exits: Exits | Promise<Outcome>): Promise<R> {
    this.#told = told
    const end = (final: Outcome): R => {
      this.#final = final
      this.#running = undefined
      return conclude(told, final)
    }
    try {
      const ended = exits instanceof Promise ? exits.then(end) : unwindThen(exits, told, false, end)
      if (!(ended instanceof Promise)) return Promise.resolve(ended)
      this.#running = ended
      return ended
    } catch (error) {
      return Promise.reject(error) // whatever it is, it goes on as it is
    }
  }

  /** Waits for it, if it has begun. */
  join<R>(conclude: Conclude<R>): Promise<R> {
    if (this.#running === undefined) return this.#answer(conclude)
    const end = (): R => conclude(this.#told, this.#final)
    return this.#running.then(end, end) // who has begun it has its failure
  }

  async #answer<R>(conclude: Conclude<R>): Promise<R> {
    return conclude(this.#told, this.#final)
  }
}
