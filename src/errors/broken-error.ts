/** What others have broken. */
import { named } from './named.ts'

/** Something that others have to do their part for has been broken by them: nobody receives, or not all will come. */
export class BrokenError extends Error {
  readonly code = 'WITHAL_BROKEN'
}

named(BrokenError, 'BrokenError')
