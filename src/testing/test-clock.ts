/**
 * A clock that stands still until it is turned, or turns itself when nothing else can happen: tests of time become instant
 * and exact. It is carried along with the work, so nothing global is patched, and tests may run side by side.
 */
import { checkDuration, clockKey } from '../clock.ts'
import type { Clock } from '../clock.ts'
import type { ContextManager, ManagerExtras } from '../contexts/index.ts'
import { reportLateError } from '../errors/index.ts'
import { currentFrame, runInFrame } from '../frame.ts'

/** What a {@link TestClock} takes. */
export interface TestClockOptions {
  /** Whether it turns itself to the next timer when no code of the test can run any more. Default: false. */
  readonly autoAdvance?: boolean | undefined
  /** The time it begins with, in milliseconds. Default: 0. */
  readonly start?: number | undefined
}

interface Timer {
  readonly due: number
  readonly callback: () => void
}

/** So many turns of the event loop without anything set or called off, and the clock turns itself. */
const idleTurns = 3

/**
 * A clock for tests. In its body all waits and deadlines of the library follow it. Timers that are due are called one by
 * one, in order of time, each seeing its own time, and what they set off happens before the next. What asks for no time at
 * all (`sleep(0)`) is called on the next turn of the event loop, also while the clock stands still. It acts on a body, so it
 * has no native form; it can be entered any number of times.
 *
 * With `autoAdvance` it turns itself when nothing has happened for some turns of the event loop; it cannot see I/O that is
 * under way, so turn it by hand in tests that wait for sockets or files.
 *
 * @example
 * await within(new TestClock({ autoAdvance: true }), async () => {
 *   await sleep(60_000)
 *   return now()
 * }) // => 60000
 */
export class TestClock implements Clock, ContextManager<TestClock>, ManagerExtras {
  readonly '~needsBody' = true
  readonly #autoAdvance: boolean
  #now: number
  #timers: Timer[] = []
  #changes = 0
  #isWatching = false

  constructor(options: TestClockOptions = {}) {
    const { autoAdvance = false, start = 0 } = options
    checkDuration(start, 'start')
    this.#now = start
    this.#autoAdvance = autoAdvance
  }

  /** The time it shows. */
  now(): number {
    return this.#now
  }

  /** How many timers are set: deadlines that nobody waits for any more may leave one. */
  get timers(): number {
    return this.#timers.length
  }

  setTimer(delay: number, callback: () => void): () => void {
    if (delay === Infinity) return () => {} // or it would be the next one when nothing else is left
    const timer = { due: this.#now + delay, callback }
    const place = this.#timers.findIndex(({ due }) => due > timer.due)
    this.#timers.splice(place === -1 ? this.#timers.length : place, 0, timer)
    this.#changes++
    if (delay <= 0) this.#callSoon(timer)
    if (this.#autoAdvance && !this.#isWatching) this.#watch().catch(reportThrown)
    return () => {
      this.#changes++
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /**
   * Lets time pass, and what it sets off happen.
   *
   * @param duration  Milliseconds; a clock does not go back.
   */
  async advance(duration: number): Promise<void> {
    checkDuration(duration, 'duration')
    const end = this.#now + Math.max(0, duration)
    await this.idle()
    for (let next = this.#timers[0]; next !== undefined && next.due <= end; next = this.#timers[0]) {
      this.#call(next)
      await this.idle()
    }
    this.#now = Math.max(this.#now, end)
  }

  /** Waits until everything has happened that waits neither for a timer nor for I/O. */
  async idle(): Promise<void> {
    for (let turn = 0; turn < idleTurns; turn++) await nextTurn()
  }

  '~enter'(): this {
    return this
  }

  '~exit'(): void {}

  '~around'<R>(body: () => R): R {
    const frame = currentFrame()
    const bindings = { key: clockKey, value: this, outer: frame?.bindings }
    return runInFrame({ scope: frame?.scope, task: frame?.task, bindings }, body)
  }

  #call(timer: Timer): void {
    this.#now = Math.max(this.#now, timer.due)
    this.#timers.splice(this.#timers.indexOf(timer), 1)
    this.#changes++
    timer.callback()
  }

  #callSoon(timer: Timer): void {
    afterTurn(() => {
      if (this.#timers.includes(timer)) this.#call(timer)
    })
  }

  /** Turns itself as long as there are timers. */
  async #watch(): Promise<void> {
    this.#isWatching = true
    try {
      while (this.#timers.length > 0) {
        const before = this.#changes
        await this.idle()
        const [next] = this.#timers
        if (next !== undefined && before === this.#changes) this.#call(next)
      }
    } finally {
      this.#isWatching = false
    }
  }
}

/** A turn of the event loop, in which timers and I/O of the platform have theirs. */
async function nextTurn(): Promise<void> {
  await new Promise<void>(afterTurn)
}

function afterTurn(callback: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => void } // Node, Bun and Deno have it
  if (setImmediate === undefined) setTimeout(callback, 0)
  else setImmediate(callback)
}

/** A timer's callback has thrown; the clock's own user cannot receive it. */
function reportThrown(error: unknown): void {
  reportLateError(error, { source: 'TestClock' })
}
