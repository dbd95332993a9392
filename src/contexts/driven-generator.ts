/**
 * What both kinds of generator manager share: they are entered once, drive steps, and keep the frame in which the
 * generator runs. Its steps and its exit run in the frame of its enter plus what it has entered, never in that of
 * whoever happens to exit it (rule A).
 */
import { ContractError, StateError } from '../errors/index.ts'
import { currentFrame, isShieldOf, runInFrame, shieldFor } from '../frame.ts'
import type { Frame } from '../frame.ts'
import type { Covering, Entered } from './entering.ts'
import { ownFrame, ownFrameIfWatching } from './own-frame.ts'

/** What generator managers have in common. */
export abstract class DrivenGenerator {
  readonly name: string
  /** What the generator's steps have entered, if there were any. */
  protected steps: Entered[] | undefined
  #state: 'new' | 'entered' | 'exited' = 'new'
  #coverings: Covering[] | undefined
  #frame: Frame | undefined

  constructor(name: string) {
    this.name = name
  }

  /** To be called first by enter. */
  protected begin(): void {
    if (this.#state !== 'new') {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `The manager ${this.name} has already been entered. It is entered once: call ${this.name} again for a fresh one.`,
      )
    }
    this.#state = 'entered'
    this.#frame = ownFrameIfWatching(currentFrame(), this)
  }

  /** To be called first by exit; says whether there is still something to exit. */
  protected end(): boolean {
    if (this.#state === 'new') {
      throw new StateError('WITHAL_NOT_ENTERED', `The manager ${this.name} was exited before it was entered.`)
    }
    const first = this.#state === 'entered'
    this.#state = 'exited'
    return first
  }

  /** Takes what a step has entered: what follows runs inside it. */
  protected push(entered: Entered): void {
    ;(this.steps ??= []).push(entered)
    const covering = entered.covering()
    if (covering !== undefined) (this.#coverings ??= []).push(covering)
  }

  /** Whether the running code is where the generator belongs, so that its parts can just be called. */
  protected get isInside(): boolean {
    return this.#coverings === undefined && currentFrame() === this.#frame
  }

  /** Runs a part of the generator where it belongs. */
  protected inside<R>(work: () => R): R {
    return runInFrame(this.#frame, this.#coverings === undefined ? work : () => this.#cover(work))
  }

  /**
   * The same on the way out: shielded in the innermost frame, where there is a scope to be shielded from; and where there
   * is a frame, in one of its own.
   */
  protected insideShielded<R>(work: () => R): R {
    return this.inside(() => {
      const frame = currentFrame()
      return frame === undefined ? work() : runInFrame(ownFrame(shieldFor(frame) ?? frame, this), work)
    })
  }

  /** Whether the generator's exit belongs into a frame that is just the shield of that of its enter. */
  protected isJustShieldedBy(frame: Frame | undefined): boolean {
    return this.#coverings === undefined && isShieldOf(frame, this.#frame)
  }

  /** Runs the body, and the managers after this one, inside all that the steps have entered. */
  get '~around'(): (<R>(body: () => R) => R) | undefined {
    return this.#coverings === undefined ? undefined : (body) => this.#cover(body)
  }

  #cover<R>(work: () => R): R {
    const inner = (this.#coverings ?? []).reduceRight<() => R>(
      (next, covering) => () => covering['~around'](next),
      work,
    )
    return inner()
  }

  /** The generator ended before it gave a value; a failure that a step has swallowed meanwhile is named. */
  protected noYield(cause?: { readonly cause: unknown }): ContractError {
    return new ContractError(
      'WITHAL_NO_YIELD',
      `The generator ${this.name} ended without a \`yield\`, so there is no value for the body. A generator manager yields once.`,
      cause,
    )
  }

  /** The generator went on to another `yield` when it should have ended. */
  protected secondYield(): ContractError {
    return new ContractError(
      'WITHAL_SECOND_YIELD',
      `The generator ${this.name} did not stop: it yielded again when its body had ended, and was closed. A generator manager yields once.`,
    )
  }

  /** The generator answered the body's error with another `yield`. */
  protected yieldAfterThrow(error: unknown): ContractError {
    return new ContractError(
      'WITHAL_YIELD_AFTER_THROW',
      `The generator ${this.name} did not stop after the body's error was thrown at its \`yield\`: it yielded again, and was closed.`,
      { cause: error },
    )
  }
}
