/**
 * Task groups: the only way to start a task. A group ends when its children have ended; when one of them fails, the others
 * and the body are cancelled and waited for, and every real error comes out.
 */
import { isWatching, scopeChannel } from '../channels.ts'
import { isThenable } from '../contexts/exits.ts'
import { replace } from '../contexts/index.ts'
import type { AsyncContextManager, ExitAnswer, ManagerExtras, Outcome } from '../contexts/index.ts'
import { isCancellation, StateError, UsageError } from '../errors/index.ts'
import { currentFrame, runInFrameIfPossible, scopeOf } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { ScopeNode } from '../scope.ts'
import { realPart } from './absorb.ts'
import type { TaskFunction } from './begin.ts'
import { Children } from './children.ts'
import type { ChildrenOwner } from './children.ts'
import { taskIn } from './context.ts'
import { Failures } from './failures.ts'
import type { SpawnOptions, TaskGroupOptions } from './group-options.ts'
import { watchEntered } from './group-watch.ts'
import type { HolderWatch } from './group-watch.ts'
import { tellScope } from './observed.ts'
import { Places } from './places.ts'
import { Starting } from './starting.ts'
import { listBackground, unlistBackground } from './still-running.ts'
import { rememberTaskOf } from './task-of.ts'
import { TaskNode } from './task.ts'
import type { Ending, Task } from './task.ts'
import { stopOf } from './together.ts'
import { refuse, wait } from './waiting.ts'
import { unwatchGroup } from './watched-groups.ts'

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
  readonly #owner: ChildrenOwner
  #state: 'new' | 'open' | 'closing' | 'ended' = 'new'
  /** Whether it is ambient: it is not when it runs in the background, or is held. */
  #covers: boolean
  /** The body's scope and, in it, the children's: a failure cancels both, `cancel()` only the children. */
  #host: ScopeNode | undefined
  #children: Children | undefined
  #outer: Frame | undefined
  #joined = false
  #early: { readonly reason: unknown } | undefined
  #holder: HolderWatch | undefined
  #isFollowed = false

  constructor(options: TaskGroupOptions = {}) {
    checkFailureOptions(options)
    this.#options = options
    this.#places = new Places(options.limit ?? Infinity)
    this.#covers = options.background !== true
    this.#failures = new Failures(this.name)
    this.#owner = { name: this.name, childFailed: (error, task) => this.#childFailed(error, task) }
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
    return this.#children?.size ?? 0
  }

  /**
   * Starts a child, one microtask later. What it throws, also at once, is a failure of the group and never one of this
   * call. On a group that is being cancelled, it is started with its signal aborted already.
   *
   * @throws UsageError  Not a function: work must be started by the group. For a running promise: `adopt`.
   * @throws StateError  The group has not been entered, or has ended.
   */
  spawn<T>(fn: TaskFunction<T>, options?: SpawnOptions): Task<T> {
    const children = this.#opened('spawn')
    checkFunction(fn, 'spawn')
    const task = newTask(children, fn, options)
    children.admit(task, fn, options, this.#owner, this.spawn)
    this.#joined = false
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
    const starting = new Starting<T>(task)
    const work =
      fn.length > 1
        ? (signal: AbortSignal) => fn(starting.started, signal)
        : () => fn(starting.started, undefined as never)
    const takesEnd = (ending: Ending): boolean => starting.endedEarly(ending)
    children.admit(task, work, { background: options.background, takesEnd }, this.#owner, this.start)
    this.#joined = false
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
    const children = this.#opened('adopt')
    const task = newTask(children, adopted, options)
    children.admit(task, adopted, { background: options.background, runs: true }, this.#owner, this.adopt)
    this.#joined = false
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
    const children = this.#opened('join')
    this.#holder?.noticed()
    await wait<void>((settle) => {
      children.allDone(!this.#covers).then(settle.done, settle.fail)
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
    this.#children = new Children(this.#host, this.#places, this.name)
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
    const children = this.#children! // as well
    this.#state = 'closing'
    children.isClosing = true
    this.#holder?.noticed()
    if (outcome.status === 'failed') this.#bodyFailed(outcome.error, host)
    if (this.#options.background === true || (outcome.status === 'unknown' && !(this.#joined && children.size === 0))) {
      children.cancel('the group has been left')
    }
    const isEmpty = children.size === 0
    if (!isEmpty) await children.allDone(true)
    this.#state = 'ended'
    children.end()
    unwatchGroup(children)
    host.end()
    if (this.#options.background === true) unlistBackground(host)
    if (!this.#failures.any) {
      if (host.cancelled !== host.own) {
        if (!isEmpty && outcome.status === 'completed') throw host.cancelled // its wait was cancelled
        if (outcome.status === 'failed' && this.#isOnlyTold(outcome.error, host)) return replace(host.cancelled)
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

  /** Whether the body has failed with nothing but what a cancelled child told it, while the same cancellation has reached the body. */
  #isOnlyTold(error: unknown, host: ScopeNode): boolean {
    return !isCancellation(error) && realPart(host, error) === undefined
  }

  #bodyFailed(error: unknown, host: ScopeNode): void {
    const real = realPart(host, error)
    if (this.#covers && real !== undefined) this.#failures.add(real.error)
    this.#children?.cancel(real?.error, 'sibling')
  }

  #opened(what: string): Children {
    if (this.#children !== undefined && this.#state !== 'ended') return this.#children
    const state = this.#state === 'ended' ? 'has ended' : 'has not been entered'
    throw new StateError(
      this.#state === 'ended' ? 'WITHAL_ENDED' : 'WITHAL_NOT_ENTERED',
      `\`${what}\` of a ${this.name} that ${state}. Use it inside \`within(group, body)\`.`,
    )
  }

  #childFailed(error: unknown, task: TaskNode): void {
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
    if (!this.#isFollowed) this.#failures.reportWhenCollected(this)
    this.#isFollowed = true
    this.#holder?.failed(this.name)
    void [error, this.#host?.own].map((held) => held instanceof Error && held.stack)
  }
}

function newTask(parent: Children, fn: { readonly name: string }, options: SpawnOptions | undefined): TaskNode {
  const context = options?.context
  return context === undefined ? new TaskNode(parent, fn, options?.name) : taskIn(context, parent, fn, options?.name)
}

function checkFailureOptions({ errors, onError }: TaskGroupOptions): void {
  if (errors !== undefined && errors !== 'group' && errors !== 'first') {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`errors\` is ${String(errors)}. Give 'group' or 'first'.`)
  }
  if (onError !== undefined && typeof onError !== 'function') {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`onError\` is ${String(onError)}. Give a function.`)
  }
}

function checkFunction(fn: unknown, method: string): void {
  if (typeof fn === 'function') return
  const given = isThenable(fn)
    ? 'a promise, whose work has begun already: give a function that starts it, or use `adopt`'
    : `${String(fn)}, not a function`
  throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`${method}\` got ${given}.`)
}
