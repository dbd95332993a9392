/** A manager made of a synchronous generator. */
import { combine } from '../errors/index.ts'
import { DrivenGenerator } from './driven-generator.ts'
import { enterSync } from './entering.ts'
import type { Entered } from './entering.ts'
import { unwindSync } from './exits.ts'
import { afterThrow, answerFor, completed, failed } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import type { ContextManager, ExitAnswer } from './protocol.ts'
import { closedWhileRunning } from './own-frame.ts'
import { isStep } from './step.ts'

type Result = IteratorResult<unknown, unknown>

/** A manager made of a synchronous generator. */
export class SyncGeneratorManager extends DrivenGenerator implements ContextManager<unknown, boolean> {
  readonly #generator: Generator<unknown, unknown, unknown>
  #running = false

  constructor(generator: Generator<unknown, unknown, unknown>, name: string) {
    super(name)
    this.#generator = generator
  }

  '~enter'(): unknown {
    this.begin()
    let result: Result
    try {
      result = this.#resume('next', undefined)
      while (result.done !== true && isStep(result.value)) result = this.#take(result.value['~step'])
    } catch (error) {
      throw this.#undo(error)
    }
    if (result.done === true) throw this.#undo(this.noYield())
    return result.value
  }

  '~exit'(outcome: Outcome): ExitAnswer<true> {
    if (this.#running) throw closedWhileRunning(this)
    if (!this.end()) return undefined
    const { steps } = this
    const ended = this.#finish(outcome)
    return answerFor(outcome, steps === undefined ? ended : this.inside(() => unwindSync(steps, ended)))
  }

  #resume(how: 'next' | 'throw' | 'return', value: unknown): Result {
    return this.isInside ? this.#call(how, value) : this.inside(() => this.#call(how, value))
  }

  #call(how: 'next' | 'throw' | 'return', value: unknown): Result {
    this.#running = true
    try {
      if (how === 'next') return this.#generator.next(value)
      return how === 'throw' ? this.#generator.throw(value) : this.#generator.return(value)
    } finally {
      this.#running = false
    }
  }

  /** Enters what a step asks for; a failure of that is thrown at the step. */
  #take(manager: unknown): Result {
    let entered: Entered
    try {
      entered = this.inside(() => enterSync(manager, '`yield* within(…)` in `function*`'))
    } catch (error) {
      return this.#resume('throw', error)
    }
    this.push(entered)
    return this.#resume('next', entered.value)
  }

  /** Enter has failed: what the steps had entered is exited. The failure cannot be swallowed, as there is no value. */
  #undo(error: unknown): unknown {
    this.end()
    const final = this.inside(() => unwindSync(this.steps ?? [], failed(error)))
    return final.status === 'failed' ? final.error : this.noYield({ cause: error })
  }

  /** Lets the generator end; gives the outcome as it then stands. */
  #finish(outcome: Outcome): Outcome {
    try {
      if (outcome.status === 'failed') {
        const result = this.#resume('throw', outcome.error)
        if (result.done !== true) return failed(this.#close(this.yieldAfterThrow(outcome.error)))
        return result.value === true ? completed : outcome
      }
      const result = this.#resume(outcome.status === 'completed' ? 'next' : 'return', undefined)
      return result.done === true ? outcome : failed(this.#close(this.secondYield()))
    } catch (error) {
      return afterThrow(outcome, error, true)
    }
  }

  /** Closes a generator that yielded where it should have ended, so that its `finally` blocks run. */
  #close(misuse: unknown): unknown {
    for (let attempts = 0; attempts < mostYieldsWhileClosing; attempts++) {
      try {
        if (this.#resume('return', undefined).done === true) return misuse
      } catch (error) {
        return combine(error, misuse, false)
      }
    }
    return misuse
  }
}

/** A generator may yield in each of its `finally` blocks; one that never ends is given up. */
export const mostYieldsWhileClosing = 100
