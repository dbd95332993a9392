/** The callback form without waiting. */
import { resourceChannel } from '../channels.ts'
import { UsageError } from '../errors/index.ts'
import { describe } from './describe.ts'
import { enterSync } from './entering.ts'
import type { Covering, Entered } from './entering.ts'
import { exitSync, ignorePromise, isThenable, unwindSync } from './exits.ts'
import { isMaker } from './given.ts'
import { completed, concluded, failed } from './outcome.ts'
import { isContextManager } from './protocol.ts'
import type { ContextManager, ManagedSync, ManagerExtras, SwallowedSync, ValueOfSync } from './protocol.ts'
import type { Next } from './within.ts'

/** What a body of `withinSync` may not give: the exits would run before its end. */
export type NotAsync<R> = R extends PromiseLike<unknown> ? 'an async body needs `within`, not `withinSync`' : R

/**
 * Like `within`, with nothing to wait for: managers are entered from left to right, the body runs, and they are exited
 * in reverse, all before it returns.
 *
 * @throws UsageError  What was given is no synchronous manager or no body; or the body returned a promise: then the
 *   managers have been exited with this error as the outcome, and a failure of the promise goes to `onLateError`.
 * @example
 * withinSync(nullContext(20), (x) => nullContext(x + 1), (x, y) => x + y) // => 41
 */
export function withinSync<A extends ManagedSync, R>(
  a: A,
  body: (a: ValueOfSync<A>) => R & NotAsync<R>,
): R | SwallowedSync<A>
export function withinSync<A extends ManagedSync, B extends ManagedSync, R>(
  a: A,
  b: Next<[ValueOfSync<A>], B>,
  body: (a: ValueOfSync<A>, b: ValueOfSync<B>) => R & NotAsync<R>,
): R | SwallowedSync<A | B>
export function withinSync<A extends ManagedSync, B extends ManagedSync, C extends ManagedSync, R>(
  a: A,
  b: Next<[ValueOfSync<A>], B>,
  c: Next<[ValueOfSync<A>, ValueOfSync<B>], C>,
  body: (a: ValueOfSync<A>, b: ValueOfSync<B>, c: ValueOfSync<C>) => R & NotAsync<R>,
): R | SwallowedSync<A | B | C>
export function withinSync<
  A extends ManagedSync,
  B extends ManagedSync,
  C extends ManagedSync,
  D extends ManagedSync,
  R,
>(
  a: A,
  b: Next<[ValueOfSync<A>], B>,
  c: Next<[ValueOfSync<A>, ValueOfSync<B>], C>,
  d: Next<[ValueOfSync<A>, ValueOfSync<B>, ValueOfSync<C>], D>,
  body: (a: ValueOfSync<A>, b: ValueOfSync<B>, c: ValueOfSync<C>, d: ValueOfSync<D>) => R & NotAsync<R>,
): R | SwallowedSync<A | B | C | D>
export function withinSync<
  A extends ManagedSync,
  B extends ManagedSync,
  C extends ManagedSync,
  D extends ManagedSync,
  E extends ManagedSync,
  R,
>(
  a: A,
  b: Next<[ValueOfSync<A>], B>,
  c: Next<[ValueOfSync<A>, ValueOfSync<B>], C>,
  d: Next<[ValueOfSync<A>, ValueOfSync<B>, ValueOfSync<C>], D>,
  e: Next<[ValueOfSync<A>, ValueOfSync<B>, ValueOfSync<C>, ValueOfSync<D>], E>,
  body: (
    a: ValueOfSync<A>,
    b: ValueOfSync<B>,
    c: ValueOfSync<C>,
    d: ValueOfSync<D>,
    e: ValueOfSync<E>,
  ) => R & NotAsync<R>,
): R | SwallowedSync<A | B | C | D | E>
export function withinSync(first: unknown, second?: unknown, ...more: unknown[]): unknown {
  if (more.length === 0 && typeof second === 'function' && isContextManager(first) && !resourceChannel.hasSubscribers)
    return runOne(first, second as Body)
  const given = [first, second, ...more]
  const body = given[given.length - 1]
  if (typeof body !== 'function') throw noBody(body)
  return run(given, 0, [])
}

type Body = (...values: unknown[]) => unknown

/** The common case, one manager, without the lists. */
function runOne(manager: ContextManager<unknown, boolean> & ManagerExtras, body: Body): unknown {
  const value = manager['~enter']()
  let result: unknown
  try {
    result = manager['~around'] === undefined ? body(value) : covered(manager, body, value)
    if (isThenable(result)) throw promisedBody(result)
  } catch (error) {
    return concluded(exitSync(manager, failed(error)), undefined)
  }
  return concluded(exitSync(manager, completed), result)
}

/** Apart, since a function that makes closures keeps its variables on the heap. */
function covered(manager: ManagerExtras, body: Body, value: unknown): unknown {
  return manager['~around']!(() => body(value)) // the caller has seen that it is there
}

function run(given: readonly unknown[], first: number, values: unknown[]): unknown {
  const entered: Entered[] = []
  let outcome = completed
  let result: unknown
  try {
    let covering: Covering | undefined
    let index = first
    for (; index < given.length - 1 && covering === undefined; index++) {
      let next = given[index]
      if (index > 0 && isMaker(next)) next = next(...values)
      const entering = enterSync(next, '`withinSync`')
      entered.push(entering)
      values.push(entering.value)
      covering = entering.covering()
    }
    const body = given[given.length - 1] as Body // checked by `withinSync`
    if (covering === undefined) {
      result = body(...values)
      if (isThenable(result)) throw promisedBody(result)
    } else result = covering['~around'](() => run(given, index, values))
  } catch (error) {
    outcome = failed(error)
  }
  return concluded(unwindSync(entered, outcome), result)
}

function promisedBody(promise: PromiseLike<unknown>): UsageError {
  ignorePromise(promise)
  return new UsageError(
    'WITHAL_PROMISE_FROM_SYNC_BODY',
    'The body given to `withinSync` returned a promise, so its work goes on after the exits have run. Use `within`, or do not return a promise.',
  )
}

function noBody(given: unknown): UsageError {
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`withinSync\` got ${describe(given)} as its last argument, where the body belongs. Give one manager at least, and a function of their values.`,
  )
}
