/** What was waited for was cancelled. */
import { named } from './named.ts'

/** Something that was waited for (a task, a shared creation) was cancelled, and the waiter was not: an ordinary error. */
export class TaskCancelledError extends Error {
  readonly code = 'WITHAL_TASK_CANCELLED'
}

named(TaskCancelledError, 'TaskCancelledError')
