/** Scopes that end in the wrong order. */
import type { CauseOptions } from './codes.ts'
import { named } from './named.ts'
import { StateError } from './state-error.ts'

/** A scope ended before one that was opened in it; the inner one was cancelled. */
export class MisnestingError extends StateError {
  constructor(message: string, options?: CauseOptions) {
    super('WITHAL_MISNESTED', message, options)
  }
}

named(MisnestingError, 'MisnestingError')
