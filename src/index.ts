/**
 * The root of withal: context managers, and the errors that several failures come out as.
 *
 *     index
 *       └─ contexts    managers: the protocol, within, hold, generators, stacks, ready-made ones
 *            └─ errors · clock · observe · scope · frame
 */
export * from './contexts/index.ts'
export {
  Cancelled,
  ClosedError,
  ContractError,
  errorCodes,
  ExitTimeoutError,
  isCancelled,
  MisnestingError,
  StateError,
  TaskCancelledError,
  TimeoutError,
  UsageError,
} from './errors/index.ts'
export type { CancelOrigin, CancelSource, ContractCode, ErrorCode, StateCode, UsageCode } from './errors/index.ts'
export { diagnose } from './observe.ts'
export type { Diagnostic } from './observe.ts'
