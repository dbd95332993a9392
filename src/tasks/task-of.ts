/** Which task an error came from: kept in a side table, so that the error itself is not changed. */
import type { Task } from './task.ts'

const tasks = new WeakMap<object, Task<unknown>>()

/** Remembers it; the first task that fails with an error counts, not those that waited for it. */
export function rememberTaskOf(error: unknown, task: Task<unknown>): void {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return
  if (!tasks.has(error)) tasks.set(error, task)
}

/**
 * The task that an error came from, as a child of a group; `undefined` when it came from none, or is no object.
 *
 * @example
 * const failure = new Error('no such page')
 * const fetchPage = async () => { throw failure }
 * await within(new TaskGroup(), (group) => void group.spawn(fetchPage)).catch(() => {})
 * taskOf(failure)?.name // => 'fetchPage'
 */
export function taskOf(error: unknown): Task<unknown> | undefined {
  return typeof error === 'object' || typeof error === 'function' ? tasks.get(error as object) : undefined
}
