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
 * A code names the mistake, docs/errors.md explains each; a test holds the two lists together.
 */

/** The codes of {@link UsageError}: wrong calls. */
export type UsageCode =
  | 'WITHAL_INVALID_ARGUMENT'
  | 'WITHAL_NOT_A_MANAGER'
  | 'WITHAL_ASYNC_IN_SYNC'
  | 'WITHAL_PROMISE_FROM_SYNC_BODY'
  | 'WITHAL_NEEDS_A_BODY'
  | 'WITHAL_NOT_A_GENERATOR'
  | 'WITHAL_STEP_OUTSIDE'
  | 'WITHAL_NO_AMBIENT_STORAGE'

/** The codes of {@link StateError}: right calls at the wrong moment. */
export type StateCode =
  | 'WITHAL_ALREADY_ENTERED'
  | 'WITHAL_NOT_ENTERED'
  | 'WITHAL_ENDED'
  | 'WITHAL_MISNESTED'
  | 'WITHAL_NOT_BOUND'
  | 'WITHAL_NOT_STARTED'
  | 'WITHAL_ALREADY_STARTED'
  | 'WITHAL_ALREADY_RUNNING'
  | 'WITHAL_NOT_RUNNING'
  | 'WITHAL_BUSY'
  | 'WITHAL_SELF_DEADLOCK'
  | 'WITHAL_HOLDER_GONE'
  | 'WITHAL_NOT_HELD'
  | 'WITHAL_RELEASED_TOO_OFTEN'
  | 'WITHAL_ALREADY_BORROWED'
  | 'WITHAL_LEASE_RETURNED'
  | 'WITHAL_DONE_TOO_OFTEN'

/** The codes of {@link ContractError}: promises that a manager, generator or callback did not keep. */
export type ContractCode =
  | 'WITHAL_NO_YIELD'
  | 'WITHAL_SECOND_YIELD'
  | 'WITHAL_YIELD_AFTER_THROW'
  | 'WITHAL_CLOSED_WHILE_RUNNING'
  | 'WITHAL_CALLBACK_NOT_CALLED'
  | 'WITHAL_CALLBACK_CALLED_TWICE'
  | 'WITHAL_CALLBACK_ENDED_EARLY'

/** Every code an error of the library can have. */
export const errorCodes = [
  'WITHAL_INVALID_ARGUMENT',
  'WITHAL_NOT_A_MANAGER',
  'WITHAL_ASYNC_IN_SYNC',
  'WITHAL_PROMISE_FROM_SYNC_BODY',
  'WITHAL_NEEDS_A_BODY',
  'WITHAL_NOT_A_GENERATOR',
  'WITHAL_STEP_OUTSIDE',
  'WITHAL_NO_AMBIENT_STORAGE',
  'WITHAL_ALREADY_ENTERED',
  'WITHAL_NOT_ENTERED',
  'WITHAL_ENDED',
  'WITHAL_MISNESTED',
  'WITHAL_NOT_BOUND',
  'WITHAL_NOT_STARTED',
  'WITHAL_ALREADY_STARTED',
  'WITHAL_ALREADY_RUNNING',
  'WITHAL_NOT_RUNNING',
  'WITHAL_BUSY',
  'WITHAL_SELF_DEADLOCK',
  'WITHAL_HOLDER_GONE',
  'WITHAL_NOT_HELD',
  'WITHAL_RELEASED_TOO_OFTEN',
  'WITHAL_ALREADY_BORROWED',
  'WITHAL_LEASE_RETURNED',
  'WITHAL_DONE_TOO_OFTEN',
  'WITHAL_NO_YIELD',
  'WITHAL_SECOND_YIELD',
  'WITHAL_YIELD_AFTER_THROW',
  'WITHAL_CLOSED_WHILE_RUNNING',
  'WITHAL_CALLBACK_NOT_CALLED',
  'WITHAL_CALLBACK_CALLED_TWICE',
  'WITHAL_CALLBACK_ENDED_EARLY',
  'WITHAL_CLOSED',
  'WITHAL_BROKEN',
  'WITHAL_FULL',
  'WITHAL_CREATION_FAILED',
  'WITHAL_TIMEOUT',
  'WITHAL_EXIT_TIMEOUT',
  'ABORT_ERR',
  'WITHAL_TASK_CANCELLED',
  'WITHAL_QUIT',
  'WITHAL_ERROR_GROUP',
] as const

/** One of {@link errorCodes}. */
export type ErrorCode = (typeof errorCodes)[number]

/** What the error classes take as last argument, as `Error` does. */
export interface CauseOptions {
  readonly cause?: unknown
}

/** You called something wrongly; nothing was done. The text says what was given, what is wrong and what to do. */
export class UsageError extends TypeError {
  readonly code: UsageCode
  constructor(code: UsageCode, message: string, options?: CauseOptions) {
    super(message, options)
    this.code = code
  }
}

/** Something was used after it was closed. A `ReferenceError`, as the platform's own stacks throw. */
export class ClosedError extends ReferenceError {
  readonly code = 'WITHAL_CLOSED'
}

/** The call is right, the moment is not: entered twice, exited before it was entered, used after its end. */
export class StateError extends Error {
  readonly code: StateCode
  constructor(code: StateCode, message: string, options?: CauseOptions) {
    super(message, options)
    this.code = code
  }
}

