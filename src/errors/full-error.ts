/** Nothing more goes in. */
import { named } from './named.ts'

/** There is no room: a buffer is full, or as many wait as may wait. Nothing was taken. */
export class FullError extends Error {
  readonly code = 'WITHAL_FULL'
}

named(FullError, 'FullError')
