/**
 * How a body ended, as its managers are told, and how each exit changes it. Presence tells, never truthiness: after
 * `throw undefined` the outcome is a failure whose error is `undefined`.
 */
import { combine } from '../errors/index.ts'

/** How a body ended. `unknown`: the block was left by `using`, which tells nobody how. */
export type Outcome =
  | { readonly status: 'completed' }
  | { readonly status: 'failed'; readonly error: unknown }
  | { readonly status: 'unknown' }

/** The body came to its end. */
export const completed: Outcome = Object.freeze({ status: 'completed' })

/** The body failed, and an exit has swallowed that: completed, without a value. */
export const recovered: Outcome = Object.freeze({ status: 'completed' })

/** Nobody knows how the body ended. */
export const unknown: Outcome = Object.freeze({ status: 'unknown' })

/** The body threw. */
export function failed(error: unknown): Outcome & { readonly status: 'failed' } {
  return { status: 'failed', error }
}

/** What {@link replace} gives. */
export interface Replacement {
  readonly '~replace': true
  readonly error: unknown
}

/**
 * Answered by an exit that has dealt with the failure: the given error is thrown in its place, bare, and the one the
 * exit was told is dropped on purpose. (An exit that throws adds to what it was told; nothing is dropped.)
 *
 * @example
 * const translated = { '~enter': () => {}, '~exit': (outcome: Outcome) => outcome.status === 'failed' ? replace(new RangeError('no such row')) : undefined }
 * withinSync(translated, () => { throw new Error('23505') }) // => throws RangeError
 */
export function replace(error: unknown): Replacement {
  return { '~replace': true, error }
}

function isReplacement(answer: unknown): answer is Replacement {
  return typeof answer === 'object' && answer !== null && (answer as Partial<Replacement>)['~replace'] === true
}

/** The outcome after an exit has answered. */
export function afterAnswer(outcome: Outcome, answer: unknown): Outcome {
  if (answer === undefined) return outcome
  if (answer === true) return outcome.status === 'failed' ? recovered : outcome
  return isReplacement(answer) ? failed(answer.error) : outcome
}

/** The outcome after an exit has thrown. `told`: the exit had been told the outcome. */
export function afterThrow(outcome: Outcome, error: unknown, told: boolean): Outcome {
  return failed(outcome.status === 'failed' ? combine(error, outcome.error, told) : error)
}

/**
 * What something that is itself made of exits answers to its own exit: what it was told, and what has come of it.
 * All merging of errors has been done by then, so a changed failure is given as a replacement.
 */
export function answerFor(told: Outcome, final: Outcome): true | undefined | Replacement {
  if (final.status !== 'failed') return told.status === 'failed' ? true : undefined
  if (told.status === 'failed' && told.error === final.error) return undefined
  return replace(final.error)
}

/**
 * The same for whoever asks while it is being exited already, or later: a failure that the exits were not told of is
 * neither swallowed nor replaced by what has come of theirs, but joined with it.
 */
export function answerForLater(outcome: Outcome, told: Outcome, final: Outcome): true | undefined | Replacement {
  const answer = answerFor(told, final)
  if (outcome.status !== 'failed' || (told.status === 'failed' && told.error === outcome.error)) return answer
  if (typeof answer === 'object') throw answer.error
  return undefined
}

/** What the caller of a callback form gets: the failure, or the body's value, or nothing when a failure was swallowed. */
export function concluded(outcome: Outcome, result: unknown): unknown {
  if (outcome.status === 'failed') throw outcome.error
  return outcome === completed ? result : undefined
}

/** Throws the failure that has come of unwinding, unless it is the one that was told: that is thrown by the block. */
export function throwNew(told: Outcome, final: Outcome): void {
  const answer = answerFor(told, final)
  if (typeof answer === 'object') throw answer.error
}
