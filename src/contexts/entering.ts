/**
 * How whatever is given is entered: a manager, a disposable, a handle. (Promises are waited for by those who may wait.)
 * The method that will be called at the end is looked up before anything is entered.
 */
import { resourceChannel } from '../channels.ts'
import { UsageError } from '../errors/index.ts'
import { describe } from './describe.ts'
import { ignorePromise, isThenable } from './exits.ts'
import type { Exit } from './exits.ts'
import type { Outcome } from './outcome.ts'
import { isAsyncContextManager, isContextManager, isObject } from './protocol.ts'
import type { AsyncContextManager, ContextManager, ManagerExtras } from './protocol.ts'
import { exitLimitOf, limited } from './exit-limit.ts'
import { observed } from './observed.ts'
import { isStep } from './step.ts'

/** Something that has been entered, or (`pending`) is being entered. */
export interface Entered extends Exit {
  /** What entering gave; while `pending`, not yet known. */
  value: unknown
  /** The manager, if it is one. */
  readonly manager?: object
  /** What is being waited for; who has waited puts the result into `value`. */
  readonly pending: PromiseLike<unknown> | undefined
  /** The manager, if what follows has to run inside a frame of its own. Asked after entering. */
  covering(): Covering | undefined
  /** Whether the outcome makes a difference to its exit: an exit that takes no argument does not look at it. */
  wantsWord(): boolean
}

/** A manager with an ambient frame of its own. */
export interface Covering {
  '~around'<R>(body: () => R): R
}

/** Of which only the half is used that was looked for. */
type AnyManager = AsyncContextManager<unknown, boolean> & ContextManager<unknown, boolean> & ManagerExtras

class AsyncEntered implements Entered {
  readonly told = true
  readonly mayWait = true
  readonly manager: AnyManager
  readonly pending: PromiseLike<unknown> | undefined
  value: unknown
  readonly #limit: number | undefined
  constructor(manager: AnyManager) {
    this.manager = manager
    this.#limit = exitLimitOf(manager)
    const value = manager['~enterAsync']()
    if (isThenable(value)) this.pending = value
    else this.value = value
  }
  covering(): Covering | undefined {
    return this.manager['~around'] === undefined ? undefined : (this.manager as Covering)
  }
  isFixed(): boolean {
    return this.manager['~fixed'] === true
  }
  wantsWord(): boolean {
    return this.manager['~exitAsync'].length > 0
  }
  run(outcome: Outcome): unknown {
    const limit = this.#limit
    return limit === undefined
      ? this.manager['~exitAsync'](outcome)
      : limited(this.manager, limit, () => this.manager['~exitAsync'](outcome))
  }
}

class SyncEntered implements Entered {
  readonly told = true
  readonly mayWait = false
  readonly pending = undefined
  readonly manager: AnyManager
  value: unknown
  constructor(manager: AnyManager) {
    this.manager = manager
    this.value = manager['~enter']()
  }
  covering(): Covering | undefined {
    return this.manager['~around'] === undefined ? undefined : (this.manager as Covering)
  }
  isFixed(): boolean {
    return this.manager['~fixed'] === true
  }
  wantsWord(): boolean {
    return this.manager['~exit'].length > 0
  }
  run(outcome: Outcome): unknown {
    return this.manager['~exit'](outcome)
  }
}

