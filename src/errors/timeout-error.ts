/** Limits of time. */
import type { CauseOptions } from './codes.ts'
import { named } from './named.ts'

/** Time ran out. `allowed` is the time there was, in milliseconds. */
export class TimeoutError extends Error {
  readonly code: 'WITHAL_TIMEOUT' | 'WITHAL_EXIT_TIMEOUT' = 'WITHAL_TIMEOUT'
  readonly allowed: number
  constructor(message: string, allowed: number, options?: CauseOptions) {
    super(message, options)
    this.allowed = allowed
  }
}

/** An exit did not end within its limit. The message names the manager. */
export class ExitTimeoutError extends TimeoutError {
  override readonly code = 'WITHAL_EXIT_TIMEOUT'
}

named(TimeoutError, 'TimeoutError')
named(ExitTimeoutError, 'ExitTimeoutError')
