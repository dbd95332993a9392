/**
 * The root of withal: context managers, and the errors that several failures come out as.
 *
 *     index
 *       └─ streams · pools   queues, channels, broadcasts, deferred values · the pool
 *            └─ locks        mutex, semaphore, limiter, flag, condition, barrier, read-write lock, keyed lock
 *                 └─ tasks       scopes, deadlines, groups, combinators, the wait queue, running a program
 *                      └─ contexts    managers: the protocol, within, hold, generators, stacks, ready-made ones
 *                           └─ errors · clock · observe · scope · frame · channels
 */
export * from './contexts/index.ts'
export * from './tasks/index.ts'
export * from './locks/index.ts'
export * from './pools/index.ts'
export * from './streams/index.ts'
export {
  addNote,
  BrokenError,
  Cancelled,
  ClosedError,
  collapse,
  ContractError,
  CreationError,
  errorCodes,
  ErrorGroup,
  ExitTimeoutError,
  filterLeaves,
  FullError,
  formatError,
  handleErrors,
  isCancellation,
  isCancelled,
  isErrorGroup,
  leaves,
  matches,
  MisnestingError,
  notesOf,
  onLateError,
  othersOf,
  QuitError,
  splitError,
  StateError,
  TaskCancelledError,
  TimeoutError,
  UsageError,
} from './errors/index.ts'
export type {
  CancelOrigin,
  CancelSource,
  CauseOptions,
  ContractCode,
  ErrorClass,
  ErrorCode,
  ErrorHandlers,
  ErrorPattern,
  ErrorPredicate,
  Filtered,
  FormatOptions,
  Found,
  LateErrorHandler,
  LateErrorInfo,
  LeavesOptions,
  Matched,
  Matcher,
  StateCode,
  UsageCode,
} from './errors/index.ts'
export type {
  LateErrorMessage,
  Observation,
  ObservedCancellation,
  ObservedResource,
  ObservedScope,
  ObservedTask,
  ResourceMessage,
  ScopeMessage,
  TaskMessage,
} from './channels.ts'
export { diagnose, observe } from './observe.ts'
export type { Diagnostic } from './channels.ts'
