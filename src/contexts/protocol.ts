/**
 * What a context manager is. It is entered, gives a value, and is exited with the outcome of the body. It does nothing
 * before it is entered, so a forgotten one leaks nothing, and it is never thenable. The keys are strings with a tilde,
 * so that a class needs no import to be a manager and two copies of the package understand each other.
 */
import type { Outcome, Replacement } from './outcome.ts'

/**
 * What an exit may answer. Nothing: a failure passes. Exactly `true`: it is swallowed (only where `S` allows it).
 * `replace(error)`: it has been dealt with, and that error is thrown instead.
 */
export type ExitAnswer<S extends boolean = false> =
  void | undefined | false | Replacement | (S extends true ? true : never)

/**
 * A synchronous context manager. `S` tells whether its exit may swallow a failure.
 *
 * @example
 * class Indent {
 *   depth = 0
 *   '~enter'() { this.depth++; return this }
 *   '~exit'() { this.depth-- }
 * }
 * const indent = new Indent()
 * withinSync(indent, () => indent.depth) // => 1
 */
export interface ContextManager<T, S extends boolean = false> {
  '~enter'(): T
  '~exit'(outcome: Outcome): ExitAnswer<S>
}

/**
 * An asynchronous context manager. `S` tells whether its exit may swallow a failure.
 *
 * @example
 * class Connection {
 *   open = false
 *   async '~enterAsync'() { this.open = true; return this }
 *   async '~exitAsync'() { this.open = false }
 * }
 * await within(new Connection(), (connection) => connection.open) // => true
 */
export interface AsyncContextManager<T, S extends boolean = false> {
  '~enterAsync'(): T | PromiseLike<T>
  '~exitAsync'(outcome: Outcome): ExitAnswer<S> | Promise<ExitAnswer<S>>
}

/** What an asynchronous manager may have besides: the library's own managers use these. */
export interface ManagerExtras {
  /** Looked up after entering; runs what follows in an ambient frame of the manager's own, synchronously called. */
  readonly '~around'?: (<R>(body: () => R) => R) | undefined
  /** The most milliseconds its exit may take; then the result is an `ExitTimeoutError`. Default: no limit. */
  readonly '~exitTimeout'?: number | undefined
  /** What is entered in its place by those who run no body: handles, stacks. */
  readonly '~native'?: (() => AnyManaged) | undefined
  /** It belongs to the block it was entered in, so a stack that has it is not moved to another one. */
  readonly '~fixed'?: true | undefined
  /** The manager needs a body to act on (`suppress`, `timeout`), so it has no native form. */
  readonly '~needsBody'?: true | undefined
}

/** Anything that has a `Symbol.dispose` or `Symbol.asyncDispose`; its value is itself. */
export type AnyDisposable = Disposable | AsyncDisposable

/** Whatever can be entered. */
export type AnyManaged<S extends boolean = boolean> =
  AsyncContextManager<unknown, S> | ContextManager<unknown, S> | AnyDisposable

/** Whatever can be entered, or a promise of it. */
export type Managed<S extends boolean = boolean> = AnyManaged<S> | PromiseLike<AnyManaged<S>>

/** Whatever can be entered without waiting. */
export type ManagedSync<S extends boolean = boolean> = ContextManager<unknown, S> | Disposable

/** The value that entering gives. */
export type ValueOf<M> = M extends { '~enterAsync'(): infer T }
  ? Awaited<T>
  : M extends { '~enter'(): infer T }
    ? T
    : M extends PromiseLike<infer P>
      ? ValueOf<P>
      : M

/** The value that entering without waiting gives. */
export type ValueOfSync<M> = M extends { '~enter'(): infer T } ? T : M

/** `undefined` where a manager may swallow the failure of the body, else nothing. */
export type Swallowed<M> = M extends { '~exitAsync'(outcome: Outcome): infer A }
  ? true extends Awaited<A>
    ? undefined
    : never
  : M extends { '~exit'(outcome: Outcome): infer A }
    ? true extends A
      ? undefined
      : never
    : M extends PromiseLike<infer P>
      ? Swallowed<P>
      : never

/** The same for what is entered without waiting. */
export type SwallowedSync<M> = M extends { '~exit'(outcome: Outcome): infer A }
  ? true extends A
    ? undefined
    : never
  : never

/**
 * Tells whether a value has the two methods of a synchronous manager.
 *
 * @example
 * isContextManager({ '~enter': () => 1, '~exit': () => {} }) // => true
 */
export function isContextManager(value: unknown): value is ContextManager<unknown, boolean> {
  if (!isObject(value)) return false
  const manager = value as Partial<ContextManager<unknown>>
  return typeof manager['~enter'] === 'function' && typeof manager['~exit'] === 'function'
}

/**
 * Tells whether a value has the two methods of an asynchronous manager.
 *
 * @example
 * isAsyncContextManager({ '~enterAsync': () => 1, '~exitAsync': null }) // => false
 */
export function isAsyncContextManager(value: unknown): value is AsyncContextManager<unknown, boolean> {
  if (!isObject(value)) return false
  const manager = value as Partial<AsyncContextManager<unknown>>
  return typeof manager['~enterAsync'] === 'function' && typeof manager['~exitAsync'] === 'function'
}

/** Tells whether a value can have methods of its own. */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** Tells whether a value is a handle: something that has been entered and waits for its exit. */
export function isHandle(value: unknown): boolean {
  return typeof value === 'object' && value !== null && '~held' in value
}
