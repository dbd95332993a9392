/**
 * What has been entered or registered and has to be exited, and the one loop that does it: last in, first out, every
 * one of them whatever the others do, each told the outcome as it stands at its turn. Exits that may wait run in a
 * shield, so that cleanup is not cancelled by what made it necessary (rule H).
 */
import { reportLateError } from '../errors/index.ts'
import { currentFrame, enterFrame, runInFrame, shieldFor } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { afterAnswer, afterThrow } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import type { ContextManager } from './protocol.ts'

/** Something that has to be exited. */
export interface Exit {
  /** Whether it is told the outcome, and so may translate or swallow a failure. Disposers and callbacks are not. */
  readonly told: boolean
  /** Whether its answer is waited for. */
  readonly mayWait: boolean
  run(outcome: Outcome): unknown
  /** Whether it belongs to the block it was entered in. */
  isFixed?(): boolean
  /** Whether the outcome makes a difference to it: an exit that takes no argument does not look at it. */
  wantsWord?(): boolean
}

/** The commonest registration, a callback without arguments, is kept as the bare function: an object costs as much as its call. */
export type BareCallback = () => unknown

/** Where the exits come from, last one first; more may be added while they run. */
export interface Exits {
  pop(): Exit | BareCallback | undefined
}

/** The same as an {@link Exit}. */
export function asExit(exit: Exit | BareCallback): Exit {
  return typeof exit === 'function' ? { told: false, mayWait: true, run: () => exit() } : exit
}

/** Tells whether something has a `then`, the language's own test. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/** Exits one synchronous manager. */
export function exitSync(manager: ContextManager<unknown, boolean>, outcome: Outcome): Outcome {
  try {
    const answer: unknown = manager['~exit'](outcome)
    if (answer === undefined) return outcome
    if (!isThenable(answer)) return afterAnswer(outcome, answer)
    ignorePromise(answer)
    return outcome
  } catch (error) {
    return afterThrow(outcome, error, true)
  }
}

/** Exits all, without waiting for any. */
export function unwindSync(exits: Exits, outcome: Outcome): Outcome {
  let now = outcome
  for (let popped = exits.pop(); popped !== undefined; popped = exits.pop()) {
    const exit = asExit(popped)
    try {
      const answer = exit.run(now)
      if (isThenable(answer)) ignorePromise(answer)
      else if (exit.told) now = afterAnswer(now, answer)
    } catch (error) {
      now = afterThrow(now, error, exit.told)
    }
  }
  return now
}

/**
 * Exits all, one after another. Gives the outcome at once when nothing had to be waited for.
 *
 * @param ownTurn  Whether the caller has awaited something of its own in the running function.
 */
export function unwind(exits: Exits, outcome: Outcome, ownTurn: boolean): Outcome | Promise<Outcome> {
  return unwindThen(exits, outcome, ownTurn, asItIs)
}

function asItIs(final: Outcome): Outcome {
  return final
}

/** The same for who has something to make of the outcome, and would wait a turn more for that. */
export function unwindThen<R>(
  exits: Exits,
  outcome: Outcome,
  ownTurn: boolean,
  conclude: (final: Outcome) => R,
): R | Promise<R> {
  const frame = currentFrame()
  let shield: Frame | undefined
  let now = outcome
  for (let popped = exits.pop(); popped !== undefined; popped = exits.pop()) {
    const exit = asExit(popped)
    try {
      if (exit.mayWait) shield ??= shieldFor(frame)
      const answer =
        exit.mayWait && shield !== undefined ? inShield(shield, ownTurn, () => exit.run(now)) : exit.run(now)
      if (isThenable(answer)) {
        if (exit.mayWait) return unwindWaiting(answer, exit.told, exits, now, shield, conclude)
        ignorePromise(answer)
      } else if (exit.told) now = afterAnswer(now, answer)
    } catch (error) {
      now = afterThrow(now, error, exit.told)
    }
  }
  return conclude(now)
}

/** Goes on after the first exit that has to be waited for. */
async function unwindWaiting<R>(
  pending: PromiseLike<unknown>,
  pendingTold: boolean,
  exits: Exits,
  outcome: Outcome,
  shield: Frame | undefined,
  conclude: (final: Outcome) => R,
): Promise<R> {
  let now = outcome
  try {
    const answer = await pending
    if (pendingTold) now = afterAnswer(now, answer)
  } catch (error) {
    now = afterThrow(now, error, pendingTold)
  }
  for (let exit = exits.pop(); exit !== undefined; exit = exits.pop()) {
    try {
      if (shield !== undefined) enterFrame(shield)
      if (typeof exit === 'function') await exit()
      else {
        let answer = exit.run(now)
        if (exit.mayWait) answer = await answer
        else if (isThenable(answer)) ignorePromise(answer)
        if (exit.told) now = afterAnswer(now, answer)
      }
    } catch (error) {
      now = afterThrow(now, error, typeof exit !== 'function' && exit.told)
    }
  }
  return conclude(now)
}

/** Runs an exit in a shield, by the cheaper way where the job is the caller's own (fact JF-25). */
export function inShield(shield: Frame, ownTurn: boolean, exit: () => unknown): unknown {
  if (!ownTurn) return runInFrame(shield, exit)
  enterFrame(shield)
  return exit()
}

/** A promise returned where nothing waits (decision D-16): not awaited, as natively, but its failure is not lost. */
export function ignorePromise(promise: PromiseLike<unknown>): void {
  if (!(promise instanceof Promise)) return // another thenable may begin its work only when asked
  promise.catch((error: unknown) => {
    reportLateError(error, { source: 'a synchronous exit that returned a promise' })
  })
}
