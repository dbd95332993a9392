/**
 * The error classes of the library and their codes. The class tells whose doing it was:
 *
 *     Error
 *     ├─ TypeError
 *     │  └─ UsageError            you called it wrongly: nothing was done
 *     ├─ ReferenceError
 *     │  └─ ClosedError           you closed it before
 *     ├─ StateError               the right call at the wrong moment: entered twice, not entered, ended
 *     │  └─ MisnestingError       a scope ended before one that was opened in it
 *     ├─ BrokenError              the world broke it: the other side of a channel is gone, a barrier was aborted
 *     ├─ CreationError            a pool could not make a resource
 *     ├─ FullError                there is no room, and it was not to wait
 *     ├─ ContractError            a manager, generator or callback did not keep its side
 *     ├─ TimeoutError             time ran out
 *     │  └─ ExitTimeoutError      … while something was being closed
 *     ├─ Cancelled                a scope around you was cancelled (`name` 'AbortError')
 *     ├─ TaskCancelledError       what you waited for was cancelled, you were not
 *     ├─ QuitError                the program was asked to end, by `quit`
 *     └─ AggregateError
 *        └─ ErrorGroup            several things failed (group.ts)
 *
 * A code names the mistake (codes.ts). Each class has a file of its own: a bundle has only those that it can throw.
 */
export { isAbortLike } from './abort-like.ts'
export { BrokenError } from './broken-error.ts'
export { Cancelled, isCancelled } from './cancelled.ts'
export type { CancelOrigin, CancelSource } from './cancelled.ts'
export { ClosedError } from './closed-error.ts'
export { errorCodes } from './codes.ts'
export type { CauseOptions, ContractCode, ErrorCode, StateCode, UsageCode } from './codes.ts'
export { ContractError } from './contract-error.ts'
export { CreationError } from './creation-error.ts'
export { FullError } from './full-error.ts'
export { MisnestingError } from './misnesting-error.ts'
export { QuitError } from './quit-error.ts'
export { StateError } from './state-error.ts'
export { TaskCancelledError } from './task-cancelled-error.ts'
export { ExitTimeoutError, TimeoutError } from './timeout-error.ts'
export { UsageError } from './usage-error.ts'
