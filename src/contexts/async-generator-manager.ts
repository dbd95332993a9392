/** A manager made of an asynchronous generator. */
import { combine } from '../errors/index.ts'
import { currentFrame, enterFrame, shieldFor } from '../frame.ts'
import { DrivenGenerator } from './driven-generator.ts'
import { enterFully } from './enter-fully.ts'
import type { Entered } from './entering.ts'
import { limited } from './exit-limit.ts'
import { unwind } from './exits.ts'
import { afterThrow, answerFor, failed, recovered } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import type { AsyncContextManager, ExitAnswer } from './protocol.ts'
import { closedWhileRunning, callerOf, ownFrame } from './own-frame.ts'
import { isStep } from './step.ts'
import { mostYieldsWhileClosing } from './sync-generator-manager.ts'

type Result = IteratorResult<unknown, unknown>
type How = 'next' | 'throw' | 'return'

/** A manager made of an asynchronous generator. */
export class AsyncGeneratorManager extends DrivenGenerator implements AsyncContextManager<unknown, boolean> {
  readonly #generator: AsyncGenerator<unknown, unknown, unknown>
  readonly #exitTimeout: number | undefined
  /** Whether it is being called: until it awaits something, whoever exits it is itself. */
  #isCalled = false
  /** Whether it has been resumed, and has neither yielded its value nor ended. */
  #isRunning = false
  /** Where `within` has begun to exit it: what it was told, and what that gives. */
  #told: Outcome | undefined
  #ending: Promise<Result> | undefined
  #entering: Promise<unknown> | undefined
  #exiting: Promise<ExitAnswer<true>> | undefined

  constructor(generator: AsyncGenerator<unknown, unknown, unknown>, name: string, exitTimeout: number | undefined) {
    super(name)
    this.#generator = generator
    this.#exitTimeout = exitTimeout
  }

  async '~enterAsync'(): Promise<unknown> {
    const entering = this.#enter()
    this.#entering = entering
    try {
      return await entering
    } finally {
      this.#entering = undefined
    }
  }

  '~exitAsync'(outcome: Outcome): Promise<ExitAnswer<true>> {
    if (this.#isCalled || (this.#isRunning && callerOf(this) !== undefined))
      return Promise.reject(closedWhileRunning(this))
    this.#exiting ??= this.#exit(outcome)
    return this.#exiting
  }

  /**
   * The parts of entering, for `within`, which waits for the generator itself: each promise between would be a turn.
   * Who begins gives the result to `hasValue`, and where that says no, to `finishEntering`; a rejection to `abandon`.
   */
  beginEntering(): Promise<Result> {
    this.begin()
    return this.#resume('next', undefined)
  }

  /** Whether the generator has yielded its value at once. */
  hasValue(result: Result): boolean {
    if (result.done === true || isStep(result.value)) return false
    this.#isRunning = false
    return true
  }

  /** Drives the steps up to the value. */
  async finishEntering(first: Result): Promise<unknown> {
    let result = first
    try {
      while (result.done !== true && isStep(result.value)) result = await this.#take(result.value['~step'])
    } catch (error) {
      throw await this.#undo(error)
    }
    if (result.done === true) throw await this.#undo(this.noYield())
    this.#isRunning = false
    return result.value
  }

  /** The generator failed before it yielded anything. */
  abandon(): void {
    this.end()
  }

  /**
   * The same for exiting: lets the generator go on, where there is nothing else to exit; else gives `undefined`, and
   * `~exitAsync` does it. The result goes to `outcomeAfter`. The caller has awaited something of its own: the rest of its
   * job is the exit's.
   */
  beginExiting(outcome: Outcome): Promise<Result> | undefined {
    const frame = currentFrame()
    const shield = shieldFor(frame)
    const isSimple = this.steps === undefined && this.#exitTimeout === undefined
    if (!isSimple || !this.isJustShieldedBy(shield ?? frame)) {
      if (shield !== undefined) enterFrame(shield)
      return undefined
    }
    if (frame !== undefined) enterFrame(ownFrame(shield ?? frame, this))
    this.end()
    const how = outcome.status === 'completed' ? 'next' : outcome.status === 'failed' ? 'throw' : 'return'
    this.#told = outcome
    this.#ending = this.#call(how, outcome.status === 'failed' ? outcome.error : undefined)
    return this.#ending
  }

  /** The outcome when the generator has gone on; a promise where it did not end, and has to be closed. */
  outcomeAfter(outcome: Outcome, result: Result): Outcome | Promise<Outcome> {
    if (result.done === true) {
      this.#isRunning = this.steps !== undefined // then their exits still belong to it
      return outcome.status === 'failed' && result.value === true ? recovered : outcome
    }
    const misuse = outcome.status === 'failed' ? this.yieldAfterThrow(outcome.error) : this.secondYield()
    return this.#close(misuse).then(failed)
  }

  async #enter(): Promise<unknown> {
    const beginning = this.beginEntering()
    let result: Result
    try {
      result = await beginning
    } catch (error) {
      this.abandon()
      throw error
    }
    return await this.finishEntering(result)
  }

