/** Waiting for time to pass, and for others to have their turn. */
import { checkDuration, currentClock } from '../clock.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { refuse, throwIfCancelled, wait } from './waiting.ts'
import type { WaitOptions } from './waiting.ts'

/**
 * Waits so many milliseconds. It keeps the process alive.
 *
 * @param duration  Milliseconds. Zero or less: other work has a turn; `Infinity`: until it is cancelled.
 * @throws Cancelled   The surrounding scope was cancelled. The timer is gone.
 * @throws UsageError  Not a number.
 * @example
 * await sleep(10)
 */
export function sleep(duration: number, options?: WaitOptions): Promise<void> {
  checkDuration(duration, 'duration')
  const clock = currentClock()
  return wait<void>((settle) => clock.setTimer(Math.max(0, duration), () => settle.done()), options)
}

/**
 * Looks whether the surrounding scope has been cancelled, and lets other work run: one turn of microtasks, or with
 * `{ macrotask: true }` timers and I/O, too. For long loops that wait for nothing.
 *
 * @throws Cancelled  The surrounding scope is cancelled.
 */
export async function checkpoint(options: { readonly macrotask?: boolean | undefined } = {}): Promise<void> {
  const scope = scopeOf(currentFrame())
  if (scope?.cancelled !== undefined) return refuse(scope, scope.cancelled)
  if (options.macrotask !== true) return
  await sleep(0)
  throwIfCancelled()
}
