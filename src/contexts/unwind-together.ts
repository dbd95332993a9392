/** Closing in parallel: all members are told the same outcome, and their failures come out together. */
import { ErrorGroup, UsageError } from '../errors/index.ts'
import { currentFrame, runInFrame, shieldFor } from '../frame.ts'
import { describe } from './describe.ts'
import { asExit, ignorePromise, isThenable } from './exits.ts'
import type { BareCallback, Exit, Exits } from './exits.ts'
import { afterAnswer, afterThrow, completed } from './outcome.ts'
import type { Outcome } from './outcome.ts'

/** How {@link unwindTogether} goes about it. */
export interface Together {
  /** How many at the same time. */
  readonly concurrency: number
  /** Asked, when all have ended, whether there is one more. */
  readonly whenEmpty: () => Exit | undefined
}

/** Exits all, at most so many at the same time, begun in reverse order of registration; also what is added meanwhile. */
export async function unwindTogether(exits: Exits, outcome: Outcome, together: Together): Promise<Outcome> {
  const closing = new ClosingTogether(exits, outcome)
  for (let next = exits.pop() ?? together.whenEmpty(); next !== undefined; next = exits.pop() ?? together.whenEmpty()) {
    const running: Promise<void>[] = []
    for (let exit: Exit | BareCallback | undefined = next; exit !== undefined; exit = exits.pop()) {
      running.push(closing.runFrom(exit))
      if (running.length >= together.concurrency) break
    }
    await Promise.all(running)
  }
  return closing.outcome()
}

/** Checks how many may be closed at the same time. */
export function checkConcurrency(given: unknown): number {
  if (given === Infinity || (Number.isInteger(given) && (given as number) >= 1)) return given as number
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`concurrency\` is ${describe(given)}. Give a whole number of at least 1, or Infinity.`,
  )
}

class ClosingTogether {
  readonly #exits: Exits
  readonly #told: Outcome
  readonly #shield = shieldFor(currentFrame())
  readonly #errors: unknown[] = []
  /** Whether every failure so far came from an exit that had been told the outcome. */
  #allTold = true
  /** Whether an exit has swallowed or replaced the failure that all were told. */
  #dealtWith: Outcome | undefined

  constructor(exits: Exits, told: Outcome) {
    this.#exits = exits
    this.#told = told
  }

  /** Runs an exit, and then what is left, one after another. */
  async runFrom(first: Exit | BareCallback): Promise<void> {
    for (let exit: Exit | BareCallback | undefined = first; exit !== undefined; exit = this.#exits.pop()) {
      await this.#run(asExit(exit))
    }
  }

  async #run(exit: Exit): Promise<void> {
    const run = (): unknown => exit.run(this.#told)
    try {
      let answer = this.#shield === undefined ? run() : runInFrame(this.#shield, run)
      if (exit.mayWait) answer = await answer
      else if (isThenable(answer)) ignorePromise(answer)
      const after = exit.told ? afterAnswer(this.#told, answer) : this.#told
      if (after === this.#told) return
      if (after.status === 'failed') this.#errors.push(after.error)
      this.#dealtWith = completed
      if (after.status === 'completed') this.#dealtWith = after
    } catch (error) {
      if (this.#told.status === 'failed' && error === this.#told.error) return // not swallowed, no failure of its own
      this.#errors.push(error)
      this.#allTold &&= exit.told
    }
  }

  outcome(): Outcome {
    const before = this.#dealtWith ?? this.#told
    if (this.#errors.length === 0) return before
    const single = this.#errors.length === 1
    const error = single ? this.#errors[0] : new ErrorGroup(this.#errors, 'several members failed to close')
    return afterThrow(before, error, this.#allTold)
  }
}
