/**
 * Saying which errors are meant: by class, by a question, by name or code. A cancellation is never meant by accident
 * (D-25): `Error` does not match it, or every broad handler would break timeouts.
 */
import { hasCancelledBrand, isAbortLike } from './abort-like.ts'
import { UsageError } from './classes.ts'
import { brief } from './describe.ts'
import { filterLeaves, type Filtered } from './filter.ts'

/** A class of errors, or of anything else that is thrown. */
export type ErrorClass<T = unknown> = abstract new (...args: never[]) => T

/** Answers whether an error is meant. */
export type ErrorPredicate = (error: unknown) => boolean

/** Errors by what they say of themselves; all that is given must be equal. */
export interface ErrorPattern {
  readonly name?: string | undefined
  readonly code?: string | number | undefined
}

/** Which errors are meant: a class, a predicate, `{ code }` or `{ name }`, or any of several. */
export type Matcher =
  ErrorClass | ErrorPredicate | ErrorPattern | readonly (ErrorClass | ErrorPredicate | ErrorPattern)[]

/** The type of what a {@link Matcher} matches; `Otherwise` where it does not say. */
export type Matched<M, Otherwise = unknown> = M extends readonly (infer Each)[]
  ? Matched<Each, Otherwise>
  : M extends ErrorClass<infer T>
    ? T
    : M extends (error: unknown) => error is infer T
      ? T
      : Otherwise

/**
 * Tells whether an error is meant by a matcher. Looks at the error itself, not at what is inside (see `leaves`).
 * A cancellation (a `Cancelled`, or an AbortError caused by one) is matched only by what names it: `Cancelled`,
 * `{ name: 'AbortError' }`, `{ code: 'ABORT_ERR' }`, or a predicate that says so; not by `Error`.
 *
 * @param matcher  A class, a predicate, `{ code }`, `{ name }` or both, or an array of these: any of them will do, and an
 *   empty array matches nothing. A predicate must answer at once.
 * @throws UsageError  The matcher is none of these, or a predicate answered with a promise.
 * @example
 * const error = Object.assign(new Error('no such file'), { code: 'ENOENT' })
 * matches(error, { code: 'ENOENT' }) // => true
 * matches(error, [TypeError, RangeError]) // => false
 * matches(new Cancelled(), Error) // => false
 */
export function matches(error: unknown, matcher: Matcher): boolean {
  return readMatcher(matcher).matches(error)
}

/**
 * Splits an error into what is meant and what is not, see `filterLeaves`. A group is asked about itself first, and taken
 * whole when it is meant; a cancellation in it goes along only if it is meant itself. That a group is an `Error` says
 * nothing about what is in it, so `Error` is asked of the leaves only.
 *
 * @throws UsageError  The matcher is not one, see {@link matches}.
 * @example
 * const { kept, dropped } = splitError(new AggregateError([new TypeError('a'), 'b']), TypeError)
 * leaves(kept?.error).map(String) // => ['TypeError: a']
 * leaves(dropped?.error) // => ['b']
 */
export function splitError(error: unknown, matcher: Matcher): Filtered {
  const wanted = readMatcher(matcher)
  const keep = (leaf: unknown, inWhole: boolean): boolean => (inWhole && !isCancellation(leaf)) || wanted.matches(leaf)
  return filterLeaves(error, keep, (node) => wanted.takesWhole(node))
}

/**
 * Tells whether an error is a cancellation: a `Cancelled`, or an error of the platform that stands for one, which is an
 * AbortError with it as its cause. An ordinary error with such a cause is an error.
 *
 * @example
 * isCancellation(new Error('stopped', { cause: new Cancelled() })) // => false
 */
export function isCancellation(error: unknown): boolean {
  if (hasCancelledBrand(error)) return true
  const met = new Set<unknown>()
  for (let abort = error; isAbortLike(abort) && !met.has(abort); abort = (abort as { cause?: unknown }).cause) {
    if (hasCancelledBrand(abort)) return true
    met.add(abort)
  }
  return false
}

