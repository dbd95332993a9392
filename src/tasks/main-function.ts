/** What `run` and `runMain` are given: the function that is the program. */
import { isThenable } from '../contexts/exits.ts'
import { UsageError } from '../errors/index.ts'
import type { TaskGroup } from './task-group.ts'

/** The main function of a program. It gets the root group: what it spawns there is cancelled when it ends. */
export type MainFunction<T> = (group: TaskGroup) => T | PromiseLike<T>

/** Checks that what was given is a function. */
export function checkMain(fn: unknown, caller: string): asserts fn is MainFunction<unknown> {
  if (typeof fn === 'function') return
  const given = isThenable(fn) ? 'a promise, whose work has begun already' : `${String(fn)} (${typeof fn})`
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`${caller}\` got ${given}. Give the function itself: \`${caller}(async (group) => …)\`.`,
  )
}
