/** A clock that is turned by hand, carried in the frame. */
import { clockKey } from '../src/clock.ts'
import type { Clock } from '../src/clock.ts'
import { currentFrame, runInFrame } from '../src/frame.ts'

interface Timer {
  readonly due: number
  readonly callback: () => void
}

/** A clock that stands still until it is turned. */
export class HandClock implements Clock {
  #now = 0
  #timers: Timer[] = []

  now(): number {
    return this.#now
  }

  setTimer(delay: number, callback: () => void): () => void {
    const timer = { due: this.#now + delay, callback }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.length
  }

  /** Lets so many milliseconds pass: what falls due is called in order, and what it causes may happen in between. */
  async turn(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds
    await settled()
    for (;;) {
      const due = this.#timers.filter((timer) => timer.due <= end).toSorted((a, b) => a.due - b.due)[0]
      if (due === undefined) break
      this.#now = Math.max(this.#now, due.due)
      this.#timers = this.#timers.filter((timer) => timer !== due)
      due.callback()
      await settled()
    }
    this.#now = end
  }

  /** Runs work in a frame that carries this clock. */
  run<R>(work: () => R): R {
    const { scope, task, bindings } = currentFrame() ?? {}
    return runInFrame({ scope, task, bindings: { key: clockKey, value: this, outer: bindings } }, work)
  }
}

/** Waits until everything has happened that waits for no timer and no I/O. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
}
