/**
 * How a newer failure and the one that was already on its way come out as one, so that none is lost (decision D-35).
 * A failure that already leads to the older one passes bare. One whose thrower knew the older one takes it as its
 * `cause` where there is room. Everything else becomes a `SuppressedError`: the newer outside, the older inside.
 */
import { isAbortLike } from './classes.ts'
import { isSuppressedShape, suppressedError } from './suppressed.ts'

/**
 * Joins two failures.
 *
 * @param newer    What was thrown last.
 * @param pending  What was on its way before.
 * @param told     Whether the thrower of `newer` had been told of `pending`: then it may have translated it.
 */
export function combine(newer: unknown, pending: unknown, told: boolean): unknown {
  if (newer === pending) return newer
  try {
    return join(newer, pending, told)
  } catch {
    return suppressedError(newer, pending) // an error of a stranger that throws when it is looked at
  }
}

function join(newer: unknown, pending: unknown, told: boolean): unknown {
  const known = takeKnown(pending)
  const wasKnown = known.has(newer)
  if (walk(newer, known, pending)) return keepKnown(newer, known)
  if (told && !wasKnown && takesCause(newer)) {
    Object.defineProperty(newer, 'cause', { value: pending, writable: true, configurable: true })
    return keepKnown(newer, known)
  }
  return keepKnown(suppressedError(newer, pending), known)
}

/** Abort-like errors are recognised by their cause (rule J), so theirs is never set here. */
function takesCause(error: unknown): error is Error {
  return error instanceof Error && Object.isExtensible(error) && !Object.hasOwn(error, 'cause') && !isAbortLike(error)
}

/**
 * Everything that can be reached from a pending failure. It is handed on from one failure to the next, so that
 * unwinding thousands of failing exits stays linear (guarded by the tests of ES-17).
 */
const knownFrom = new WeakMap<object, Set<unknown>>()

function takeKnown(pending: unknown): Set<unknown> {
  const kept = isObject(pending) ? knownFrom.get(pending) : undefined
  if (kept !== undefined) {
    knownFrom.delete(pending as object) // the set is about to grow beyond what `pending` leads to
    return kept
  }
  const known = new Set<unknown>()
  walk(pending, known, undefined)
  return known
}

function keepKnown(failure: unknown, known: Set<unknown>): unknown {
  known.add(failure)
  if (isObject(failure)) knownFrom.set(failure, known)
  return failure
}

/** Adds what `start` leads to; says whether `goal` is among it. What is known already is not walked again. */
function walk(start: unknown, known: Set<unknown>, goal: unknown): boolean {
  let met = false
  const open: unknown[] = [start]
  while (open.length > 0) {
    const value = open.pop()
    if (value === goal) met = true
    if (known.has(value)) continue
    known.add(value)
    if (isObject(value)) pushParts(value, open)
  }
  return met
}

function pushParts(value: object, open: unknown[]): void {
  if (Object.hasOwn(value, 'cause')) open.push((value as { cause: unknown }).cause)
  if (isSuppressedShape(value)) open.push(value.error, value.suppressed)
  const errors = (value as { errors?: unknown }).errors
  if (Array.isArray(errors)) for (const member of errors as unknown[]) open.push(member)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
