/**
 * Task groups: the only way to start a task. A group ends when its children have ended; when one of them fails, the others
 * and the body are cancelled and waited for, and every real error comes out.
 */
import { scopeChannel, taskChannel } from '../channels.ts'
import { isThenable } from '../contexts/exits.ts'
import { replace } from '../contexts/index.ts'
import type { AsyncContextManager, ExitAnswer, ManagerExtras, Outcome } from '../contexts/index.ts'
import { StateError, UsageError } from '../errors/index.ts'
import type { Cancelled } from '../errors/index.ts'
import { currentFrame, enterFrameIfPossible, runInFrameIfPossible, scopeOf } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { isWatching } from '../observe.ts'
import { ScopeNode } from '../scope.ts'
import { realPart } from './absorb.ts'
import { taskIn } from './context.ts'
import type { Context } from './context.ts'
import { Failures } from './failures.ts'
import { GroupMark, unwatchGroup } from './group-mark.ts'
import { timed, watchEntered, watchTask } from './group-watch.ts'
import type { HolderWatch } from './group-watch.ts'
import { tellEnded, tellScope, tellStarted } from './observed.ts'
import { Places } from './places.ts'
import { Starting } from './starting.ts'
import { listBackground, unlistBackground } from './still-running.ts'
import { rememberTaskOf } from './task-of.ts'
import { TaskNode } from './task.ts'
import type { Ending, Task } from './task.ts'
import { stopOf } from './together.ts'
import { refuse, wait } from './waiting.ts'

/** What a {@link TaskGroup} takes. */
export interface TaskGroupOptions {
  /** Stands in messages. */
  readonly name?: string | undefined
  /**
   * How many children run at the same time; the others wait in order, and are dropped when they are cancelled. Background
   * children and adopted promises need no place. Default: `Infinity`.
   */
  readonly limit?: number | undefined
  /**
   * For work that belongs to a resource (a keeper, a server's requests): not ambient, shielded from outside, cancelled and
   * waited for by its own exit, whatever the outcome; a failing child cancels the scope the group was entered in. Default: false.
   */
  readonly background?: boolean | undefined
  /** `'group'`: failures are thrown as an `ErrorGroup`, whatever their number. `'first'`: the first one bare. Default: `'group'`. */
  readonly errors?: 'group' | 'first' | undefined
  /** Whether a failing child leaves the others alone; errors are thrown at the end, unless `onError` takes them. Default: false. */
  readonly supervise?: boolean | undefined
  /** (With `supervise`) is given each failure as it happens; it is then not thrown. */
  readonly onError?: ((error: unknown, task: Task<unknown>) => void) | undefined
}

/** What `spawn` takes besides the function. */
export interface SpawnOptions {
  /** Stands in messages. Default: the function's name. */
  readonly name?: string | undefined
  /** The child is cancelled when the body and all other children have ended. Default: false. */
  readonly background?: boolean | undefined
  /** Runs it to its first `await` before `spawn` returns. What it throws is a failure of the group all the same. Default: false. */
  readonly eager?: boolean | undefined
  /** Whose variables the child has, as `captureContext()` gives it. Default: those of who spawns it. */
  readonly context?: Context | undefined
}

/** A function that a group runs. One that takes an argument gets the signal that aborts when its task is cancelled. */
export type TaskFunction<T> = (signal: AbortSignal) => T | PromiseLike<T>

/** The start of every child: a job of its own, in which its frame can be entered cheaply (fact JF-25). */
const settled = Promise.resolve()

/** Failed groups that nobody holds any more: what their children failed with is a late error. */
const unheard = new FinalizationRegistry<Failures>((failures) => failures.reportUnheard())

/**
 * Runs children at the same time. Entered by `within` it is ambient, and its value is itself; leaving waits for all
 * children. A failing child cancels its siblings and the body; then all errors come out in an `ErrorGroup`, the body's
 * among them. An outer cancellation passes bare, unless something really failed.
 *
 * Held by `hold` or put on a stack it covers nothing: a failing child cancels its siblings and `signal`; `join()` waits and throws;
 * left without it, the children are cancelled and waited for.
 *
 * @throws UsageError  From the constructor: an option that makes no sense.
 * @example
 * await within(new TaskGroup(), async (group) => {
 *   const one = group.spawn(async () => 1)
 *   const two = group.spawn(async () => 2)
 *   return [await one.result, await two.result]
 * }) // => [1, 2]
 */
