/** Which tasks have asked for the result of another one: known of what was asked while diagnostics were on. */
import { currentFrame } from '../frame.ts'

const askers = new WeakMap<object, Set<object>>()

/** To be called when somebody reads the result of a task. */
export function noteAsker(task: object): void {
  const asker = currentFrame()?.task
  if (asker === undefined || asker === task) return
  const known = askers.get(task)
  if (known === undefined) askers.set(task, new Set([asker]))
  else known.add(asker)
}

/** The tasks that have asked for the result of this one. */
export function askersOf(task: object): Iterable<object> {
  return askers.get(task) ?? []
}
