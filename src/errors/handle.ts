/**
 * `except*` for JavaScript: several handlers, each for its part of a group, and nothing gets lost between them.
 */
import { UsageError } from './classes.ts'
import { combine } from './combine.ts'
import { brief, isErrorLike, messageOf } from './describe.ts'
import { filterLeaves, type Filtered, type Found } from './filter.ts'
import { ErrorGroup } from './group.ts'
import { leaves } from './leaves.ts'
import { isClass, type Matched, type Matcher, readMatcher, splitError } from './match.ts'
import { partsOf } from './shape.ts'

/** Pairs of what is meant and who handles it. The handler always gets a group; `leaves` gives the single errors. */
export type ErrorHandlers<M extends readonly Matcher[]> = {
  readonly [Index in keyof M]: readonly [matcher: M[Index], handler: (part: ErrorGroup<Matched<M[Index]>>) => unknown]
}

/**
 * Handles an error part by part. Each handler in turn gets what it matches and no earlier one has taken, always as a
 * group, also when a single error was given; a handler that matches nothing is not called. A handler may be async: the
 * next one starts when it has ended. What nobody takes is thrown on, in the shape it had: the very same object when no
 * handler matched.
 *
 * A handler that throws takes nothing away: its part, or errors from it, thrown again go back to where they were; a new
 * error keeps those it was made for (as its `cause`, or in a `SuppressedError`), and is thrown in one group with what else
 * there is. Where a single error was given and a single one comes out, it is thrown bare.
 *
 * A cancellation goes only to a handler that names it, see `matches`; `Error` does not.
 *
 * @throws UsageError  What was given are no handlers, or one is for groups as such, which would take everything. No
 *   handler was called; `cause` is the error that was to be handled.
 * @example
 * const missing: string[] = []
 * try {
 *   throw new ErrorGroup([Object.assign(new Error('a.txt'), { code: 'ENOENT' })], 'reading failed')
 * } catch (error) {
 *   await handleErrors(error, [
 *     [{ code: 'ENOENT' }, (part) => { missing.push(...leaves(part).map(String)) }],
 *     [SyntaxError, (part) => console.error(part)],
 *   ])
 * }
 * missing // => ['Error: a.txt']
 */
export async function handleErrors<const M extends readonly Matcher[]>(
  error: unknown,
  handlers: ErrorHandlers<M>,
): Promise<void> {
  checkHandlers(handlers, error)
  const back = new Set<unknown>()
  const news: unknown[] = []
  let rest: Found | undefined = { error }
  for (const [matcher, handler] of handlers) {
    if (rest === undefined) break
    const { kept, dropped } = splitOrFail(rest.error, matcher, error)
    if (kept === undefined) continue
    rest = dropped
    const part = kept.error instanceof ErrorGroup ? kept.error : new ErrorGroup([kept.error])
    try {
      // The matcher has said what is in it, which the compiler cannot follow. One after another, as promised.
      await handler(part as ErrorGroup<Matched<M[number]>>)
    } catch (thrown) {
      sortOut(thrown, part, back, news)
    }
  }
  throwAll(error, rest, back, news)
}

/** A predicate that throws must not cost the error it was asked about. */
function splitOrFail(rest: unknown, matcher: Matcher, error: unknown): Filtered {
  try {
    return splitError(rest, matcher)
  } catch (thrown) {
    throw combine(thrown, error, true)
  }
}

/** What a handler has thrown is either of what it was given, or new. */
function sortOut(thrown: unknown, part: ErrorGroup, back: Set<unknown>, news: unknown[]): void {
  const given = leaves(part)
  const again = partOf(thrown, part) ? leaves(thrown) : [thrown]
  const known = new Set(given)
  if (again.every((leaf) => known.has(leaf))) for (const leaf of again) back.add(leaf)
  else news.push(combine(thrown, given.length === 1 ? given[0] : part, true))
}

/** A part of a part has its message; a group with another message is one that the handler made on purpose. */
function partOf(thrown: unknown, part: ErrorGroup): boolean {
  return thrown instanceof ErrorGroup && thrown.message === part.message
}

function throwAll(error: unknown, rest: Found | undefined, back: ReadonlySet<unknown>, news: readonly unknown[]): void {
  const remains = back.size === 0 ? rest : putBack(error, rest, back)
  if (news.length === 0) {
    if (remains === undefined) return
    throw remains.error
  }
  const all = remains === undefined ? news : [...news, remains.error]
  if (all.length === 1 && partsOf(error) === undefined) throw all[0]
  throw new ErrorGroup(all, isErrorLike(error) ? messageOf(error) : '')
}

/** Made from the original, not from its parts, so that everything is in its old place. */
function putBack(error: unknown, rest: Found | undefined, back: ReadonlySet<unknown>): Found | undefined {
  const stays = new Set(rest === undefined ? [] : leaves(rest.error))
  return filterLeaves(error, (leaf) => stays.has(leaf) || back.has(leaf)).kept
}

function checkHandlers(handlers: unknown, error: unknown): void {
  if (!Array.isArray(handlers))
    throw wrong(`handleErrors takes an array of [matcher, handler]; got ${brief(handlers)}.`, error)
  for (const pair of handlers as unknown[]) {
    const [matcher, handler] = (Array.isArray(pair) ? pair : []) as [Matcher?, unknown?]
    if (typeof handler !== 'function')
      throw wrong(`A handler is a pair [matcher, function]; got ${brief(pair)}.`, error)
    checkMatcher(matcher, error)
  }
}

function checkMatcher(matcher: Matcher | undefined, error: unknown): void {
  try {
    readMatcher(matcher as Matcher) // which refuses what is none
  } catch (refusal) {
    throw wrong((refusal as UsageError).message, error)
  }
  const each = (Array.isArray(matcher) ? matcher : [matcher]) as Exclude<Matcher, readonly unknown[]>[]
  if (!each.some(meansGroups)) return
  throw wrong('A handler for groups would take every group whole; name the errors in it, or catch the group.', error)
}

function meansGroups(matcher: Exclude<Matcher, readonly unknown[]>): boolean {
  if (typeof matcher !== 'function') return matcher.name === 'ErrorGroup' || matcher.code === 'WITHAL_ERROR_GROUP'
  if (!isClass(matcher)) return false
  return (matcher as unknown) === AggregateError || matcher.prototype instanceof AggregateError
}

function wrong(message: string, error: unknown): UsageError {
  return new UsageError('WITHAL_INVALID_ARGUMENT', message, { cause: error })
}