export class TaskGroup implements AsyncContextManager<TaskGroup>, ManagerExtras {
  readonly #options: TaskGroupOptions
  readonly #places: Places
  readonly #failures: Failures
  #state: 'new' | 'open' | 'closing' | 'ended' = 'new'
  /** Whether it is ambient: it is not when it runs in the background, or is held. */
  #covers: boolean
  /** The body's scope and, in it, the children's: a failure cancels both, `cancel()` only the children. */
  #host: ScopeNode | undefined
  #children: ScopeNode | undefined
  readonly #mark: GroupMark
  #outer: Frame | undefined
  #size = 0
  #joined = false
  #inBackground: Set<TaskNode> | undefined
  #early: { readonly reason: unknown } | undefined
  #whenFewer: PromiseWithResolvers<void> | undefined
  /** What development diagnostics need, while somebody listens. */
  #watches: Map<TaskNode, () => void> | undefined
  #holder: HolderWatch | undefined
  #isFollowed = false

  constructor(options: TaskGroupOptions = {}) {
    this.#options = options
    this.#places = new Places(options.limit ?? Infinity)
    this.#covers = options.background !== true
    this.#failures = new Failures(this.name)
    this.#mark = new GroupMark(this.name, this.#places)
  }

  get name(): string {
    return this.#options.name ?? 'task group'
  }

  /** Aborts when the children are cancelled. */
  get signal(): AbortSignal {
    return this.#opened('signal').signal
  }

  /** How many children have not ended, those that wait for a place included. */
  get size(): number {
    return this.#size
  }

