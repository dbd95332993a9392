/** A manager that measures how long its body takes. */
import { currentClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import type { Outcome } from './outcome.ts'
import type { ContextManager } from './protocol.ts'

/** What {@link stopwatch} takes besides a label. */
export interface StopwatchOptions {
  /** Is told when the body has ended. Default: a line on the console when there is a label, else nothing. */
  readonly report?: ((stopwatch: Stopwatch, outcome: Outcome) => void) | undefined
}

/**
 * Measures the time from entering to exiting, in milliseconds. `elapsed` can be read at any time; entered again, it
 * starts from zero.
 *
 * @example
 * const watch = stopwatch()
 * withinSync(watch, () => 'work')
 * watch.elapsed >= 0 // => true
 */
export function stopwatch(label?: string, options: StopwatchOptions = {}): Stopwatch {
  return new Stopwatch(label, options.report ?? (label === undefined ? () => {} : print))
}

/** A running or stopped stopwatch. */
export class Stopwatch implements ContextManager<Stopwatch> {
  readonly label: string | undefined
  readonly #report: (stopwatch: Stopwatch, outcome: Outcome) => void
  #clock: Clock = currentClock()
  #started: number | undefined
  #elapsed = 0

  constructor(label: string | undefined, report: (stopwatch: Stopwatch, outcome: Outcome) => void) {
    this.label = label
    this.#report = report
  }

  /** Milliseconds since it was entered; once exited, from entering to exiting; `0` before. */
  get elapsed(): number {
    return this.#started === undefined ? this.#elapsed : this.#clock.now() - this.#started
  }

  '~enter'(): this {
    this.#clock = currentClock()
    this.#started = this.#clock.now()
    return this
  }

  '~exit'(outcome: Outcome): void {
    this.#elapsed = this.elapsed
    this.#started = undefined
    this.#report(this, outcome)
  }
}

function print({ label = '', elapsed }: Stopwatch, outcome: Outcome): void {
  const failed = outcome.status === 'failed' ? ' (failed)' : ''
  console.log(`${label} took ${elapsed.toFixed(3)} ms${failed}`)
}
