/**
 * Where the library says what it does: on four channels of `node:diagnostics_channel`, where the platform has it, else on
 * channels of its own that work alike. Either way all copies of the package in a program say it in the same place. While
 * nobody subscribes, each place that has something to say asks one property, and that is all. Beside them, who listens to
 * development diagnostics.
 */

/** A scope as its observers see it. Messages about the same one have the same object. */
export interface ObservedScope {
  /** The scope around it. */
  readonly parent: ObservedScope | undefined
  readonly ended: boolean
  readonly cancelled: ObservedCancellation | undefined
  readonly shield: boolean
  /** When it expires, as `now()` has it; `Infinity` for never. */
  readonly deadline: number
}

/** A task as its observers see it: a scope, and the `Task` that `spawn` has given. */
export interface ObservedTask extends ObservedScope {
  readonly name: string
  readonly running: boolean
  readonly result: Promise<unknown>
  cancel(reason?: unknown): Promise<void>
}

/** A `Cancelled`, with what it tells about its origin. */
export interface ObservedCancellation extends Error {
  readonly reason: unknown
  readonly source: string
  readonly task: string | undefined
}

/** Something that has been entered. Messages about the same entering have the same object. */
export interface ObservedResource {
  /** The name of the manager: its `name`, else that of its class. */
  readonly name: string
  /** What was entered: the manager, or the disposable. */
  readonly manager: object
  /** The scope and the task in which it was entered. */
  readonly scope: ObservedScope | undefined
  readonly task: ObservedTask | undefined
}

/** What is said on `withal:task`. */
export type TaskMessage =
  | {
      /** A group has taken a child. Where the group has a `limit`, it may yet have to wait for its place. */
      readonly type: 'task-started'
      readonly task: ObservedTask
      /** The name of its group. */
      readonly group: string
      /** The stack at which it was spawned, while diagnostics are on. */
      readonly openedAt: string | undefined
    }
  | {
      /** Cancellation has reached it. It is still running. */
      readonly type: 'task-cancelled'
      readonly task: ObservedTask
      readonly cancelled: ObservedCancellation
    }
  | {
      readonly type: 'task-ended'
      readonly task: ObservedTask
      readonly status: 'completed' | 'failed' | 'cancelled'
      /** (Unless it is completed) what its function threw. */
      readonly error?: unknown
    }

/** What is said on `withal:scope`. */
export type ScopeMessage =
  | {
      readonly type: 'scope-opened'
      readonly scope: ObservedScope
      /** A `CancelScope` or a limit of time, a `TaskGroup`, or the common scope of `gather` and its like. */
      readonly kind: 'scope' | 'group' | 'combinator'
      readonly name: string | undefined
      /** The task in which it was opened. */
      readonly task: ObservedTask | undefined
      /** The stack at which it was opened, while diagnostics are on. */
      readonly openedAt: string | undefined
    }
  | {
      readonly type: 'scope-closed'
      readonly scope: ObservedScope
    }

/** What is said on `withal:resource`. */
export type ResourceMessage =
  | { readonly type: 'resource-entered'; readonly resource: ObservedResource }
  | {
      readonly type: 'resource-exited'
      readonly resource: ObservedResource
      /** The outcome that its exit was told. */
      readonly outcome: 'completed' | 'failed' | 'unknown'
      /** There if its exit threw: what it threw. */
      readonly error?: unknown
    }

/** What is said on `withal:late-error`, before the handlers of `onLateError` are asked. */
export interface LateErrorMessage {
  readonly type: 'late-error'
  readonly error: unknown
  /** What reports it, and the name its user has given that. */
  readonly source: string
  readonly name: string | undefined
}

/** All that is said; `type` tells which. */
export type Observation = TaskMessage | ScopeMessage | ResourceMessage | LateErrorMessage

/** The part of a channel that is used here. What is published while nobody subscribes is lost, so nobody does. */
export interface Channel<M> {
  readonly hasSubscribers: boolean
  publish(message: M): void
}

interface Platform {
  readonly process?: {
    getBuiltinModule?: (name: string) => { channel?(name: string): Channel<unknown> } | undefined
  }
}

const ownKey: unique symbol = Symbol.for('withal.channels/1') as never // `Symbol.for` has no unique type

/** The channel of a name, the same one for all copies of the package. One of our own is completed by who first listens to it. */
function channelOf<M>(name: string): Channel<M> {
  const { process } = globalThis as Platform
  const shared = globalThis as { [ownKey]?: Record<string, { hasSubscribers: boolean }> }
  const channel =
    process?.getBuiltinModule?.('node:diagnostics_channel')?.channel?.(name) ??
    ((shared[ownKey] ??= {})[name] ??= { hasSubscribers: false })
  return channel as Channel<M> // only the library publishes on it
}

export const taskChannel: Channel<TaskMessage> = channelOf('withal:task')
export const scopeChannel: Channel<ScopeMessage> = channelOf('withal:scope')
export const resourceChannel: Channel<ResourceMessage> = channelOf('withal:resource')
export const lateErrorChannel: Channel<LateErrorMessage> = channelOf('withal:late-error')

/** Says of a scope that cancellation has reached it, if it is a task. */
export function tellReached(scope: ObservedScope, cancelled: ObservedCancellation): void {
  if ('running' in scope) taskChannel.publish({ type: 'task-cancelled', task: scope as ObservedTask, cancelled }) // only tasks run
}

/** The scopes that were said to be opened. */
const opened = new WeakSet<ObservedScope>()

/** Says that a scope has been opened. */
export function tellOpened(message: Extract<ScopeMessage, { type: 'scope-opened' }>): void {
  opened.add(message.scope)
  scopeChannel.publish(message)
}

/** Says that a scope has been left, if it was said to be opened. */
export function tellClosed(scope: ObservedScope): void {
  if (opened.delete(scope)) scopeChannel.publish({ type: 'scope-closed', scope })
}

/** Something noticed that is no error of the running code, but probably one of its author's. */
export interface Diagnostic {
  readonly code:
    | 'WITHAL_NEVER_CLOSED'
    | 'WITHAL_LEFT_WITHOUT_A_WORD'
    | 'WITHAL_STEP_NOT_TAKEN'
    | 'WITHAL_IGNORES_CANCELLATION'
    | 'WITHAL_FAILED_UNNOTICED'
    | 'WITHAL_LEASE_HELD'
    | 'WITHAL_NESTED_ACQUIRE'
    | 'WITHAL_NOT_AWAITED'
    | 'WITHAL_LEFT_OPEN'
    | 'WITHAL_REFUSED'
    | 'WITHAL_BLOCKED'
  /** What happened, to what, and what to do. */
  readonly message: string
  /** The stack at which the thing was opened, spawned or called; empty where there is none. */
  readonly openedAt: string
}

/** Who listens to diagnostics, by `diagnose`. */
export const diagnosticListeners: Set<(diagnostic: Diagnostic) => void> = new Set()

/** Whether anybody listens to diagnostics. */
export function isWatching(): boolean {
  return diagnosticListeners.size > 0
}

/** Tells everybody who listens. */
export function tellDiagnostic(diagnostic: Diagnostic): void {
  for (const listener of Array.from(diagnosticListeners)) listener(diagnostic)
}

/** What `diagnose` brings along for those who would not load it otherwise. */
export const watches: { step: WatchStep | undefined } = { step: undefined }

/** Begins to follow a step that `caller` has made; the answer says that it has been taken. */
type WatchStep = (step: object, what: () => string, caller: (...args: never[]) => unknown) => (() => void) | undefined
