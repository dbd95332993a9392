/** What could not be made. */
import { named } from './named.ts'

/** A pool could not make the resource that was asked for; the `cause` says why. */
export class CreationError extends Error {
  readonly code = 'WITHAL_CREATION_FAILED'
}

named(CreationError, 'CreationError')
