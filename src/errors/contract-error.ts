/** A manager, generator or callback that did not keep its side. */
import type { CauseOptions, ContractCode } from './codes.ts'
import { named } from './named.ts'

/** A manager, a generator or a callback did not keep its side: no `yield`, two of them, a callback never called. */
export class ContractError extends Error {
  readonly code: ContractCode
  constructor(code: ContractCode, message: string, options?: CauseOptions) {
    super(message, options)
    this.code = code
  }
}

named(ContractError, 'ContractError')
