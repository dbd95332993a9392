/**
 * The asynchronous exit stack: Python's `AsyncExitStack` and the platform's `AsyncDisposableStack` in one class, with
 * child stacks, and sections whose members are closed in parallel.
 */
import { beginUncovered, exitAgain, misfitOf } from './enter-fully.ts'
import { asyncDisposeSymbol, asyncDisposing, notAManager } from './entering.ts'
import type { Entered } from './entering.ts'
import type { RemovableExit } from './exit-list.ts'
import { asPlatformStack, stackEnteredTwice } from './exit-stack.ts'
import type { FitsStack } from './exit-stack.ts'
import type { Exit } from './exits.ts'
import { isPromised, whenGiven } from './given.ts'
import { Handle } from './hold.ts'
import { answerForLater, completed, throwNew, unknown } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { isObject } from './protocol.ts'
import type {
  AnyDisposable,
  AnyManaged,
  AsyncContextManager,
  ExitAnswer,
  Managed,
  Swallowed,
  ValueOf,
} from './protocol.ts'
import { SingleEnd } from './single-end.ts'
import type { Conclude } from './single-end.ts'
import { StackCore } from './stack-core.ts'
import { checkConcurrency, unwindTogether } from './unwind-together.ts'

/** What {@link AsyncExitStack.fork} takes. */
export interface ForkOptions {
  /** How many members may be closed at the same time. Default: 1, one after another, last in, first out. */
  readonly concurrency?: number | undefined
}

/**
 * Collects exits, synchronous and asynchronous, and runs them last in, first out when it is closed, each awaited before
 * the next. As a manager, `within` tells it how the body ended; disposed by `await using`, its exits are told `unknown`
 * unless {@link AsyncExitStack.complete} has been called. With `<true>` or `<boolean>` it takes managers that may
 * swallow a failure.
 *
 * Registering is allowed while it unwinds (what is registered runs next), and a `ClosedError` afterwards. Closing waits
 * for what is being entered; that is then exited, too.
 *
 * @example
 * const order: string[] = []
 * const connection = contextManager(async function* (name: string) {
 *   yield name
 *   order.push(`close ${name}`)
 * })
 * await within(new AsyncExitStack(), async (stack) => {
 *   for (const name of ['a', 'b']) await stack.enter(connection(name))
 * })
 * order // => ['close b', 'close a']
 */
