/** A call that comes after closing. */
import { named } from './named.ts'

/** Something was used after it was closed. A `ReferenceError`, as the platform's own stacks throw. */
export class ClosedError extends ReferenceError {
  readonly code = 'WITHAL_CLOSED'
}

named(ClosedError, 'ClosedError')
