/**
 * Where errors go that nobody can receive any more: the caller has left, the group has ended. They are never dropped:
 * what no handler takes is an uncaught error. The list of handlers is shared by all copies of the package.
 */
import { lateErrorChannel } from '../channels.ts'
import { UsageError } from './classes.ts'
import { brief } from './describe.ts'
import { addNote } from './notes.ts'

/** Where a late error comes from. */
export interface LateErrorInfo {
  /** What reports it: 'pool', 'cancellable', 'timeout'. */
  readonly source: string
  /** The name its user has given it. */
  readonly name?: string | undefined
}

/** Is given a late error; answers `'handled'` when the error needs nobody else. */
export type LateErrorHandler = (error: unknown, info: LateErrorInfo) => void | 'handled'

interface Shared {
  /** Newest last. Each entry is an object of its own, so that a handler may be registered twice. */
  handlers: readonly { readonly handler: LateErrorHandler }[]
  /** For each error the reports of it that were made. */
  readonly reported: WeakMap<object, Set<string>>
}

const lateKey: unique symbol = Symbol.for('withal.late/1') as never // `Symbol.for` has no unique type
const global = globalThis as { [lateKey]?: Shared; reportError?: (error: unknown) => void }

/**
 * Registers a handler for errors that nobody can receive any more. Handlers are asked one after another, the newest
 * first, until one answers `'handled'`; when none does, the error is reported as uncaught: by the platform's
 * `reportError`, or where there is none (Node), as an `uncaughtException`. A handler that throws is not asked to explain:
 * its own error is reported as uncaught, and the late error goes on to the next handler.
 *
 * @returns  A function that removes the handler again; calling it twice does nothing.
 * @throws UsageError  The handler is not a function. Nothing is registered.
 * @example
 * const remove = onLateError((error, { source, name }) => {
 *   console.error(`late error from ${source} ${name ?? ''}`, error)
 *   return 'handled'
 * })
 * remove()
 */
export function onLateError(handler: LateErrorHandler): () => void {
  if (typeof handler !== 'function') {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `onLateError takes a function; got ${brief(handler)}.`)
  }
  const state = sharedState()
  const entry = { handler }
  state.handlers = [...state.handlers, entry]
  return () => {
    state.handlers = state.handlers.filter((other) => other !== entry)
  }
}

/**
 * Reports an error that nobody can receive any more, see {@link onLateError}. The same error object from the same
 * source and name is reported once. Never throws.
 */
export function reportLateError(error: unknown, info: LateErrorInfo): void {
  const state = sharedState()
  if (wasReported(state, error, info)) return
  if (lateErrorChannel.hasSubscribers) tellLateError(error, info)
  for (const { handler } of state.handlers.toReversed()) {
    try {
      if (handler(error, info) === 'handled') return
    } catch (failure) {
      reportUncaught(failure)
    }
  }
  const name = info.name === undefined ? '' : ` "${info.name}"`
  addNote(error, `reported late by ${info.source}${name}: nobody could receive it`)
  reportUncaught(error)
}

function tellLateError(error: unknown, { source, name }: LateErrorInfo): void {
  lateErrorChannel.publish({ type: 'late-error', error, source, name })
}

function sharedState(): Shared {
  return (global[lateKey] ??= { handlers: [], reported: new WeakMap() })
}

/** Thrown values that are not objects have no identity: each of their reports is one of its own. */
function wasReported(state: Shared, error: unknown, info: LateErrorInfo): boolean {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return false
  const report = JSON.stringify([info.source, info.name])
  const reports = state.reported.get(error)
  if (reports === undefined) state.reported.set(error, new Set([report]))
  else if (reports.has(report)) return true
  else reports.add(report)
  return false
}

function reportUncaught(error: unknown): void {
  try {
    if (typeof global.reportError === 'function') return global.reportError(error)
  } catch (failure) {
    throwLater(failure) // somebody's replacement of `reportError`
  }
  throwLater(error)
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
