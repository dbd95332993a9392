/**
 * Managers round functions: each call runs inside a manager. The function may be of any kind, and stays of that kind: the
 * manager of one that gives a promise is exited when the promise has settled, that of a generator when it has ended.
 */
import { UsageError } from '../errors/index.ts'
import { copyProperties } from './copy-properties.ts'
import { describe } from './describe.ts'
import { asyncDisposeSymbol, disposeSymbol, enterSync } from './entering.ts'
import type { Entered } from './entering.ts'
import { isThenable, unwind, unwindSync } from './exits.ts'
import { isMaker } from './given.ts'
import { completed, concluded, failed } from './outcome.ts'
import { isAsyncContextManager, isContextManager, isObject } from './protocol.ts'
import type { AnyManaged, AsyncContextManager, ContextManager, Swallowed, ValueOf } from './protocol.ts'
import { within } from './within.ts'
import { driveAsync, driveSync } from './wrapped-generators.ts'

/** A function of any kind. */
export type AnyFunction = (...args: never[]) => unknown

/** A manager that can be entered again and again, or a function that makes one for each call from its arguments. */
export type MadeFor<M, A extends unknown[]> = M | ((...args: A) => M)

/** A function that already gives what has to be waited for, so that waiting for a manager does not change its type. */
export type WaitedFunction = (...args: never[]) => PromiseLike<unknown> | AsyncGenerator

/** What has to be waited for. */
export type AsyncManaged = AsyncContextManager<unknown, boolean> | AsyncDisposable

/** A text that shows as the type error where waiting would change what a function gives. */
export type NeedsNoWait<M> = M extends ContextManager<unknown, boolean> | Disposable
  ? unknown
  : 'an asynchronous manager cannot wrap a synchronous function: make it async'

/** The wrapped function: the same, unless the manager may swallow a failure and so leave it without a result. */
export type Wrapped<M, F extends AnyFunction> = [Swallowed<M>] extends [never]
  ? F
  : (this: ThisParameterType<F>, ...args: Parameters<F>) => MaybeNothing<ReturnType<F>>

/** The result of a call that is given the manager's value. */
export type WrappedResult<M, R> = [Swallowed<M>] extends [never] ? R : MaybeNothing<R>

type MaybeNothing<R> =
  R extends PromiseLike<infer V>
    ? Promise<V | undefined>
    : R extends Iterator<unknown> | AsyncIterator<unknown>
      ? R
      : R | undefined

/** A decorator for methods, static methods, getters, and fields that hold functions. */
export interface WrapDecorator<M> {
  <F extends AnyFunction>(
    method: F & (F extends WaitedFunction ? unknown : NeedsNoWait<M>),
    context: ClassMethodDecoratorContext | ClassGetterDecoratorContext,
  ): F
  (field: undefined, context: ClassFieldDecoratorContext): <F extends AnyFunction>(initial: F) => F
}

/** What `wrap` takes besides. */
export interface WrapOptions {
  /** Whether the manager's value is passed to the function, before its arguments. Default: false. */
  readonly passValue?: boolean | undefined
}

/**
 * Wraps a function of any kind, so that each call runs inside a manager; with the manager alone, it is a decorator. What
 * is given is a function that makes a manager for each call, from the call's arguments, or a manager that can be entered
 * again and again. Arguments, `this`, result, name and length stay; the original is `wrapped['~wrapped']`.
 *
 * Exit is told how the call ended; where it swallows a failure the call gives `undefined`. The manager of a generator is
 * entered at the first `next` and exited when the generator has ended, or `unknown` when it is closed early.
 *
 * @param options.passValue  Whether the manager's value is passed before the arguments. Default: false.
 * @throws UsageError  Not a function, or not one of a class; from a call: not a manager.
 * @example
 * const log: string[] = []
 * const traced = contextManager(function* (name: string) { log.push(`> ${name}`); yield; log.push(`< ${name}`) })
 * const greet = wrap((name: string) => traced(name), async (name: string) => `Hello ${name}`)
 * await greet('Ada') // => 'Hello Ada'
 * log // => ['> Ada', '< Ada']
 */
