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
 * `{ macrotask: true }` timers and I/O, too. For long loops that wait for nothing. With `{ shield: true }` it only lets
 * other work run, and does not look.
 *
 * @throws Cancelled  The surrounding scope is cancelled.
 */
export async function checkpoint(options: CheckpointOptions = {}): Promise<void> {
  const { macrotask = false, shield = false } = options
  const scope = scopeOf(currentFrame())
  if (!shield && scope?.cancelled !== undefined) return refuse(scope, scope.cancelled)
  if (!macrotask) return
  const clock = currentClock()
  await new Promise<void>((resolve) => {
    clock.setTimer(0, resolve)
  })
  if (!shield) throwIfCancelled()
}

/** What {@link checkpoint} takes. */
export interface CheckpointOptions {
  /** Whether timers and I/O have their turn, too. Default: false. */
  readonly macrotask?: boolean | undefined
  /** Whether cancellation is not looked at. Default: false. */
  readonly shield?: boolean | undefined
}
