/**
 * A stack of exits whose number is known only at run time: Python's `contextlib.ExitStack` and the platform's
 * `DisposableStack` in one class.
 */
import { disposeSymbol, syncDisposing, notAManager } from './entering.ts'
import { enterUncoveredSync } from './enter-fully.ts'
import type { RemovableExit } from './exit-list.ts'
import { unwindSync } from './exits.ts'
import { SyncHandle } from './hold.ts'
import { StateError } from '../errors/index.ts'
import { answerFor, completed, unknown } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { isObject } from './protocol.ts'
import type { ContextManager, ExitAnswer, ManagedSync, SwallowedSync, ValueOfSync } from './protocol.ts'
import { StackCore } from './stack-core.ts'

/** A text that shows as the type error where a stack may not swallow failures and a manager may. */
export type FitsStack<Swallows, S extends boolean> = [Swallows] extends [never]
  ? unknown
  : true extends S
    ? unknown
    : 'this manager may swallow a failure: make the stack with <boolean>'

/** What a manager may swallow when a stack holds it: one with something else to be held (a scope) swallows nothing there. */
export type HeldSwallows<M> = M extends { '~native'(): unknown } ? never : SwallowedSync<M>

/** The same for what is entered without waiting: what is no synchronous manager gets a text of its own. */
export type FitsSyncStack<M, S extends boolean> = [M] extends [ManagedSync]
  ? FitsStack<HeldSwallows<M>, S>
  : 'not a synchronous manager: an AsyncExitStack takes asynchronous ones and promises'

/** An exit function: it is told the outcome, and answers as a manager's exit does. */
export type ExitFunction<S extends boolean> = (outcome: Outcome) => ExitAnswer<S>

/**
 * Collects exits, and runs them last in, first out when it is closed. As a manager, `within` and `withinSync` tell it how
 * the body ended; disposed by `using`, its exits are told `unknown` unless {@link ExitStack.complete} has been called.
 * With `<true>` or `<boolean>` it takes managers that may swallow a failure.
 *
 * Registering is allowed while it unwinds (what is registered runs next), and a `ClosedError` afterwards.
 *
 * @example
 * const order: number[] = []
 * withinSync(new ExitStack(), (stack) => {
 *   for (const number of [1, 2, 3]) stack.defer(() => order.push(number))
 * })
 * order // => [3, 2, 1]
 */
export class ExitStack<S extends boolean = false> implements ContextManager<ExitStack<S>, S>, Disposable {
  readonly #core: StackCore
  #entered = false

  /** Makes an empty stack. */
  constructor() {
    this.#core = new StackCore('ExitStack')
  }

  /** Whether it has been closed or moved. False while it unwinds: see {@link ExitStack.closing}. */
  get disposed(): boolean {
    return this.#core.state === 'closed'
  }

  /** Whether it is unwinding. */
  get closing(): boolean {
    return this.#core.state === 'closing'
  }

  /** Enters a manager, gives its value, and will exit it. If entering fails, nothing is registered. */
  enter<M>(manager: M & FitsSyncStack<M, S>): ValueOfSync<M> {
    const core = this.#core
    core.refuseClosed('enter')
    const entered = enterUncoveredSync(manager, '`enter` of an ExitStack')
    core.watch(this, this.enter)
    core.list.push(entered)
    return entered.value as ValueOfSync<M> // the manager's type says so
  }

  /** Enters a manager and gives a handle that can be closed early, or taken away by {@link ExitStack.forget}. */
  hold<M>(manager: M & FitsSyncStack<M, S>): SyncHandle<ValueOfSync<M>> {
    const core = this.#core
    core.refuseClosed('hold')
    const entered = enterUncoveredSync(manager, '`hold` of an ExitStack')
    const { list } = core
    const handle = new SyncHandle<ValueOfSync<M>>(entered, undefined, () => list.remove(exit))
    const exit: RemovableExit = {
      told: true,
      mayWait: false,
      place: -1,
      wantsWord: () => entered.wantsWord(),
      run: (outcome) => handle['~exit'](outcome),
    }
    handles.set(handle, exit)
    list.pushRemovable(exit)
    core.watch(this, this.hold)
    return handle
  }

