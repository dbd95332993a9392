/**
 * Promises and functions where a manager is expected. Waiting for a given promise is a checkpoint: when the scope around
 * is cancelled meanwhile, the promise is left behind, and what comes of it too late is released (rule L).
 */
import { isCancellation, reportLateError } from '../errors/index.ts'
import { currentFrame, runInFrame, scopeOf, shieldFor } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { exitOf } from './entering.ts'
import { isThenable, unwind } from './exits.ts'
import type { Exit } from './exits.ts'
import { unknown } from './outcome.ts'
import { isAsyncContextManager, isContextManager, isHandle } from './protocol.ts'

/** Tells whether a promise was given where a manager is expected; a manager that happens to have a `then` is no promise. */
export function isPromised(given: unknown): given is PromiseLike<unknown> {
  return isThenable(given) && !('~enterAsync' in given) && !('~enter' in given)
}

/** Tells whether a function was given that makes the manager from the values before it. */
export function isMaker(given: unknown): given is (...earlier: unknown[]) => unknown {
  return typeof given === 'function' && !('~enterAsync' in given) && !('~enter' in given)
}

/** Waits for a promised manager, or until the scope around is cancelled; what then comes too late is released. */
export function whenGiven(promised: PromiseLike<unknown>): PromiseLike<unknown> {
  const frame = currentFrame()
  return unlessCancelled(promised, {
    lateValue: (given) => void release(given, frame).then(undefined, reportRelease),
    lateError: (error) => reportLateError(error, { source: 'a promised manager that nobody waits for any more' }),
  })
}

/** Waits for a promise, or until the scope around is cancelled; then it is told what comes too late. */
export function unlessCancelled<T>(
  promise: PromiseLike<T>,
  late: { readonly lateValue: (value: T) => void; readonly lateError: (error: unknown) => void },
): PromiseLike<T> {
  const scope = scopeOf(currentFrame())
  if (scope === undefined) return promise
  return new Promise((resolve, reject) => {
    let left = false
    const leave = (cancelled: Error): void => {
      left = true
      reject(cancelled)
    }
    const stopListening = scope.listen(leave)
    promise.then(
      (value) => {
        stopListening()
        if (left) late.lateValue(value)
        else resolve(value)
      },
      (error: unknown) => {
        stopListening()
        if (!left) reject(error)
        else if (!isCancellation(error)) late.lateError(error) // else it is what its waiter has been told
      },
    )
    if (scope.cancelled !== undefined) leave(scope.cancelled)
  })
}

/** A promise that stands behind others may fail before its turn comes: that is seen to then, and not unhandled now. */
export function keepPromises(given: readonly unknown[]): void {
  for (const item of given) if (item instanceof Promise) item.catch(() => {})
}

/**
 * What was given to `within` and not reached, since something before it failed: handles and disposables hold something
 * already, so they are exited with the rest; promises are released when they come.
 */
export function takeUnreached(given: readonly unknown[]): Exit[] {
  const frame = shieldFor(currentFrame())
  const late = (error: unknown): void => reportLateError(error, { source: 'a promised manager that was not reached' })
  const exits: Exit[] = []
  for (const item of given) {
    if (isMaker(item)) continue
    if (isPromised(item))
      Promise.resolve(item)
        .then((manager) => release(manager, frame))
        .catch(late)
    else if (holdsSomething(item)) exits.push(...[exitOf(item, false)].filter((exit) => exit !== undefined))
  }
  return exits
}

function holdsSomething(given: unknown): boolean {
  return isHandle(given) || (!isContextManager(given) && !isAsyncContextManager(given))
}

/** A handle or a disposable that came too late is closed; a manager that was never entered holds nothing. */
async function release(given: unknown, frame: Frame | undefined): Promise<void> {
  const exit = holdsSomething(given) ? exitOf(given, false) : undefined
  if (exit === undefined) return
  const outcome = await runInFrame(frame, () => unwind([exit], unknown, false))
  if (outcome.status === 'failed') reportRelease(outcome.error)
}

function reportRelease(error: unknown): void {
  reportLateError(error, { source: 'the release of a promised manager that came too late' })
}