  /**
   * Starts a child, one microtask later. What it throws, also at once, is a failure of the group and never one of this
   * call. On a group that is being cancelled, it is started with its signal aborted already.
   *
   * @throws UsageError  Not a function: work must be started by the group. For a running promise: `adopt`.
   * @throws StateError  The group has not been entered, or has ended.
   */
  spawn<T>(fn: TaskFunction<T>, options: SpawnOptions = {}): Task<T> {
    const children = this.#opened('spawn')
    checkFunction(fn, 'spawn')
    const task = newTask(children, fn, options)
    this.#take(task, options.background, this.spawn)
    if (this.#inBackground?.has(task) === true || this.#places.tryTake())
      this.#begin(task, fn, undefined, options.eager)
    else this.#queue(task, fn, undefined)
    return task as Task<unknown> as Task<T> // its function says what it gives
  }

  /**
   * Starts a child and waits until it says that it is ready, by calling `started(value)`; gives that value. The child goes
   * on in the group. If it fails before, that is thrown here, and the group does not notice.
   *
   * @throws StateError  It ended without calling `started`; or as `spawn`.
   * @throws Cancelled   The caller was cancelled meanwhile; the child has been cancelled and has ended.
   * @example
   * await within(new TaskGroup(), async (group) => {
   *   const port = await group.start(async (started: (port: number) => void) => {
   *     started(8080)
   *   })
   *   return port
   * }) // => 8080
   */
  async start<T = void>(
    fn: (started: (value: T) => void, signal: AbortSignal) => unknown,
    options: SpawnOptions = {},
  ): Promise<T> {
    const children = this.#opened('start')
    checkFunction(fn, 'start')
    const around = scopeOf(currentFrame())
    if (around?.cancelled !== undefined) return await refuse(around, around.cancelled)
    const task = newTask(children, fn, options)
    this.#take(task, options.background, this.start)
    const starting = new Starting<T>(task)
    const work =
      fn.length > 1
        ? (signal: AbortSignal) => fn(starting.started, signal)
        : () => fn(starting.started, undefined as never)
    const early = (ending: Ending): boolean => starting.endedEarly(ending)
    if (this.#inBackground?.has(task) === true || this.#places.tryTake()) this.#begin(task, work, early)
    else this.#queue(task, work, early)
    return await starting.value()
  }

  /**
   * Takes a running promise in: the group waits for it, and fails when it fails. It cannot be cancelled.
   *
   * @throws StateError  The group has not been entered, or has ended.
   */
  adopt<T>(promise: PromiseLike<T>, options: SpawnOptions = {}): Task<T> {
    if (!isThenable(promise))
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        '`adopt` got something that is not a promise. For a function: `spawn`.',
      )
    const adopted = (): PromiseLike<T> => promise
    const task = newTask(this.#opened('adopt'), adopted, options)
    this.#take(task, options.background, this.adopt)
    if (this.#inBackground?.has(task) !== true) this.#places.takeAnyway() // it runs already
    this.#begin(task, adopted, undefined)
    return task as Task<unknown> as Task<T> // as in `spawn`
  }

  /** Cancels the children, not the body: the group then ends without an error. Before entering: from the start. */
  cancel(reason?: unknown): void {
    if (this.#children !== undefined) this.#children.cancel(reason)
    else this.#early ??= { reason }
  }

  /**
   * Waits until all children but those in the background have ended; for native blocks, it is the word that the block has
   * done its work, and ends those, too.
   *
   * @throws  (Held) the errors of the children, as `within` throws them.
   * @throws Cancelled  The surrounding scope was cancelled; the children go on until the group is left.
   */
  async join(): Promise<void> {
    this.#opened('join')
    this.#holder?.noticed()
    await wait<void>((settle) => {
      this.#allDone(!this.#covers).then(settle.done, settle.fail)
      return () => {}
    }, undefined)
    this.#joined = true
    if (!this.#covers && this.#failures.any) throw this.#failures.take(this.#options.errors === 'first')
  }

  '~enterAsync'(): this {
    if (this.#state !== 'new') {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `The ${this.name} is ${this.#state}: it can be entered once. Make a new one for each block.`,
      )
    }
    this.#state = 'open'
    this.#outer = currentFrame()
    const outside = scopeOf(this.#outer)
    const isBackground = this.#options.background === true
    this.#host = new ScopeNode(outside, isBackground)
    if (isBackground) listBackground(this.#host)
    this.#children = new ScopeNode(this.#host)
    this.#children.addListening(this.#mark)
    if (this.#early !== undefined) this.#children.cancel(this.#early.reason)
    if (isWatching()) this.#holder = watchEntered(this.#children, this.#covers, this['~enterAsync'])
    if (scopeChannel.hasSubscribers) tellScope(this.#host, 'group', this.name, this.#children)
    return this
  }

  get '~around'(): (<R>(body: () => R) => R) | undefined {
    if (!this.#covers) return undefined
    const frame = { scope: this.#host, task: this.#outer?.task, bindings: this.#outer?.bindings }
    return (body) => runInFrameIfPossible(frame, body)
  }

  async '~exitAsync'(outcome: Outcome): Promise<ExitAnswer> {
    const host = this.#host! // entered
    this.#state = 'closing'
    this.#mark.isClosing = true
    this.#holder?.noticed()
    if (outcome.status === 'failed') this.#bodyFailed(outcome.error, host)
    if (this.#options.background === true || (outcome.status === 'unknown' && !(this.#joined && this.#size === 0))) {
      this.#children?.cancel('the group has been left')
    }
    const isEmpty = this.size === 0
    if (!isEmpty) await this.#allDone(true)
    this.#state = 'ended'
    this.#children?.end()
    unwatchGroup(this.#children!) // entered
    host.end()
    if (this.#options.background === true) unlistBackground(host)
    if (!this.#failures.any) {
      if (host.cancelled !== host.own) {
        if (!isEmpty && outcome.status === 'completed') throw host.cancelled // its wait was cancelled
      } else if (outcome.status === 'failed' && realPart(host, outcome.error) === undefined)
        return replace(stopOf(host))
      return undefined
    }
    const failure = this.#failures.take(this.#options.errors === 'first')
    if (outcome.status === 'failed' && !this.#covers && realPart(scopeOf(this.#outer), outcome.error) !== undefined)
      throw failure
    return replace(failure)
  }

  /** What holders that run no body enter in its place: it covers nothing. */
  '~native'(): AsyncContextManager<TaskGroup> & ManagerExtras {
    this.#covers = false
    const exit = (...told: [Outcome]): Promise<ExitAnswer> => this['~exitAsync'](...told)
    const isWordGiven = (): boolean => this.#joined || this.#options.background === true
    return {
      '~fixed': this.#options.background === true ? undefined : true,
      '~enterAsync': () => this['~enterAsync'](),
      get '~exitAsync'() {
        return isWordGiven() ? exit : (outcome: Outcome) => exit(outcome) // one that names no argument wants no word
      },
    }
  }

  #bodyFailed(error: unknown, host: ScopeNode): void {
    const real = realPart(host, error)
    if (this.#covers && real !== undefined) this.#failures.add(real.error)
    this.#children?.cancel(real?.error, 'sibling')
  }

  #opened(what: string): ScopeNode {
    if (this.#children !== undefined && this.#state !== 'ended') return this.#children
    const state = this.#state === 'ended' ? 'has ended' : 'has not been entered'
    throw new StateError(
      this.#state === 'ended' ? 'WITHAL_ENDED' : 'WITHAL_NOT_ENTERED',
      `\`${what}\` of a ${this.name} that ${state}. Use it inside \`within(group, body)\`.`,
    )
  }

  /** A child is the group's from here to `#left`. */
  #take(task: TaskNode, background: boolean | undefined, caller: (...args: never[]) => unknown): void {
    this.#size++
    this.#joined = false
    if (background === true) (this.#inBackground ??= new Set()).add(task)
    if (isWatching()) (this.#watches ??= new Map()).set(task, watchTask(task, this.name, caller))
    if (taskChannel.hasSubscribers) tellStarted(task, this.name)
  }

  #left(task: TaskNode, ending: Ending): void {
    this.#watches?.get(task)?.()
    task.settle(ending)
    if (taskChannel.hasSubscribers) tellEnded(task, ending)
    this.#size--
    this.#inBackground?.delete(task)
    this.#watches?.delete(task)
    if (this.#size > (this.#inBackground?.size ?? 0)) return
    this.#whenFewer?.resolve()
    this.#whenFewer = undefined
  }

  #queue(task: TaskNode, fn: TaskFunction<unknown>, early: ((ending: Ending) => boolean) | undefined): void {
    const drop = (error: Cancelled): void => {
      const ending: Ending = { status: 'cancelled', error }
      early?.(ending)
      this.#left(task, ending)
    }
    this.#places.wait(task, () => this.#begin(task, fn, early), drop)
  }

  #begin(
    task: TaskNode,
    fn: TaskFunction<unknown>,
    early: ((ending: Ending) => boolean) | undefined,
    eager?: boolean,
  ): void {
    const own = isWatching() ? timed(task, fn) : fn
    const work = eager === true ? begun(task, own) : own
    // oxlint-disable-next-line typescript/no-floating-promises -- what a task throws is caught inside
    void settled.then(() => {
      enterFrameIfPossible(task)
      this.#run(task, work, early)
    })
  }

  #run(task: TaskNode, fn: TaskFunction<unknown>, early: ((ending: Ending) => boolean) | undefined): void {
    try {
      const result = call(task, fn)
      if (!isThenable(result)) return this.#ended(task, { status: 'completed', value: result }, early)
      result.then(
        (value) => this.#ended(task, { status: 'completed', value }, early),
        (error: unknown) => this.#ended(task, endingOf(task, error), early),
      )
    } catch (error) {
      this.#ended(task, endingOf(task, error), early)
    }
  }

  #ended(task: TaskNode, ending: Ending, early: ((ending: Ending) => boolean) | undefined): void {
    const isStarters = early?.(ending) ?? false
    const hadPlace = this.#inBackground?.has(task) !== true
    if (ending.status === 'failed' && !isStarters) this.#childFailed(task, ending.error)
    this.#left(task, ending)
    if (hadPlace) this.#places.free()
  }

  #childFailed(task: TaskNode, error: unknown): void {
    const { supervise, onError, background } = this.#options
    rememberTaskOf(error, task)
    if (supervise === true && onError !== undefined) return this.#failures.tell(() => onError(error, task))
    this.#failures.add(error)
    if (supervise !== true) this.#host?.cancel(error, 'sibling', task.name)
    if (supervise !== true && background === true) scopeOf(this.#outer)?.cancel(error, 'sibling', task.name)
    if (!this.#covers) this.#failedWhileHeld(error)
  }

  /** The holder may have gone. An engine's error holds what called it until its stack is read: then it does not hold the group. */
  #failedWhileHeld(error: unknown): void {
    if (!this.#isFollowed) unheard.register(this, this.#failures)
    this.#isFollowed = true
    this.#holder?.failed(this.name)
    void [error, this.#host?.own].map((held) => held instanceof Error && held.stack)
  }

  /** Waits for all children but those in the background, and then, if asked to, ends those. Children may spawn others until the very end. */
  async #allDone(withBackground: boolean): Promise<void> {
    for (;;) {
      const inBackground = this.#inBackground?.size ?? 0
      if (this.#size === 0 || (!withBackground && this.#size === inBackground)) return
      if (this.#size === inBackground) this.#cancelBackground()
      this.#whenFewer ??= Promise.withResolvers()
      await this.#whenFewer.promise
    }
  }

  #cancelBackground(): void {
    for (const task of this.#inBackground ?? [])
      void task.cancel('the work it belongs to has been done').catch(() => {})
  }
}

function newTask(parent: ScopeNode, fn: { readonly name: string }, { name, context }: SpawnOptions): TaskNode {
  return context === undefined ? new TaskNode(parent, fn, name) : taskIn(context, parent, fn, name)
}

function call(task: TaskNode, fn: TaskFunction<unknown>): unknown {
  return fn.length > 0 ? fn(task.signal) : (fn as () => unknown)()
}

/** Runs it to its first `await` now; what comes of it is looked at later, as with all others. */
function begun(task: TaskNode, fn: TaskFunction<unknown>): () => unknown {
  try {
    const result = runInFrameIfPossible(task, () => call(task, fn))
    return () => result
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** A failure that is nothing but the task's own cancellation, or that of a scope around it, is none. */
function endingOf(task: TaskNode, error: unknown): Ending {
  const real = realPart(task, error)
  return real === undefined ? { status: 'cancelled', error } : { status: 'failed', error: real.error }
}

function checkFunction(fn: unknown, method: string): void {
  if (typeof fn === 'function') return
  const given = isThenable(fn)
    ? 'a promise, whose work has begun already: give a function that starts it, or use `adopt`'
    : `${String(fn)}, not a function`
  throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`${method}\` got ${given}.`)
}
