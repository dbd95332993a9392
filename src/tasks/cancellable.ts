/** Leaving a promise behind on purpose. */
import { reportLateError } from '../errors/index.ts'
import { wait } from './waiting.ts'
import type { WaitOptions } from './waiting.ts'

/** What {@link cancellable} takes. */
export interface CancellableOptions<T> extends WaitOptions {
  /** Is given what comes after the wait was cancelled, to release it. */
  readonly onLate?: ((value: T) => unknown) | undefined
}

/**
 * Waits for a promise until the surrounding scope is cancelled. A promise cannot be interrupted, so it is then left
 * behind: what it gives goes to `onLate`, what it fails with to `onLateError`, once.
 *
 * @throws Cancelled  The surrounding scope was cancelled before the promise settled.
 * @example
 * await cancellable(Promise.resolve('in time')) // => 'in time'
 */
export function cancellable<T>(promise: PromiseLike<T>, options: CancellableOptions<T> = {}): Promise<T> {
  let settle: { done: (value: T) => void; fail: (error: unknown) => void } = late(options)
  promise.then(
    (value) => settle.done(value),
    (error: unknown) => settle.fail(error),
  )
  return wait<T>((waiting) => {
    settle = waiting
    return () => {
      settle = late(options)
    }
  }, options)
}

function late<T>({ onLate }: CancellableOptions<T>): { done: (value: T) => void; fail: (error: unknown) => void } {
  const fail = (error: unknown): void => reportLateError(error, { source: 'cancellable' })
  const release = async (value: T): Promise<void> => void (await onLate?.(value))
  return { done: (value) => void release(value).catch(fail), fail }
}
