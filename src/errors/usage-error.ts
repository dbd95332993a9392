/** A wrong call. */
import type { CauseOptions, UsageCode } from './codes.ts'
import { named } from './named.ts'

/** You called something wrongly; nothing was done. The text says what was given, what is wrong and what to do. */
export class UsageError extends TypeError {
  readonly code: UsageCode
  constructor(code: UsageCode, message: string, options?: CauseOptions) {
    super(message, options)
    this.code = code
  }
}

named(UsageError, 'UsageError')