/** A matcher that has been checked, so that asking it about many errors costs little. */
interface Wanted {
  matches(error: unknown): boolean
  /** Whether a group that matches is taken as a whole. */
  takesWhole(node: object): boolean
}

/** Checks a matcher. @throws UsageError  It is not one; the text says what was given. */
export function readMatcher(matcher: Matcher): Wanted {
  if (isList(matcher)) {
    const each = matcher.map(readMatcher)
    return {
      matches: (error) => each.some((wanted) => wanted.matches(error)),
      takesWhole: (node) => each.some((wanted) => wanted.takesWhole(node)),
    }
  }
  if (typeof matcher === 'function') return isClass(matcher) ? byClass(matcher) : byPredicate(matcher)
  return byPattern(matcher)
}

function isList(matcher: Matcher): matcher is readonly (ErrorClass | ErrorPredicate | ErrorPattern)[] {
  return Array.isArray(matcher)
}

/** A class cannot be called, a predicate can; classes compiled to functions have something on their prototype. */
export function isClass(matcher: ErrorClass | ErrorPredicate): matcher is ErrorClass {
  const property = Object.getOwnPropertyDescriptor(matcher, 'prototype')
  const prototype: unknown = property?.value
  if (typeof prototype !== 'object' || prototype === null) return false
  return property?.writable === false || prototype instanceof Error || Reflect.ownKeys(prototype).length > 1
}

function byClass(errorClass: ErrorClass): Wanted {
  const prototype = errorClass.prototype as object // a class has one
  if (Object.hasOwn(prototype, 'constructor') && isCancelledClass(prototype)) {
    return { matches: isCancellation, takesWhole: () => false }
  }
  const namesCancelled = hasCancelledBrand(prototype)
  const isEveryGroup = AggregateError.prototype instanceof errorClass
  const isMeant = (error: unknown): boolean => error instanceof errorClass && (namesCancelled || !isCancellation(error))
  return { matches: isMeant, takesWhole: (node) => !isEveryGroup && isMeant(node) }
}

/** Told by what it inherits from, so that the class of another copy of the package is one, too. */
function isCancelledClass(prototype: object): boolean {
  return hasCancelledBrand(prototype) && !hasCancelledBrand(Object.getPrototypeOf(prototype))
}

function byPredicate(predicate: ErrorPredicate): Wanted {
  const ask = (error: unknown): boolean => {
    const answer: unknown = predicate(error)
    if (typeof answer !== 'object' || answer === null || !('then' in answer)) return Boolean(answer)
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `A predicate must answer at once; ${brief(predicate)} gave a promise.`,
    )
  }
  return { matches: ask, takesWhole: ask }
}

function byPattern(pattern: ErrorPattern): Wanted {
  if (!isPattern(pattern)) {
    const keys = typeof pattern === 'object' && pattern !== null ? Object.keys(pattern) : []
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      'Errors are matched by a class, a predicate, { code }, { name } or an array of these; ' +
        `got ${keys.length > 0 ? `an object with ${keys.join(', ')}` : brief(pattern)}.`,
    )
  }
  const { name, code } = pattern
  const isMeant = (error: unknown): boolean => {
    if (typeof error !== 'object' || error === null) return false
    const its = error as { name?: unknown; code?: unknown }
    return (name === undefined || its.name === name) && (code === undefined || its.code === code)
  }
  return { matches: isMeant, takesWhole: isMeant }
}

/** A misspelt key would match everything, or nothing. */
function isPattern(value: unknown): value is ErrorPattern {
  if (typeof value !== 'object' || value === null) return false
  const fields = Object.entries(value).filter(([, field]) => field !== undefined)
  return fields.length > 0 && fields.every(isField)
}

function isField([key, value]: [key: string, value: unknown]): boolean {
  return key === 'code'
    ? typeof value === 'string' || typeof value === 'number'
    : key === 'name' && typeof value === 'string'
}