export function wrap<M extends AnyManaged>(make: M | ((...args: never[]) => M)): WrapDecorator<M>
export function wrap<M extends AnyManaged, A extends unknown[], R>(
  make: M | (() => M),
  fn: (value: ValueOf<M>, ...args: A) => R,
  options: { readonly passValue: true },
): (...args: A) => WrappedResult<M, R>
export function wrap<M extends AnyManaged, A extends unknown[], R>(
  make: MadeFor<M, A>,
  fn: (value: ValueOf<M>, ...args: A) => R,
  options: { readonly passValue: true },
): (...args: A) => WrappedResult<M, R>
export function wrap<M extends AsyncManaged, F extends WaitedFunction>(
  make: MadeFor<M, Parameters<F>>,
  fn: F,
): Wrapped<M, F>
export function wrap<M extends AnyManaged, F extends AnyFunction>(
  make: MadeFor<M, Parameters<F>> & NeedsNoWait<M>,
  fn: F,
): Wrapped<M, F>
export function wrap(make: unknown, fn?: unknown, options: WrapOptions = {}): unknown {
  return fn === undefined ? decorator(make) : wrapFunction(make, fn, options.passValue === true)
}

type Callable = (...args: unknown[]) => unknown

/** One call of a wrapped function. */
interface Call {
  readonly manager: () => unknown
  readonly body: (value: unknown) => unknown
}

function wrapFunction(make: unknown, fn: unknown, passValue: boolean): Callable {
  if (typeof fn !== 'function') {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`wrap\` got ${describe(fn)}. Give the function to wrap.`)
  }
  const start = starterOf(fn)
  function wrapped(this: unknown, ...args: unknown[]): unknown {
    return start({
      manager: () => (isMaker(make) ? Reflect.apply(make, this, args) : make),
      body: (value) => Reflect.apply(fn as Callable, this, passValue ? [value, ...args] : args),
    })
  }
  copyProperties(fn, wrapped)
  Object.defineProperty(wrapped, '~wrapped', { value: fn, configurable: true })
  return wrapped
}

/** How a call begins, by the kind of function. A plain function tells its kind by what it gives (ES: a thenable). */
function starterOf(fn: object): (call: Call) => unknown {
  switch ((fn as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]) {
    case 'GeneratorFunction':
      return (call) => driveSync(call.manager, call.body as (value: unknown) => Generator) // the tag says so
    case 'AsyncGeneratorFunction':
      return (call) => driveAsync(call.manager, call.body as (value: unknown) => AsyncGenerator) // the tag says so
    case 'AsyncFunction':
      return async (call) => await within(call.manager() as AnyManaged, call.body)
    default:
      return callPlain
  }
}

function callPlain(call: Call): unknown {
  const manager = call.manager()
  if (!isSync(manager)) return within(manager as AnyManaged, call.body)
  const entered = enterSync(manager, '`wrap`')
  let result: unknown
  try {
    const covering = entered.covering()
    const body = (): unknown => call.body(entered.value)
    result = covering === undefined ? body() : covering['~around'](body)
  } catch (error) {
    return concluded(unwindSync([entered], failed(error)), undefined)
  }
  return isThenable(result) ? settle(entered, result) : concluded(unwindSync([entered], completed), result)
}

/** The manager stays entered until the promise has settled, not merely until the call returns (CPython issue 125862). */
async function settle(entered: Entered, promise: PromiseLike<unknown>): Promise<unknown> {
  let result: unknown
  let outcome = completed
  try {
    result = await promise
  } catch (error) {
    outcome = failed(error)
  }
  return concluded(await unwind([{ ...exitOnly(entered), mayWait: true }], outcome, true), result)
}

function exitOnly(entered: Entered): Pick<Entered, 'told' | 'run'> {
  return { told: entered.told, run: (outcome) => entered.run(outcome) }
}

function isSync(manager: unknown): boolean {
  return (
    isContextManager(manager) ||
    (isObject(manager) &&
      !isAsyncContextManager(manager) &&
      !(asyncDisposeSymbol in manager) &&
      disposeSymbol in manager)
  )
}

type DecoratorContext = ClassMethodDecoratorContext | ClassGetterDecoratorContext | ClassFieldDecoratorContext

function decorator(make: unknown): unknown {
  return (member: unknown, context: DecoratorContext): unknown => {
    if (context.kind === 'method' || context.kind === 'getter') return wrapFunction(make, member, false)
    if (context.kind === 'field') return (initial: unknown) => wrapFunction(make, initial, false)
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`@wrap\` stands at a ${String((context as { kind: unknown }).kind)}. It decorates methods, getters, and fields that hold functions.`,
    )
  }
}
