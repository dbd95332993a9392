/** A manager made of a synchronous generator. */
import { combine } from '../errors/index.ts'
import { DrivenGenerator } from './driven-generator.ts'
import { enterSync } from './entering.ts'
import { unwindSync } from './exits.ts'
import { afterThrow, answerFor, completed, failed } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import type { ContextManager, ExitAnswer } from './protocol.ts'
import { isStep } from './step.ts'

type Result = IteratorResult<unknown, unknown>

/** A manager made of a synchronous generator. */
export class SyncGeneratorManager implements ContextManager<unknown, boolean> {
  readonly #generator: Generator<unknown, unknown, unknown>
  readonly #driven: DrivenGenerator
  #running = false

  constructor(generator: Generator<unknown, unknown, unknown>, name: string) {
    this.#generator = generator
    this.#driven = new DrivenGenerator(name)
  }

  get name(): string {
    return this.#driven.name
  }

  '~enter'(): unknown {
    const driven = this.#driven
    driven.begin()
    let result: Result
    try {
      result = this.#resume(() => this.#generator.next())
      while (result.done !== true && isStep(result.value)) result = this.#take(result.value['~step'])
    } catch (error) {
      throw this.#undo(error)
    }
    if (result.done === true) throw this.#undo(driven.noYield())
    return result.value
  }

  '~exit'(outcome: Outcome): ExitAnswer<true> {
    if (this.#running) throw this.#driven.closedWhileRunning()
    if (!this.#driven.end()) return undefined
    const ended = this.#finish(outcome)
    const final =
      this.#driven.steps.length === 0 ? ended : this.#driven.inside(() => unwindSync(this.#driven.steps, ended))
    return answerFor(outcome, final)
  }

  get '~around'(): (<R>(body: () => R) => R) | undefined {
    return this.#driven.covers ? (body) => this.#driven.cover(body) : undefined
  }

  #resume(step: () => Result): Result {
    this.#running = true
    try {
      return this.#driven.inside(step)
    } finally {
      this.#running = false
    }
  }

  /** Enters what a step asks for; a failure of that is thrown at the step. */
  #take(manager: unknown): Result {
    try {
      this.#driven.push(this.#driven.inside(() => enterSync(manager, '`yield* within(…)` in `function*`')))
    } catch (error) {
      return this.#resume(() => this.#generator.throw(error))
    }
    const { value } = this.#driven.steps.at(-1)!
    return this.#resume(() => this.#generator.next(value))
  }

  /** Enter has failed: what the steps had entered is exited. The failure cannot be swallowed, as there is no value. */
  #undo(error: unknown): unknown {
    this.#driven.end()
    const final = this.#driven.inside(() => unwindSync(this.#driven.steps, failed(error)))
    return final.status === 'failed' ? final.error : this.#driven.noYield({ cause: error })
  }

  /** Lets the generator end; gives the outcome as it then stands. */
  #finish(outcome: Outcome): Outcome {
    const generator = this.#generator
    try {
      if (outcome.status === 'failed') {
        const result = this.#resume(() => generator.throw(outcome.error))
        if (result.done !== true) return failed(this.#close(this.#driven.yieldAfterThrow(outcome.error)))
        return result.value === true ? completed : outcome
      }
      const result = this.#resume(() =>
        outcome.status === 'completed' ? generator.next() : generator.return(undefined),
      )
      return result.done === true ? outcome : failed(this.#close(this.#driven.secondYield()))
    } catch (error) {
      return afterThrow(outcome, error, true)
    }
  }

  /** Closes a generator that yielded where it should have ended, so that its `finally` blocks run. */
  #close(misuse: unknown): unknown {
    for (let attempts = 0; attempts < mostYieldsWhileClosing; attempts++) {
      try {
        if (this.#resume(() => this.#generator.return(undefined)).done === true) return misuse
      } catch (error) {
        return combine(error, misuse, false)
      }
    }
    return misuse
  }
}

/** A generator may yield in each of its `finally` blocks; one that never ends is given up. */
export const mostYieldsWhileClosing = 100
