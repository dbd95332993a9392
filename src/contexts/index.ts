/** The layer `contexts`: its public names. */
export { AsyncExitStack } from './async-exit-stack.ts'
export type { ForkOptions } from './async-exit-stack.ts'
export { AsyncComposedManager, AsyncContextManagerBase, ComposedManager, ContextManagerBase } from './base-classes.ts'
export { closing } from './closing.ts'
export type { Closing, ClosingOptions } from './closing.ts'
export { ensure } from './ensure.ts'
export { ExitStack } from './exit-stack.ts'
export type { ExitFunction } from './exit-stack.ts'
export { fromCallback } from './from-callback.ts'
export { contextManager } from './generator-manager.ts'
export type { ContextManagerOptions } from './generator-manager.ts'
export { hold, holdSync } from './hold.ts'
export type { Handle, SyncHandle } from './hold.ts'
export { listening } from './listening.ts'
export { nullContext } from './null-context.ts'
export { replace } from './outcome.ts'
export type { Outcome, Replacement } from './outcome.ts'
export { isAsyncContextManager, isContextManager } from './protocol.ts'
export type {
  AnyDisposable,
  AnyManaged,
  AsyncContextManager,
  ContextManager,
  ExitAnswer,
  Managed,
  ManagedSync,
  ManagerExtras,
  Swallowed,
  ValueOf,
  ValueOfSync,
} from './protocol.ts'
export { replaceable } from './replaceable.ts'
export type { Slot } from './replaceable.ts'
export { shared } from './shared.ts'
export type { Shared, SharedOptions } from './shared.ts'
export type { AsyncStep, Step } from './step.ts'
export { stopwatch } from './stopwatch.ts'
export type { Stopwatch, StopwatchOptions } from './stopwatch.ts'
export { suppress } from './suppress.ts'
export type { Suppress } from './suppress.ts'
export { transactional } from './transactional.ts'
export type { TransactionSteps } from './transactional.ts'
export { withinSync } from './within-sync.ts'
export { within } from './within.ts'
export { wrap } from './wrap.ts'
export type { WrapDecorator, WrapOptions } from './wrap.ts'
