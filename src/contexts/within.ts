/**
 * The callback form: enter, run the body, exit, whatever happens. It is the only form in which exits learn how the body
 * ended and may swallow its failure, and in which an ambient scope covers the body.
 */
import { resourceChannel } from '../channels.ts'
import { UsageError } from '../errors/index.ts'
import { currentFrame, scopeOf, shieldFor } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { AsyncGeneratorManager } from './async-generator-manager.ts'
import { describe } from './describe.ts'
import { beginEntering } from './entering.ts'
import type { Covering } from './entering.ts'
import { exitLimitOf, limited } from './exit-limit.ts'
import { exitSync, inShield, isThenable, unwind } from './exits.ts'
import type { Exit } from './exits.ts'
import { isMaker, isPromised, keepPromises, takeUnreached, whenGiven } from './given.ts'
import { afterAnswer, afterThrow, completed, concluded, failed } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { isAsyncContextManager, isContextManager } from './protocol.ts'
import type { AsyncContextManager, ContextManager, Managed, ManagerExtras, Swallowed, ValueOf } from './protocol.ts'
import { stepOf } from './step.ts'
import type { AsyncStep, Step } from './step.ts'

/** From the second place on: a manager, or a function that makes it from the values before. */
export type Next<Earlier extends unknown[], M> = M | ((...earlier: Earlier) => M)

/** The step that enters a manager: `function*` takes it only where nothing has to be waited for. */
export type StepOf<M> = M extends AsyncContextManager<unknown, boolean> | AsyncDisposable | PromiseLike<unknown>
  ? AsyncStep<ValueOf<M>>
  : Step<ValueOf<M>>

/**
 * Enters managers from left to right, runs the body with their values, and exits them in reverse, each told how the body
 * and the exits before it ended. From the second place on, a function of the values before may stand for a manager.
 *
 * Every manager that was entered is exited, also when a later one, the body or another exit fails, and no error is lost:
 * see `combine` in docs/contexts.md. The result is that of the body, or `undefined` where a manager has swallowed its
 * failure. What is given may also be a handle, a `Disposable`, an `AsyncDisposable`, or a promise of any of these; a
 * promise that the surrounding scope's cancellation leaves behind is released when it comes.
 *
 * Without a body it is a step: `const tx = yield* within(db.transaction())` in a generator manager.
 *
 * @throws UsageError   What was given is no manager or no body. Nothing is left entered.
 * @throws Cancelled    The surrounding scope was cancelled while something was being entered. It has been exited again.
 * @example
 * const lines: string[] = []
 * const logged = contextManager(function* (name: string) {
 *   lines.push(`enter ${name}`)
 *   yield name
 *   lines.push(`exit ${name}`)
 * })
 * await within(logged('a'), (a) => logged(`${a}b`), async (a, b) => lines.push(`body ${a} ${b}`))
 * lines // => ['enter a', 'enter ab', 'body a ab', 'exit ab', 'exit a']
 */
export function within<M extends Managed>(manager: M): StepOf<M>
export function within<A extends Managed, R>(
  a: A,
  body: (a: ValueOf<A>) => R | PromiseLike<R>,
): Promise<R | Swallowed<A>>
export function within<A extends Managed, B extends Managed, R>(
  a: A,
  b: Next<[ValueOf<A>], B>,
  body: (a: ValueOf<A>, b: ValueOf<B>) => R | PromiseLike<R>,
): Promise<R | Swallowed<A | B>>
export function within<A extends Managed, B extends Managed, C extends Managed, R>(
  a: A,
  b: Next<[ValueOf<A>], B>,
  c: Next<[ValueOf<A>, ValueOf<B>], C>,
  body: (a: ValueOf<A>, b: ValueOf<B>, c: ValueOf<C>) => R | PromiseLike<R>,
): Promise<R | Swallowed<A | B | C>>
export function within<A extends Managed, B extends Managed, C extends Managed, D extends Managed, R>(
  a: A,
  b: Next<[ValueOf<A>], B>,
  c: Next<[ValueOf<A>, ValueOf<B>], C>,
  d: Next<[ValueOf<A>, ValueOf<B>, ValueOf<C>], D>,
  body: (a: ValueOf<A>, b: ValueOf<B>, c: ValueOf<C>, d: ValueOf<D>) => R | PromiseLike<R>,
): Promise<R | Swallowed<A | B | C | D>>
export function within<
  A extends Managed,
  B extends Managed,
  C extends Managed,
  D extends Managed,
  E extends Managed,
  R,
>(
  a: A,
  b: Next<[ValueOf<A>], B>,
  c: Next<[ValueOf<A>, ValueOf<B>], C>,
  d: Next<[ValueOf<A>, ValueOf<B>, ValueOf<C>], D>,
  e: Next<[ValueOf<A>, ValueOf<B>, ValueOf<C>, ValueOf<D>], E>,
  body: (a: ValueOf<A>, b: ValueOf<B>, c: ValueOf<C>, d: ValueOf<D>, e: ValueOf<E>) => R | PromiseLike<R>,
): Promise<R | Swallowed<A | B | C | D | E>>
export function within(first: unknown, second?: unknown, ...more: unknown[]): unknown {
  if (arguments.length === 1) return stepOf(first, within)
  if (more.length === 0 && typeof second === 'function' && !resourceChannel.hasSubscribers) {
    if (first instanceof AsyncGeneratorManager) return runGenerator(first, second as Body)
    if (isAsyncContextManager(first)) return runOne(first, second as Body)
    if (isContextManager(first)) return runSync(first, second as Body)
  }
  const given = [first, second, ...more]
  const body = given[given.length - 1]
  if (typeof body !== 'function') return Promise.reject(noBody(body))
  keepPromises(given)
  return run(given, 0, [])
}

