/** A manager made of an asynchronous generator. */
import { combine } from '../errors/index.ts'
import { DrivenGenerator } from './driven-generator.ts'
import { enterFully } from './enter-fully.ts'
import type { Entered } from './entering.ts'
import { limited } from './exit-limit.ts'
import { unwind } from './exits.ts'
import { afterThrow, answerFor, completed, failed } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import type { AsyncContextManager, ExitAnswer } from './protocol.ts'
import { isStep } from './step.ts'
import { mostYieldsWhileClosing } from './sync-generator-manager.ts'

type Result = IteratorResult<unknown, unknown>

/** A manager made of an asynchronous generator. */
export class AsyncGeneratorManager implements AsyncContextManager<unknown, boolean> {
  readonly #generator: AsyncGenerator<unknown, unknown, unknown>
  readonly #driven: DrivenGenerator
  readonly #exitTimeout: number | undefined
  #inGenerator = false
  #entering: Promise<unknown> | undefined
  #exiting: Promise<ExitAnswer<true>> | undefined

  constructor(generator: AsyncGenerator<unknown, unknown, unknown>, name: string, exitTimeout: number | undefined) {
    this.#generator = generator
    this.#driven = new DrivenGenerator(name)
    this.#exitTimeout = exitTimeout
  }

  get name(): string {
    return this.#driven.name
  }

  async '~enterAsync'(): Promise<unknown> {
    this.#driven.begin()
    const entering = this.#enter()
    this.#entering = entering
    try {
      return await entering
    } finally {
      this.#entering = undefined
    }
  }

  '~exitAsync'(outcome: Outcome): Promise<ExitAnswer<true>> {
    if (this.#inGenerator) return Promise.reject(this.#driven.closedWhileRunning())
    this.#exiting ??= this.#exit(outcome)
    return this.#exiting
  }

  get '~around'(): (<R>(body: () => R) => R) | undefined {
    return this.#driven.covers ? (body) => this.#driven.cover(body) : undefined
  }

  async #enter(): Promise<unknown> {
    let result: Result
    try {
      result = await this.#driven.inside(() => this.#resume(() => this.#generator.next()))
      while (result.done !== true && isStep(result.value)) result = await this.#take(result.value['~step'])
    } catch (error) {
      throw await this.#undo(error)
    }
    if (result.done === true) throw await this.#undo(this.#driven.noYield())
    return result.value
  }

  /** Calls the generator; what it does before its first `await` must not wait for its own end. */
  #resume(step: () => Promise<Result>): Promise<Result> {
    this.#inGenerator = true
    try {
      return step()
    } finally {
      this.#inGenerator = false
    }
  }

  /** Enters what a step asks for; a failure of that is thrown at the step. */
  async #take(manager: unknown): Promise<Result> {
    let entered: Entered
    try {
      entered = await this.#driven.inside(() => enterFully(manager, '`yield* within(…)`'))
    } catch (error) {
      return this.#driven.inside(() => this.#resume(() => this.#generator.throw(error)))
    }
    this.#driven.push(entered)
    return this.#driven.inside(() => this.#resume(() => this.#generator.next(entered.value)))
  }

  /** Enter has failed: what the steps had entered is exited. The failure cannot be swallowed, as there is no value. */
  async #undo(error: unknown): Promise<unknown> {
    this.#driven.end()
    const final = await this.#driven.insideShielded(() => unwind(this.#driven.steps, failed(error), false))
    return final.status === 'failed' ? final.error : this.#driven.noYield({ cause: error })
  }

  async #exit(outcome: Outcome): Promise<ExitAnswer<true>> {
    if (this.#entering !== undefined) await this.#entering.catch(() => {}) // who entered has its failure
    if (!this.#driven.end()) return undefined
    let final = await this.#finish(outcome)
    if (this.#driven.steps.length > 0) {
      final = await this.#driven.insideShielded(() => unwind(this.#driven.steps, final, false))
    }
    return answerFor(outcome, final)
  }

  /** Lets the generator end; gives the outcome as it then stands. */
  async #finish(outcome: Outcome): Promise<Outcome> {
    const generator = this.#generator
    try {
      if (outcome.status === 'failed') {
        const result = await this.#leave(() => generator.throw(outcome.error))
        if (result.done !== true) return failed(await this.#close(this.#driven.yieldAfterThrow(outcome.error)))
        return result.value === true ? completed : outcome
      }
      const result = await this.#leave(() =>
        outcome.status === 'completed' ? generator.next() : generator.return(undefined),
      )
      return result.done === true ? outcome : failed(await this.#close(this.#driven.secondYield()))
    } catch (error) {
      return afterThrow(outcome, error, true)
    }
  }

  /** Runs the generator's own code on the way out, which its limit bounds. */
  #leave(step: () => Promise<Result>): Promise<Result> {
    const limit = this.#exitTimeout
    const resume = (): Promise<Result> => this.#resume(step)
    if (limit === undefined) return this.#driven.insideShielded(resume)
    return this.#driven.insideShielded(() => limited(this, limit, resume) as Promise<Result>) // `resume` gives a promise
  }

  /** Closes a generator that yielded where it should have ended, so that its `finally` blocks run. */
  async #close(misuse: unknown): Promise<unknown> {
    for (let attempts = 0; attempts < mostYieldsWhileClosing; attempts++) {
      try {
        const result = await this.#leave(() => this.#generator.return(undefined))
        if (result.done === true) return misuse
      } catch (error) {
        return combine(error, misuse, false)
      }
    }
    return misuse
  }
}
