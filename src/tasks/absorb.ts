/**
 * Which cancellations end at the edge of a scope (rules I and J). A Cancelled passes only from a scope to what is inside it, so
 * at the edge it is taken out of the failure again: out of groups and suppressed errors, too. All else goes on.
 */
import { filterLeaves, isAbortLike, isCancelled } from '../errors/index.ts'
import type { Cancelled, Filtered, Found, TaskCancelledError } from '../errors/index.ts'
import type { ScopeNode } from '../scope.ts'

/**
 * Splits a failure that reaches the edge of a scope into what belongs to it (`kept`) and the rest. The outermost scope
 * that is cancelled and not shielded from above takes its own cancellations, those of scopes in it, and those that came
 * from a cancelled scope above; any other scope takes nothing.
 */
export function takeOwn(scope: ScopeNode, error: unknown): Filtered {
  if (scope.own === undefined || scope.cancelled !== scope.own) return { dropped: { error } }
  return filterLeaves(error, (leaf) => belongsTo(scope, leaf))
}

/**
 * The part of a failure that is not due to the cancellation of this scope, or of one around it; nothing where there is
 * none. What comes from elsewhere (a foreign signal, another task's scope) is an error like any other.
 */
export function realPart(scope: ScopeNode | undefined, error: unknown): Found | undefined {
  if (scope?.cancelled === undefined) return { error }
  if (error === scope.cancelled) return undefined // nearly always, and a group may have a million children
  return filterLeaves(error, (leaf) => belongsTo(scope, leaf)).dropped
}

function belongsTo(scope: ScopeNode, leaf: unknown): boolean {
  const cancelled = cancelledIn(leaf)
  if (cancelled === undefined) return isAbortLike(leaf) ? !hasCause(leaf) && scope.signalRead : metTogether(scope, leaf)
  if (cancelled === scope.cancelled) return true // nearly always, and without a walk through thousands of scopes
  return isInside(cancelled.scope, scope) || isCancelledAbove(cancelled.scope, scope)
}

/**
 * A task was waited for, and the same cancellation has stopped it and the waiter: for him it is his own (rule I). He could not be told so by
 * the promise of its result, which does not know who waits.
 */
function metTogether(scope: ScopeNode, leaf: unknown): boolean {
  const met = new Set<unknown>()
  let error = leaf
  for (; isTaskCancelled(error) && !met.has(error); error = error.cause) met.add(error)
  const cancelled = met.size === 0 ? undefined : cancelledIn(error)
  if (cancelled === undefined) return false
  return cancelled.scope === scope || cancelled === scope.cancelled || isCancelledAbove(cancelled.scope, scope)
}

/** Another copy of the package may have made it. */
function isTaskCancelled(error: unknown): error is TaskCancelledError {
  return error instanceof Error && (error as Partial<TaskCancelledError>).code === 'WITHAL_TASK_CANCELLED'
}

/** The Cancelled that an abort-like error stands for: itself, or what is at the end of its causes (fact JF-12). */
function cancelledIn(leaf: unknown): Cancelled | undefined {
  const met = new Set<unknown>()
  for (let error = leaf; isAbortLike(error) && !met.has(error); error = (error as { cause?: unknown }).cause) {
    if (isCancelled(error)) return error
    met.add(error)
  }
  return undefined
}

function hasCause(error: unknown): boolean {
  return (error as { cause?: unknown }).cause !== undefined
}

function isInside(inner: object | undefined, scope: ScopeNode): boolean {
  for (let node = inner as ScopeNode | undefined; node !== undefined; node = node.parent)
    if (node === scope) return true
  return false
}

function isCancelledAbove(outer: object | undefined, scope: ScopeNode): boolean {
  for (let node = scope.parent; node !== undefined; node = node.parent) {
    if (node === outer) return node.own !== undefined
  }
  return false
}
