/**
 * Managers written as generators: what stands before the `yield` is enter, the yielded value is the value, what stands
 * after it is exit. The body's error is thrown at the `yield`. A generator swallows it only by `return true`; one that
 * catches it and just ends passes it on, since a `catch` that only logs must not make failures vanish.
 */
import { checkDuration } from '../clock.ts'
import { UsageError } from '../errors/index.ts'
import { AsyncGeneratorManager } from './async-generator-manager.ts'
import { copyProperties } from './copy-properties.ts'
import { describe } from './describe.ts'
import { ignorePromise, isThenable } from './exits.ts'
import type { Handle, SyncHandle } from './hold.ts'
import type { AsyncContextManager, ContextManager } from './protocol.ts'
import type { AsyncStep, Step } from './step.ts'
import { SyncGeneratorManager } from './sync-generator-manager.ts'

/** What `contextManager` takes besides the generator function. */
export interface ContextManagerOptions {
  /** The most milliseconds its exit may take, counting its own code only. Default: no limit. */
  readonly exitTimeout?: number | undefined
}

/** The value among what a generator yields: steps are not values. */
export type YieldedValue<Y> = Exclude<Y, Step<unknown> | AsyncStep<unknown>>

/** What `contextManager` takes: a generator that swallows a failure only by `return true`, and is sent nothing. */
export type ManagerGenerator =
  Generator<unknown, true | void, undefined> | AsyncGenerator<unknown, true | void, undefined>

/** The manager that is made of a generator. */
export type ManagerOf<G> =
  G extends AsyncGenerator<infer Y, infer S, undefined>
    ? AsyncContextManager<YieldedValue<Y>, MaySwallow<S>>
    : G extends Generator<infer Y, infer S, undefined>
      ? ContextManager<YieldedValue<Y>, MaySwallow<S>>
      : never

/** The options that a generator may have: only asynchronous ones have an exit that can be limited. */
export type OptionsOf<G> =
  G extends AsyncGenerator<unknown, unknown, undefined>
    ? ContextManagerOptions
    : 'only the exit of an async generator can be limited'

/**
 * A text that shows as the type error where what a generator yields makes no manager. `N` is `never`: were it written here,
 * the compiler would compare once and for all, before it knows what is yielded.
 */
export type Yields<G, N> = G extends
  Generator<infer Y, unknown, undefined> | AsyncGenerator<infer Y, unknown, undefined>
  ? Same<[Exclude<YieldedValue<Y>, HeldValue>], [N], Mistake<Y>>
  : unknown

type HeldValue = Handle<unknown> | SyncHandle<unknown>

type Mistake<Y> = [YieldedValue<Y>] extends [never]
  ? 'the generator never yields a value'
  : 'yield a value, not a handle: write `const value = yield* within(manager)`'

/** Compares in the one way that tells a type parameter from `never`: so a generic generator fits. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- that there is a parameter makes the comparison exact
type Same<A, B, Then> = (<V>() => V extends A ? 1 : 2) extends <V>() => V extends B ? 1 : 2 ? Then : unknown

type MaySwallow<S> = true extends S ? true : false

/**
 * Makes a function that makes context managers out of a generator function. Each call gives a fresh manager, to be
 * entered once; nothing of the generator runs before. `yield* within(manager)` enters another manager on the way: what
 * follows, the body included, runs inside it, and it is exited when the generator has ended.
 *
 * How the body ended is seen at the `yield`: it gives nothing when the body completed; it throws the body's error; and
 * it returns (running only `finally`) when a native block was left without a word.
 *
 * @param options.exitTimeout  Milliseconds for the generator's own code after the `yield`, of async generators. Default: no limit.
 * @throws UsageError     Not a generator function.
 * @throws ContractError  From entering: the generator ended without a `yield`. From exiting: it did not stop after it.
 * @example
 * const events: string[] = []
 * const opened = contextManager(async function* (name: string) {
 *   events.push(`open ${name}`)
 *   try {
 *     yield name.toUpperCase()
 *   } finally {
 *     events.push(`close ${name}`)
 *   }
 * })
 * await within(opened('a'), (value) => events.push(value))
 * events // => ['open a', 'A', 'close a']
 */
export function contextManager<A extends unknown[], G extends ManagerGenerator, N = never>(
  fn: (...args: A) => G & Yields<G, N>,
  options?: OptionsOf<G>,
): (...args: A) => ManagerOf<G>
export function contextManager(fn: unknown, options: ContextManagerOptions | string = {}): unknown {
  if (typeof fn !== 'function') throw notGenerator(fn)
  const { exitTimeout } = options as ContextManagerOptions // the text only shows where that is a mistake
  if (exitTimeout !== undefined) checkDuration(exitTimeout, 'exitTimeout')
  const name = fn.name === '' ? 'an anonymous generator manager' : fn.name
  return copyProperties(fn, makerOf(fn as GeneratorLike, name, exitTimeout))
}

type GeneratorLike = (...args: unknown[]) => unknown

/** The function that makes the managers. The language tells which kind of generator it is; if not, its result does. */
function makerOf(fn: GeneratorLike, name: string, exitTimeout: number | undefined): GeneratorLike {
  switch ((fn as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag]) {
    case 'GeneratorFunction':
      return function (this: unknown, ...args) {
        return new SyncGeneratorManager(fn.apply(this, args) as Generator, name)
      }
    case 'AsyncGeneratorFunction':
      return function (this: unknown, ...args) {
        return new AsyncGeneratorManager(fn.apply(this, args) as AsyncGenerator, name, exitTimeout)
      }
    case 'AsyncFunction':
      throw notGenerator(fn)
    default:
      return function (this: unknown, ...args) {
        const made = fn.apply(this, args)
        if (isGenerator(made, Symbol.asyncIterator))
          return new AsyncGeneratorManager(made as AsyncGenerator, name, exitTimeout)
        if (isGenerator(made, Symbol.iterator)) return new SyncGeneratorManager(made as Generator, name)
        if (isThenable(made)) ignorePromise(made)
        throw notGenerator(fn, made)
      }
  }
}

function isGenerator(value: unknown, iterator: symbol): boolean {
  if (typeof value !== 'object' || value === null || !(iterator in value)) return false
  const { next, throw: raise, return: finish } = value as Partial<Generator>
  return typeof next === 'function' && typeof raise === 'function' && typeof finish === 'function'
}

function notGenerator(given: unknown, returned?: unknown): UsageError {
  const what = returned === undefined ? '' : `, which returned ${describe(returned)}`
  return new UsageError(
    'WITHAL_NOT_A_GENERATOR',
    `\`contextManager\` got ${describe(given)}${what}. Give a generator function (\`function*\` or \`async function*\`) that yields once.`,
  )
}