/** A disposable; it gives itself and is not told the outcome. */
export class Disposing implements Entered {
  readonly told = false
  readonly pending = undefined
  readonly mayWait: boolean
  readonly value: unknown
  readonly #dispose: () => unknown
  constructor(value: object, dispose: () => unknown, mayWait: boolean) {
    this.value = value
    this.#dispose = dispose
    this.mayWait = mayWait
  }
  covering(): undefined {
    return undefined
  }
  wantsWord(): boolean {
    return false
  }
  run(): unknown {
    return Reflect.apply(this.#dispose, this.value, [])
  }
}

/** Begins to enter whatever may be entered by those who wait. */
export function beginEntering(given: unknown, caller: string): Entered {
  const entered = begin(given, caller)
  return resourceChannel.hasSubscribers ? observed(entered, given as object) : entered // or it would have been refused
}

function begin(given: unknown, caller: string): Entered {
  if (isAsyncContextManager(given)) return new AsyncEntered(given as AnyManager)
  if (isContextManager(given)) return new SyncEntered(given as AnyManager)
  const disposing = isObject(given) ? asyncDisposing(given) : undefined
  if (disposing === undefined) throw notAManager(given, caller, false)
  return disposing
}

/** Enters whatever may be entered without waiting. */
export function enterSync(given: unknown, caller: string): Entered {
  const entered = enterNow(given, caller)
  return resourceChannel.hasSubscribers ? observed(entered, given as object) : entered // as above
}

function enterNow(given: unknown, caller: string): Entered {
  if (isContextManager(given)) return new SyncEntered(given as AnyManager)
  const disposing = isObject(given) ? syncDisposing(given) : undefined
  if (disposing === undefined) throw notAManager(given, caller, true)
  return disposing
}

/** A manager that was entered by somebody else: only its exit is taken over. */
export function exitOf(manager: unknown, sync: boolean): Exit | undefined {
  if (!isObject(manager)) return undefined
  const { '~exitAsync': exitAsync, '~exit': exit } = manager as Partial<AnyManager>
  if (!sync && typeof exitAsync === 'function') {
    return { told: true, mayWait: true, run: (outcome) => Reflect.apply(exitAsync, manager, [outcome]) }
  }
  if (typeof exit === 'function') {
    return { told: true, mayWait: false, run: (outcome) => Reflect.apply(exit, manager, [outcome]) }
  }
  return sync ? syncDisposing(manager) : asyncDisposing(manager)
}

// Runtimes without the symbols get them from libraries that register them.
const disposeSymbol: typeof Symbol.dispose = Symbol.dispose ?? (Symbol.for('Symbol.dispose') as never)
const asyncDisposeSymbol: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as never)
export { asyncDisposeSymbol, disposeSymbol }

/** The asynchronous disposer is looked up first; the other one only where it is null or undefined. */
export function asyncDisposing(value: object): Disposing | undefined {
  const dispose: unknown = (value as Partial<AsyncDisposable>)[asyncDisposeSymbol]
  if (dispose === undefined || dispose === null) return syncDisposing(value)
  if (typeof dispose !== 'function') throw notCallable('Symbol.asyncDispose', dispose)
  return new Disposing(value, dispose as () => unknown, true)
}

export function syncDisposing(value: object): Disposing | undefined {
  const dispose: unknown = (value as Partial<Disposable>)[disposeSymbol]
  if (dispose === undefined || dispose === null) return undefined
  if (typeof dispose !== 'function') throw notCallable('Symbol.dispose', dispose)
  return new Disposing(value, dispose as () => unknown, false)
}

function notCallable(name: string, method: unknown): UsageError {
  return new UsageError(
    'WITHAL_NOT_A_MANAGER',
    `\`${name}\` of what was given is ${describe(method)}, not a function. Give an object whose disposer can be called.`,
  )
}

/** The error for what cannot be entered: what was given, which part is missing, what to give instead. */
export function notAManager(given: unknown, caller: string, sync: boolean): UsageError {
  const got = `${caller} got ${describe(given)}`
  const manager = (given ?? {}) as Partial<AnyManager & AsyncDisposable>
  if (isStep(given)) {
    return new UsageError(
      'WITHAL_STEP_OUTSIDE',
      `${got}, a step for \`yield*\` in a generator. Give \`within\` a body.`,
    )
  }
  if (sync && (manager['~enterAsync'] ?? manager[asyncDisposeSymbol] ?? isThenable(given))) {
    if (isThenable(given)) ignorePromise(given)
    return new UsageError('WITHAL_ASYNC_IN_SYNC', `${got}, and cannot wait for it. Use the asynchronous form.`)
  }
  const call = typeof given === 'function' ? ' If it makes one, call it.' : ''
  const missing = missingHalf(manager, '~enterAsync', '~exitAsync') ?? missingHalf(manager, '~enter', '~exit')
  return new UsageError(
    'WITHAL_NOT_A_MANAGER',
    missing === undefined
      ? `${got}, which is not a context manager. Give a manager, a handle, a disposable${sync ? '' : ', or a promise of one'}.${call}`
      : `${got}, which has no method '${missing}'. A manager needs both halves.`,
  )
}

function missingHalf(manager: object, enter: string, exit: string): string | undefined {
  const methods = manager as Record<string, unknown>
  const hasEnter = typeof methods[enter] === 'function'
  if (hasEnter === (typeof methods[exit] === 'function')) return undefined
  return hasEnter ? exit : enter
}