  /** Takes a handle off the stack without exiting it: whoever calls this exits it. Says whether it was on the stack. */
  forget(handle: SyncHandle<unknown>): boolean {
    const exit = handles.get(handle)
    return exit !== undefined && this.#core.list.remove(exit)
  }

  /** Registers an exit function, or the exit of a manager that was entered before; it is told the outcome. Gives it back. */
  push<E extends ExitFunction<S> | ManagedSync<S>>(exit: E): E {
    this.#core.push(exit, true)
    this.#core.watch(this, this.push)
    return exit
  }

  /** Registers a disposable and gives it back. `null` and `undefined` are allowed, and nothing is done for them. */
  use<D extends Disposable | null | undefined>(disposable: D): D {
    this.#core.refuseClosed('use')
    if (disposable === null || disposable === undefined) return disposable
    const disposing = isObject(disposable) ? syncDisposing(disposable) : undefined
    if (disposing === undefined) throw notAManager(disposable, '`use` of an ExitStack', true)
    this.#core.list.push(disposing)
    this.#core.watch(this, this.use)
    return disposable
  }

  /** Registers a function that is to be called with the value at the end, and gives the value. */
  adopt<V>(value: V, dispose: (value: V) => void): V {
    this.#core.adopt(value, dispose, false)
    this.#core.watch(this, this.adopt)
    return value
  }

  /** Registers a callback with its arguments; what it gives is ignored. */
  defer<A extends unknown[]>(callback: (...args: A) => void, ...args: A): void {
    this.#core.defer(callback, args, false)
    this.#core.watch(this, this.defer)
  }

  /** Says that the block has done its work, for `using`: the exits will be told `completed`. Runs nothing. */
  complete(): void {
    this.#core.complete()
  }

  /** Moves everything to a new stack and counts as disposed; nothing is run. */
  move(): ExitStack<S> {
    const core = this.#core
    core.refuseUnlessOpen('move')
    const moved = this.popAll()
    core.state = 'closed'
    return moved
  }

  /** Moves everything to a new stack, and stays open and empty. */
  popAll(): ExitStack<S> {
    const core = this.#core
    core.refuseUnlessOpen('popAll')
    const moved = new ExitStack<S>()
    moved.#core.list = core.handOver()
    moved.#core.word = core.word
    return moved
  }

  /**
   * Unwinds now. The exits are told `completed`, or the outcome given. A second call does nothing.
   *
   * @throws  What the exits threw; not the failure they were told.
   */
  close(outcome: Outcome = completed): void {
    this.#close(outcome)
  }

  /** Unwinds with the outcome `unknown`, unless {@link ExitStack.complete} was called. The same as `Symbol.dispose`. */
  dispose(): void {
    this.#close(unknown)
  }

  #close(outcome: Outcome): void {
    const answer = this.#unwind(outcome)
    if (typeof answer === 'object') throw answer.error
  }

  '~enter'(): this {
    const core = this.#core
    core.refuseUnlessOpen('within')
    if (this.#entered) throw stackEnteredTwice(core.name)
    this.#entered = true
    return this
  }

  '~exit'(outcome: Outcome): ExitAnswer<S> {
    return this.#unwind(outcome) as ExitAnswer<S> // `true` only where a manager may swallow
  }

  #unwind(outcome: Outcome): ExitAnswer<true> {
    const core = this.#core
    if (core.state !== 'open') return undefined
    const told = core.close(outcome)
    try {
      return answerFor(told, unwindSync(core.list, told))
    } finally {
      core.state = 'closed'
    }
  }

  declare readonly [Symbol.dispose]: () => void
  declare readonly [Symbol.toStringTag]: string

  static {
    asPlatformStack(this.prototype, disposeSymbol, this.prototype.dispose, 'ExitStack')
  }
}

/** The registrations of handles, for `forget`. */
const handles = new WeakMap<object, RemovableExit>()

/** The disposer under its symbol is the very method, as natively. */
export function asPlatformStack(prototype: object, symbol: symbol, dispose: unknown, tag: string): void {
  Object.defineProperty(prototype, symbol, { value: dispose, writable: true, configurable: true })
  Object.defineProperty(prototype, Symbol.toStringTag, { value: tag, configurable: true })
}

/** A stack is one block's. */
export function stackEnteredTwice(name: string): StateError {
  return new StateError('WITHAL_ALREADY_ENTERED', `This ${name} has already been entered. Make one for each block.`)
}