  /** Calls the generator. */
  #call(how: How, value: unknown): Promise<Result> {
    this.#isCalled = this.#isRunning = true
    try {
      if (how === 'next') return this.#generator.next(value)
      return how === 'throw' ? this.#generator.throw(value) : this.#generator.return(value)
    } finally {
      this.#isCalled = false
    }
  }

  #resume(how: How, value: unknown): Promise<Result> {
    return this.isInside ? this.#call(how, value) : this.inside(() => this.#call(how, value))
  }

  /** Enters what a step asks for; a failure of that is thrown at the step. */
  async #take(manager: unknown): Promise<Result> {
    let entered: Entered
    try {
      entered = await this.inside(() => enterFully(manager, '`yield* within(…)`'))
    } catch (error) {
      return await this.#resume('throw', error)
    }
    this.push(entered)
    return await this.#resume('next', entered.value)
  }

  /** Enter has failed: what the steps had entered is exited. The failure cannot be swallowed, as there is no value. */
  async #undo(error: unknown): Promise<unknown> {
    this.end()
    const final = await this.insideShielded(() => unwind(this.steps ?? [], failed(error), false))
    return final.status === 'failed' ? final.error : this.noYield({ cause: error })
  }

  async #exit(outcome: Outcome): Promise<ExitAnswer<true>> {
    if (this.#entering !== undefined) await this.#entering.catch(() => {}) // who entered has its failure
    if (!this.end() && this.#ending === undefined) return undefined
    const { steps } = this
    const told = this.#told ?? outcome
    const ended = await this.#finish(told)
    const final = steps === undefined ? ended : await this.insideShielded(() => unwind(steps, ended, false))
    this.#isRunning = false
    return answerFor(told, final)
  }

  /** Lets the generator end; gives the outcome as it then stands. */
  async #finish(outcome: Outcome): Promise<Outcome> {
    try {
      const how = outcome.status === 'completed' ? 'next' : outcome.status === 'failed' ? 'throw' : 'return'
      const leave = (): Promise<Result> => this.#leave(how, outcome.status === 'failed' ? outcome.error : undefined)
      const result = await (this.#ending ?? leave())
      return await this.outcomeAfter(outcome, result)
    } catch (error) {
      return afterThrow(outcome, error, true)
    }
  }

  /** Runs the generator's own code on the way out, which its limit bounds. */
  #leave(how: How, value: unknown): Promise<Result> {
    const limit = this.#exitTimeout
    const resume = (): Promise<Result> => this.#call(how, value)
    if (limit === undefined) return this.insideShielded(resume)
    return this.insideShielded(() => limited(this, limit, resume) as Promise<Result>) // `resume` gives a promise
  }

  /** Closes a generator that yielded where it should have ended, so that its `finally` blocks run. */
  async #close(misuse: unknown): Promise<unknown> {
    for (let attempts = 0; attempts < mostYieldsWhileClosing; attempts++) {
      try {
        const result = await this.#leave('return', undefined)
        if (result.done === true) return misuse
      } catch (error) {
        return combine(error, misuse, false)
      }
    }
    return misuse
  }
}
