/** Leaving a promise behind on purpose. */
import { isAbortLike, reportLateError, UsageError } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { realPart } from './absorb.ts'
import { taskOf } from './task-of.ts'
import { wait } from './waiting.ts'
import type { Settle, WaitOptions } from './waiting.ts'

/** What {@link cancellable} takes. */
export interface CancellableOptions<T> extends WaitOptions {
  /** Is given what comes after the wait was cancelled, to release it. */
  readonly onLate?: ((value: T) => unknown) | undefined
}

/**
 * Waits for a promise until the surrounding scope is cancelled. A promise cannot be interrupted, so it is then left
 * behind: what it gives goes to `onLate`, what it fails with to `onLateError`, once, unless that is nothing but the
 * cancellation itself, or the failure of a task, which its group has.
 *
 * @throws Cancelled  The surrounding scope was cancelled before the promise settled.
 * @example
 * await cancellable(Promise.resolve('in time')) // => 'in time'
 */
export function cancellable<T>(promise: PromiseLike<T>, options: CancellableOptions<T> = {}): Promise<T> {
  if (typeof promise === 'function') throw notBegun()
  const leftBehind = late(options)
  let settle: Settle<T> = leftBehind
  // A thenable that is no promise may settle at once, before the wait has begun.
  Promise.resolve(promise).then(
    (value) => settle.done(value),
    (error: unknown) => settle.fail(error),
  )
  return wait<T>((waiting) => {
    settle = waiting
    return () => {
      settle = leftBehind
    }
  }, options)
}

function notBegun(): UsageError {
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    '`cancellable` got a function, which it would give back as it is. Give the promise: call the function.',
  )
}

function late<T>({ onLate, signal }: CancellableOptions<T>): Settle<T> {
  const scope = scopeOf(currentFrame())
  const report = (error: unknown): void => reportLateError(error, { source: 'cancellable' })
  const release = async (value: T): Promise<void> => void (await onLate?.(value))
  return {
    done: (value) => void release(value).catch(report),
    fail(error) {
      const real = realPart(scope, error)
      if (real === undefined || isReasonOf(signal, error)) return
      if (taskOf(real.error) === undefined) report(real.error) // else the task's group has it
    },
  }
}

/** Tells whether work that was given the same signal has ended by it. */
function isReasonOf(signal: AbortSignal | undefined, error: unknown): boolean {
  if (signal?.aborted !== true) return false
  return error === signal.reason || (isAbortLike(error) && (error as Error).cause === signal.reason)
}