export class AsyncExitStack<S extends boolean = false>
  implements AsyncContextManager<AsyncExitStack<S>, S>, AsyncDisposable
{
  readonly #core: StackCore
  #entered = false
  #concurrency = 1
  #entering = 0
  #whenEntered: PromiseWithResolvers<void> | undefined
  readonly #end = new SingleEnd()
  #leaveParent: (() => void) | undefined

  /** Makes an empty stack. */
  constructor() {
    this.#core = new StackCore('AsyncExitStack')
  }

  /** Whether it has been closed or moved. False while it unwinds: see {@link AsyncExitStack.closing}. */
  get disposed(): boolean {
    return this.#core.state === 'closed'
  }

  /** Whether it is unwinding. */
  get closing(): boolean {
    return this.#core.state === 'closing'
  }

  /**
   * Enters a manager, gives its value, and will exit it. If entering fails, nothing is registered. A value that is
   * itself thenable would be unwrapped by `await`: take it from {@link AsyncExitStack.hold}.
   *
   * @throws ClosedError  The stack was closed while this was being entered; it has been exited.
   * @throws UsageError   Not a manager; or one that covers a body (`timeout`), which a stack cannot run.
   */
  enter<M extends Managed>(
    manager: M & FitsStack<M extends { '~native'(): unknown } ? never : Swallowed<M>, S>,
  ): Promise<ValueOf<M>> {
    return this.#take(manager, 'enter', this.enter, (entered) => {
      this.#core.list.push(entered)
      return entered.value as ValueOf<M> // the manager's type says so
    })
  }

  /** Enters a manager and gives a handle that can be closed early, or taken away by {@link AsyncExitStack.forget}. */
  hold<M extends Managed>(
    manager: M & FitsStack<M extends { '~native'(): unknown } ? never : Swallowed<M>, S>,
  ): Promise<Handle<ValueOf<M>>> {
    return this.#take(manager, 'hold', this.hold, (entered) => {
      const { list } = this.#core // now: before, it may have been moved
      const handle = new Handle<ValueOf<M>>(entered, undefined, () => list.remove(exit))
      const exit: RemovableExit = {
        told: true,
        mayWait: true,
        place: -1,
        wantsWord: () => entered.wantsWord(),
        run: (outcome) => handle['~exitAsync'](outcome),
      }
      handles.set(handle, exit)
      list.pushRemovable(exit)
      return handle
    })
  }

  /** Takes a handle off the stack without exiting it: whoever calls this exits it. Says whether it was on the stack. */
  forget(handle: Handle<unknown>): boolean {
    const exit = handles.get(handle)
    return exit !== undefined && this.#core.list.remove(exit)
  }

  /** Registers an exit function, or the exit of a manager that was entered before; it is told the outcome. Gives it back. */
  push<E extends ((outcome: Outcome) => ExitAnswer<S> | Promise<ExitAnswer<S>>) | AnyManaged<S>>(exit: E): E {
    this.#core.push(exit, false)
    this.#core.watch(this, this.push)
    return exit
  }

  /** Registers a disposable and gives it back. `null` and `undefined` are allowed; closing takes a turn for them. */
  use<D extends AnyDisposable | null | undefined>(disposable: D): D {
    this.#core.refuseClosed('use')
    if (disposable === null || disposable === undefined) {
      this.#core.list.takesTurn = true
      return disposable
    }
    const disposing = isObject(disposable) ? asyncDisposing(disposable) : undefined
    if (disposing === undefined) throw notAManager(disposable, '`use` of an AsyncExitStack', false)
    this.#core.list.push(disposing)
    this.#core.watch(this, this.use)
    return disposable
  }

  /** Registers a function that is to be called with the value at the end, and awaited; gives the value. */
  adopt<V>(value: V, dispose: (value: V) => unknown): V {
    this.#core.adopt(value, dispose, true)
    this.#core.watch(this, this.adopt)
    return value
  }

  /** Registers a callback with its arguments; it is awaited, and what it gives is ignored. */
  defer<A extends unknown[]>(callback: (...args: A) => unknown, ...args: A): void {
    this.#core.defer(callback, args, true)
    this.#core.watch(this, this.defer)
  }

  /**
   * Makes a child stack, closed with this one at its place; closed before, this one forgets it. With `concurrency` its
   * members are closed in parallel: all are told the same outcome, and several failures come out as one `ErrorGroup`.
   *
   * @param options.concurrency  How many at the same time, at least 1; `Infinity` for all.
   */
  fork({ concurrency = 1 }: ForkOptions = {}): AsyncExitStack<S> {
    const core = this.#core
    core.refuseClosed('fork')
    const child = new AsyncExitStack<S>()
    child.#concurrency = checkConcurrency(concurrency)
    const exit: RemovableExit = {
      told: true,
      mayWait: true,
      place: -1,
      wantsWord: () => child.#core.list.wantsWord(),
      run: (outcome) => child['~exitAsync'](outcome),
    }
    const { list } = core
    list.pushRemovable(exit)
    child.#leaveParent = () => void list.remove(exit)
    return child
  }

  /** Says that the block has done its work, for `await using`: the exits will be told `completed`. Runs nothing. */
  complete(): void {
    this.#core.complete()
  }

  /** Moves everything to a new stack and counts as disposed; nothing is run. What is still being entered stays behind. */
  move(): AsyncExitStack<S> {
    const core = this.#core
    core.refuseUnlessOpen('move')
    const moved = this.popAll()
    core.state = 'closed'
    this.#leaveParent?.()
    return moved
  }

  /** Moves everything to a new stack, and stays open and empty. */
  popAll(): AsyncExitStack<S> {
    const core = this.#core
    core.refuseUnlessOpen('popAll')
    const moved = new AsyncExitStack<S>()
    moved.#core.list = core.handOver()
    moved.#core.word = core.word
    moved.#concurrency = this.#concurrency
    return moved
  }

  /**
   * Unwinds now. The exits are told `completed`, or the outcome given. Further calls wait for the same end.
   *
   * @throws  What the exits threw; not the failure they were told.
   */
  close(outcome: Outcome = completed): Promise<void> {
    return this.#close(outcome)
  }

  /** Unwinds with the outcome `unknown`, unless `complete` was called. The same as `Symbol.asyncDispose`. */
  disposeAsync(): Promise<void> {
    if (!(#core in this))
      return Promise.reject(new TypeError('`disposeAsync` was called on something that is no stack.'))
    return this.#close(unknown)
  }

  #close(outcome: Outcome): Promise<void> {
    const ended = this.#unwind(outcome, throwNew)
    return this.#core.list.takesTurn && !this.#end.isRunning ? ended.then(undefined) : ended
  }

  '~enterAsync'(): this {
    const core = this.#core
    core.refuseUnlessOpen('within')
    if (this.#entered) throw stackEnteredTwice(core.name)
    this.#entered = true
    return this
  }

  '~exitAsync'(outcome: Outcome): Promise<ExitAnswer<S>> {
    const conclude = (told: Outcome, final: Outcome): ExitAnswer<S> =>
      answerForLater(outcome, told, final) as ExitAnswer<S> // `true` only where a manager may swallow
    return this.#unwind(outcome, conclude)
  }

  /** Enters for `enter` and `hold`; what `register` gives is the result. */
  async #take<R>(
    promised: unknown,
    what: string,
    caller: (...args: never[]) => unknown,
    register: (entered: Entered) => R,
  ): Promise<Awaited<R>> {
    const core = this.#core
    core.refuseClosed(what)
    core.watch(this, caller)
    const { state } = core
    this.#entering++
    try {
      const given = isPromised(promised) ? await whenGiven(promised) : promised
      const entered = beginUncovered(given, `\`${what}\` of an AsyncExitStack`)
      if (entered.pending !== undefined) entered.value = await entered.pending
      const misfit = misfitOf(entered, given) ?? (core.state === 'closed' ? core.closedError(what) : undefined) // moved meanwhile
      if (misfit !== undefined) throw await exitAgain(entered, misfit)
      const result = register(entered)
      if (state === 'open' && core.state !== 'open') throw core.closedError(what)
      return result as Awaited<R> // a thenable value is unwrapped here: see `enter`
    } finally {
      this.#entering--
      if (this.#entering === 0) this.#whenEntered?.resolve()
    }
  }

  /** Begins to unwind, the first time; else waits for the end. */
  #unwind<R>(outcome: Outcome, conclude: Conclude<R>): Promise<R> {
    const core = this.#core
    if (core.state !== 'open') return this.#end.join(conclude)
    const { list } = core
    const told = core.close(outcome)
    const whenEmpty = (): Exit | undefined => this.#lastExit()
    if (this.#concurrency > 1) {
      const together = { concurrency: this.#concurrency, whenEmpty }
      return this.#end.begin(told, conclude, unwindTogether(list, told, together))
    }
    if (this.#entering > 0) list.push(this.#untilEntered()) // it will have been entered last
    list.whenEmpty = whenEmpty
    return this.#end.begin(told, conclude, list)
  }

  /** All have been exited, unless something is still being entered. */
  #lastExit(): Exit | undefined {
    if (this.#entering > 0) return this.#untilEntered()
    this.#core.state = 'closed'
    this.#leaveParent?.()
    return undefined
  }

  /** Waits for what is being entered: it has to be exited at its place. */
  #untilEntered(): Exit {
    const allEntered = (this.#whenEntered = Promise.withResolvers<void>())
    return { told: false, mayWait: true, run: () => allEntered.promise }
  }

  declare readonly [Symbol.asyncDispose]: () => Promise<void>
  declare readonly [Symbol.toStringTag]: string

  static {
    asPlatformStack(this.prototype, asyncDisposeSymbol, this.prototype.disposeAsync, 'AsyncExitStack')
  }
}

/** The registrations of handles, for `forget`. */
const handles = new WeakMap<object, RemovableExit>()