type Body = (...values: unknown[]) => unknown
type AsyncManager = AsyncContextManager<unknown, boolean>

/** The common case, one asynchronous manager, takes no more turns than a `try`/`finally` by hand. */
async function runOne(manager: AsyncContextManager<unknown, boolean> & ManagerExtras, body: Body): Promise<unknown> {
  const limit = exitLimitOf(manager)
  let value: unknown = manager['~enterAsync']()
  let ownTurn = false
  let outcome = completed
  let result: unknown
  if (isThenable(value)) {
    ownTurn = true
    value = await value
  }
  try {
    if (ownTurn) refuseWhenCancelled()
    result = manager['~around'] === undefined ? body(value) : covered(manager, body, value)
    if (isThenable(result)) {
      ownTurn = true
      result = await result
    }
  } catch (error) {
    outcome = failed(error)
  }
  try {
    const shield = shieldFor(currentFrame())
    let answer =
      shield === undefined ? exitOf(manager, outcome, limit) : exitInShield(manager, outcome, limit, shield, ownTurn)
    if (isThenable(answer)) answer = await answer
    outcome = afterAnswer(outcome, answer)
  } catch (error) {
    outcome = afterThrow(outcome, error, true)
  }
  return concluded(outcome, result)
}

function exitOf(manager: AsyncManager, outcome: Outcome, limit: number | undefined): unknown {
  return limit === undefined ? manager['~exitAsync'](outcome) : exitWithLimit(manager, outcome, limit)
}

// These three stand apart, since a function that makes closures keeps its variables on the heap.
function exitWithLimit(manager: AsyncManager, outcome: Outcome, limit: number): unknown {
  return limited(manager, limit, () => manager['~exitAsync'](outcome))
}

function exitInShield(
  manager: AsyncManager,
  outcome: Outcome,
  limit: number | undefined,
  shield: Frame,
  ownTurn: boolean,
): unknown {
  return inShield(shield, ownTurn, () => exitOf(manager, outcome, limit))
}

function covered(manager: ManagerExtras, body: Body, value: unknown): unknown {
  return manager['~around']!(() => body(value)) // the caller has seen that it is there
}

/** The same for one synchronous manager: only the body is waited for. */
async function runSync(manager: ContextManager<unknown, boolean> & ManagerExtras, body: Body): Promise<unknown> {
  const value = manager['~enter']()
  let result: unknown
  try {
    result = manager['~around'] === undefined ? body(value) : covered(manager, body, value)
    if (isThenable(result)) result = await result
  } catch (error) {
    return concluded(exitSync(manager, failed(error)), undefined)
  }
  return concluded(exitSync(manager, completed), result)
}

/** The same for one generator manager: what is awaited is the generator itself. */
async function runGenerator(manager: AsyncGeneratorManager, body: Body): Promise<unknown> {
  const starting = manager.beginEntering()
  let started: IteratorResult<unknown, unknown>
  try {
    started = await starting
  } catch (error) {
    manager.abandon()
    throw error
  }
  const value = manager.hasValue(started) ? started.value : await manager.finishEntering(started)
  let outcome = completed
  let result: unknown
  try {
    refuseWhenCancelled()
    result = manager['~around'] === undefined ? body(value) : covered(manager, body, value)
    if (isThenable(result)) result = await result
  } catch (error) {
    outcome = failed(error)
  }
  try {
    const ending = manager.beginExiting(outcome)
    if (ending === undefined) outcome = afterAnswer(outcome, await manager['~exitAsync'](outcome))
    else {
      const after = manager.outcomeAfter(outcome, await ending)
      outcome = after instanceof Promise ? await after : after
    }
  } catch (error) {
    outcome = afterThrow(outcome, error, true)
  }
  return concluded(outcome, result)
}

/** Enters what stands from `first` on (the last one is the body), runs the body, and exits all of it. */
async function run(given: readonly unknown[], first: number, values: unknown[]): Promise<unknown> {
  const entered: Exit[] = []
  let outcome = completed
  let result: unknown
  let ownTurn = false
  let index = first
  try {
    let covering: Covering | undefined
    for (; index < given.length - 1 && covering === undefined; index++) {
      let next = given[index]
      if (index > 0 && isMaker(next)) next = next(...values)
      if (isPromised(next)) {
        ownTurn = true
        next = await whenGiven(next)
      }
      const entering = beginEntering(next, '`within`')
      if (entering.pending === undefined) entered.push(entering)
      else {
        ownTurn = true
        entering.value = await entering.pending
        entered.push(entering)
        refuseWhenCancelled()
      }
      values.push(entering.value)
      covering = entering.covering()
    }
    const body = given[given.length - 1] as Body // checked by `within`
    const next = index
    result = covering === undefined ? body(...values) : covering['~around'](() => run(given, next, values))
    index = given.length
    if (isThenable(result)) {
      ownTurn = true
      result = await result
    }
  } catch (error) {
    outcome = failed(error)
    entered.push(...takeUnreached(given.slice(index + 1, -1)))
  }
  const unwinding = unwind(entered, outcome, ownTurn)
  return concluded(unwinding instanceof Promise ? await unwinding : unwinding, result)
}

/** What was entered while the scope around was being cancelled is exited again, and its body does not begin. */
function refuseWhenCancelled(): void {
  const cancelled = scopeOf(currentFrame())?.cancelled
  if (cancelled !== undefined) throw cancelled
}

function noBody(given: unknown): UsageError {
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`within\` got ${describe(given)} as its last argument, where the body belongs. Give a function of the managers' values.`,
  )
}
