/** A right call at the wrong moment. */
import type { CauseOptions, StateCode } from './codes.ts'
import { named } from './named.ts'

/** The call is right, the moment is not: entered twice, exited before it was entered, used after its end. */
export class StateError extends Error {
  readonly code: StateCode
  constructor(code: StateCode, message: string, options?: CauseOptions) {
    super(message, options)
    this.code = code
  }
}

named(StateError, 'StateError')
