/** What a task group takes, and what its children take. */
import type { Context } from './context.ts'
import type { Task } from './task.ts'

/** What a `TaskGroup` takes. */
export interface TaskGroupOptions {
  /** Stands in messages. */
  readonly name?: string | undefined
  /**
   * How many children run at the same time; the others wait in order, and are dropped when they are cancelled. Background
   * children and adopted promises need no place. Default: `Infinity`.
   */
  readonly limit?: number | undefined
  /**
   * For work that belongs to a resource (a keeper, a server's requests): not ambient, shielded from outside, cancelled and
   * waited for by its own exit, whatever the outcome; a failing child cancels the scope the group was entered in. Default: false.
   */
  readonly background?: boolean | undefined
  /** `'group'`: failures are thrown as an `ErrorGroup`, whatever their number. `'first'`: the first one bare. Default: `'group'`. */
  readonly errors?: 'group' | 'first' | undefined
  /** Whether a failing child leaves the others alone; errors are thrown at the end, unless `onError` takes them. Default: false. */
  readonly supervise?: boolean | undefined
  /** (With `supervise`) is given each failure as it happens; it is then not thrown. */
  readonly onError?: ((error: unknown, task: Task<unknown>) => void) | undefined
}

/** What `spawn` takes besides the function. */
export interface SpawnOptions {
  /** Stands in messages. Default: the function's name. */
  readonly name?: string | undefined
  /** The child is cancelled when the body and all other children have ended. Default: false. */
  readonly background?: boolean | undefined
  /** Runs it to its first `await` before `spawn` returns. What it throws is a failure of the group all the same. Default: false. */
  readonly eager?: boolean | undefined
  /** Whose variables the child has, as `captureContext()` gives it. Default: those of who spawns it. */
  readonly context?: Context | undefined
}