/** A scope ended before one that was opened in it; the inner one was cancelled. */
export class MisnestingError extends StateError {
  constructor(message: string, options?: CauseOptions) {
    super('WITHAL_MISNESTED', message, options)
  }
}

/** Something that others have to do their part for has been broken by them: nobody receives, or not all will come. */
export class BrokenError extends Error {
  readonly code = 'WITHAL_BROKEN'
}

/** A pool could not make the resource that was asked for; the `cause` says why. */
export class CreationError extends Error {
  readonly code = 'WITHAL_CREATION_FAILED'
}

/** There is no room: a buffer is full, or as many wait as may wait. Nothing was taken. */
export class FullError extends Error {
  readonly code = 'WITHAL_FULL'
}

/** A manager, a generator or a callback did not keep its side: no `yield`, two of them, a callback never called. */
export class ContractError extends Error {
  readonly code: ContractCode
  constructor(code: ContractCode, message: string, options?: CauseOptions) {
    super(message, options)
    this.code = code
  }
}

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

const cancelledBrand: unique symbol = Symbol.for('withal.Cancelled/1') as never // `Symbol.for` has no unique type

/** Who asked for a cancellation: an explicit `cancel()`, a deadline, a failed sibling, the end of the program, a foreign signal. */
export type CancelSource = 'explicit' | 'deadline' | 'sibling' | 'shutdown' | 'signal'

/** What a {@link Cancelled} tells about its origin. */
export interface CancelOrigin {
  /** The scope that was cancelled; compare it by identity. */
  readonly scope?: object | undefined
  /** What was given to `cancel(reason)`. */
  readonly reason?: unknown
  readonly source?: CancelSource | undefined
  /** The name of the task whose failure or call caused it. */
  readonly task?: string | undefined
}

/**
 * A scope around the caller was cancelled. Not an error of who receives it: let it pass, the scope it belongs to absorbs
 * it. `name` is 'AbortError' and `code` 'ABORT_ERR', as everywhere on the platform; `reason` and `source` say why.
 */
export class Cancelled extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === Cancelled ? isCancelled(value) : Function.prototype[Symbol.hasInstance].call(this, value)
  }
  readonly code = 'ABORT_ERR'
  readonly scope: object | undefined
  readonly reason: unknown
  readonly source: CancelSource
  readonly task: string | undefined
  constructor(message?: string, origin: CancelOrigin = {}) {
    super(message ?? cancelText(origin))
    this.scope = origin.scope
    this.reason = origin.reason
    this.source = origin.source ?? 'explicit'
    this.task = origin.task
  }
}

const cancelTexts: Readonly<Record<CancelSource, string>> = {
  explicit: 'This operation was cancelled',
  deadline: 'This operation was cancelled: its time is up',
  sibling: 'This operation was cancelled, since something beside it failed',
  shutdown: 'This operation was cancelled: the program is ending',
  signal: 'This operation was cancelled by a signal',
}

function cancelText({ reason, source = 'explicit', task }: CancelOrigin): string {
  const who = task === undefined ? '' : ` (task "${task}")`
  return `${cancelTexts[source]}${who}${reason === undefined ? '' : `: ${reasonText(reason)}`}`
}

function reasonText(reason: unknown): string {
  try {
    return reason instanceof Error ? reason.message : String(reason)
  } catch {
    return 'a reason that cannot be shown'
  }
}

/** Tells whether a value is a {@link Cancelled}, also one made by another copy of the package. */
export function isCancelled(value: unknown): value is Cancelled {
  return typeof value === 'object' && value !== null && cancelledBrand in value
}

/** Tells whether a value is an abort-like error of anybody: the platform's AbortError, ours, or axios'. */
export function isAbortLike(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { name, code } = value as { name?: unknown; code?: unknown }
  return name === 'AbortError' || code === 'ABORT_ERR' || code === 'ERR_CANCELED'
}

/** Something that was waited for (a task, a shared creation) was cancelled, and the waiter was not: an ordinary error. */
export class TaskCancelledError extends Error {
  readonly code = 'WITHAL_TASK_CANCELLED'
}

/** The program was asked to end, by `quit(exitCode, message)`. The message is empty where none was given. */
export class QuitError extends Error {
  readonly code = 'WITHAL_QUIT'
  /** What the process is to leave with. */
  readonly exitCode: number
  constructor(exitCode: number, message?: string, options?: CauseOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

Object.defineProperty(Cancelled.prototype, cancelledBrand, { value: true })
nameOf(UsageError, 'UsageError')
nameOf(ClosedError, 'ClosedError')
nameOf(StateError, 'StateError')
nameOf(MisnestingError, 'MisnestingError')
nameOf(BrokenError, 'BrokenError')
nameOf(CreationError, 'CreationError')
nameOf(FullError, 'FullError')
nameOf(ContractError, 'ContractError')
nameOf(TimeoutError, 'TimeoutError')
nameOf(ExitTimeoutError, 'ExitTimeoutError')
nameOf(Cancelled, 'AbortError')
nameOf(TaskCancelledError, 'TaskCancelledError')
nameOf(QuitError, 'QuitError')

/** Puts the name on the prototype, not enumerable, as the platform does; minifiers may rename classes. */
function nameOf(errorClass: { readonly prototype: Error }, name: string): void {
  Object.defineProperty(errorClass.prototype, 'name', { value: name, writable: true, configurable: true })
}
