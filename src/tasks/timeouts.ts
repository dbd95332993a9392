/** Limits of time for a block. Both cancel it at the deadline and wait until it has stopped. */
import { replace } from '../contexts/index.ts'
import type { ContextManager, ExitAnswer } from '../contexts/index.ts'
import { checkDuration } from '../clock.ts'
import { TimeoutError } from '../errors/index.ts'
import type { Cancelled } from '../errors/index.ts'
import { CancelScope } from './cancel-scope.ts'

/** What the body of a limited block gets: its scope, whose deadline can be read and moved. */
export type TimeoutScope = Pick<CancelScope, 'signal' | 'deadline' | 'expired' | 'cancelled' | 'caught' | 'shield'>

/** A limit that throws. It acts on a body, so it has no native form. */
export interface Timeout extends TimeoutScope, ContextManager<TimeoutScope> {
  readonly '~needsBody': true
}

/** A limit that just leaves. It acts on a body, so it has no native form. */
export interface MoveOn extends CancelScope {
  readonly '~needsBody': true
}

/**
 * Gives a block so many milliseconds from entering. Then it is cancelled, waited for, and a `TimeoutError` is thrown in
 * place of its `Cancelled`. If it returns a value all the same, that is the result; if it throws another error, that passes.
 *
 * @param duration  Milliseconds. Zero or less: it is cancelled from the start, and stops at its first wait. `Infinity`: no limit.
 * @throws TimeoutError  From `within`: the time was up.
 * @throws UsageError    Not a number.
 * @example
 * await within(timeout(10), () => sleep(60_000)) // => throws TimeoutError
 */
export function timeout(duration: number): Timeout {
  return timeoutScope(duration, false)
}

/** The same, as a shield from what is around it or not. */
export function timeoutScope(duration: number, shield: boolean): Timeout {
  checkDuration(duration, 'timeout')
  return new ThrowingScope({ timeout: duration, shield }) as unknown as Timeout // narrower: it throws what it absorbs
}

/** Like {@link timeout}, until a time as `now()` has it. */
export function timeoutAt(deadline: number): Timeout {
  checkDuration(deadline, 'deadline')
  return new ThrowingScope({ deadline }) as unknown as Timeout // as above
}

/**
 * Gives a block so many milliseconds from entering. Then it is cancelled, waited for, and left: the result is `undefined`
 * and the scope's `caught` is true.
 *
 * @param duration  Milliseconds. Zero or less: it is cancelled from the start, and stops at its first wait. `Infinity`: no limit.
 * @example
 * await within(moveOnAfter(10), () => sleep(60_000)) // => undefined
 */
export function moveOnAfter(duration: number): MoveOn {
  checkDuration(duration, 'moveOnAfter')
  return new LimitedScope({ timeout: duration })
}

/** Like {@link moveOnAfter}, until a time as `now()` has it. */
export function moveOnAt(deadline: number): MoveOn {
  checkDuration(deadline, 'moveOnAt')
  return new LimitedScope({ deadline })
}

/** They have no fields and no constructors of their own: each request may have one. */
class LimitedScope extends CancelScope implements MoveOn {
  get '~needsBody'(): true {
    return true
  }
}

class ThrowingScope extends LimitedScope {
  protected override absorb(cancelled: Cancelled): ExitAnswer<true> {
    if (cancelled.source !== 'deadline') return super.absorb(cancelled)
    const allowed = this.timeout ?? 0
    const text = this.timeout === undefined ? 'did not end before its deadline' : `took longer than its ${allowed} ms`
    return replace(
      new TimeoutError(`The block ${text}. It was cancelled and has stopped.`, allowed, { cause: cancelled }),
    )
  }
}
