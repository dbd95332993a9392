/** Looking after tasks without owning them. */
import { checkDuration, currentClock } from '../clock.ts'
import { describe } from '../contexts/describe.ts'
import { UsageError } from '../errors/index.ts'
import { isTask } from './as-completed.ts'
import type { Task } from './task.ts'
import { wait as waitUntil } from './waiting.ts'

/** Which tasks have ended, and which not. */
export interface WaitResult<T> {
  readonly done: Set<Task<T>>
  readonly pending: Set<Task<T>>
}

/** What {@link wait} takes. */
export interface WaitForOptions {
  /** Until all have ended, the first has, or the first has failed (or all have ended). Default: `'all'`. */
  readonly until?: 'all' | 'first' | 'firstError' | undefined
  /** Milliseconds; then it gives what it has. Default: no limit. */
  readonly timeout?: number | undefined
}

/**
 * Waits for tasks and tells which have ended. Cancels nothing and throws none of their errors.
 *
 * @throws Cancelled   The surrounding scope was cancelled. The tasks go on.
 * @throws UsageError  No tasks, or an option that makes no sense.
 * @example
 * await within(new TaskGroup(), async (group) => {
 *   const fast = group.spawn(async () => 1)
 *   const { done } = await wait([fast])
 *   return done.has(fast)
 * }) // => true
 */
export async function wait<T>(tasks: Iterable<Task<T>>, options: WaitForOptions = {}): Promise<WaitResult<T>> {
  const { until = 'all', timeout = Infinity } = options
  const all = [...tasks]
  checkDuration(timeout, 'timeout')
  if (all.length === 0) throw new UsageError('WITHAL_INVALID_ARGUMENT', '`wait` got no tasks. Give at least one.')
  const wrongAt = all.findIndex((one) => !isTask(one))
  if (wrongAt !== -1) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`wait\` got ${describe(all[wrongAt])} for a task. Give what \`group.spawn\` gives.`,
    )
  }
  if (until !== 'all' && until !== 'first' && until !== 'firstError') {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`until\` is ${String(until)}. Give 'all', 'first' or 'firstError'.`,
    )
  }
  const enough = new Set<Task<T>>()
  let hasFailed = false
  const isEnough = (): boolean =>
    enough.size === all.length || (until === 'first' && enough.size > 0) || (until === 'firstError' && hasFailed)
  await waitUntil<void>((settle) => {
    const stopTimer =
      timeout === Infinity ? undefined : currentClock().setTimer(Math.max(0, timeout), () => settle.done())
    const ended = (task: Task<T>, failed: boolean): void => {
      enough.add(task)
      hasFailed ||= failed
      if (!isEnough()) return
      stopTimer?.()
      settle.done()
    }
    for (const task of all) {
      task.result.then(
        () => ended(task, false),
        () => ended(task, true),
      )
    }
    return () => stopTimer?.()
  }, undefined)
  const done = new Set(all.filter((task) => !task.running)) // all that have ended in the same turn
  return { done, pending: new Set(all.filter((task) => task.running)) }
}
