/**
 * A task: one spawned function, its cancel scope, and its ambient frame, all in one object, since there may be a million
 * of them (performance: a spawned task costs about as much as two promises).
 */
import { isWatching } from '../channels.ts'
import { TaskCancelledError } from '../errors/index.ts'
import type { CancelSource } from '../errors/index.ts'
import { currentFrame } from '../frame.ts'
import type { Binding, Frame } from '../frame.ts'
import { ScopeNode } from '../scope.ts'
import { noteAsker } from './askers.ts'
import { wait } from './waiting.ts'

/** What `spawn` gives: the running child, for whoever wants its result or its end. Not thenable. */
export interface Task<T> {
  /** The name given, or the function's. */
  readonly name: string
  /** Whether it has not ended yet. */
  readonly running: boolean
  /**
   * A promise of what it gives, for whoever reads it: it rejects with the task's own error, or, when the task was
   * cancelled, with a `TaskCancelledError`. It never counts as unhandled: the group has the error.
   */
  readonly result: Promise<T>
  /**
   * Cancels this task alone, and waits until it has ended, cleanup included. The group goes on.
   *
   * @throws  What its cleanup threw; the group has it, too.
   */
  cancel(reason?: unknown): Promise<void>
}

/** How a task has ended. */
export type Ending =
  | { readonly status: 'completed'; readonly value: unknown }
  | { readonly status: 'failed'; readonly error: unknown }
  | { readonly status: 'cancelled'; readonly error: unknown }

/** What `Promise.withResolvers()` gives. Its own name is not in the ES2022 that users may compile with. */
interface Resolvers {
  readonly promise: Promise<unknown>
  resolve(value: unknown): void
  reject(reason: unknown): void
}

/** The scope of the tasks of a group, which is told of their ends. */
export abstract class TaskParent extends ScopeNode {
  abstract taskEnded(task: TaskNode, status: Ending['status'], outcome: unknown): void
}

/** The inside of a task; it is the frame in which its function runs. Its fields are assigned, as those of all scopes. */
export class TaskNode extends ScopeNode implements Frame, Task<unknown> {
  declare readonly parent: TaskParent
  declare readonly bindings: Binding | undefined
  declare cleanup: Frame | undefined
  /** The function, or the name that was given in its place. */
  declare readonly named: { readonly name: string } | string
  /** How it has ended, and with which value or error. */
  declare status: Ending['status'] | undefined
  declare outcome: unknown
  /** The platform's promise of its end, while it runs: it becomes the result of whoever asks for it then. */
  declare settling: Promise<unknown> | undefined
  /** What has been given as its result. */
  declare asked: Promise<unknown> | Resolvers | undefined

  constructor(parent: TaskParent, fn: { readonly name: string }, name: string | undefined) {
    super(parent)
    this.bindings = currentFrame()?.bindings
    this.cleanup = undefined
    this.named = name ?? fn
    this.status = undefined
    this.outcome = undefined
    this.settling = undefined
    this.asked = undefined
  }

  get scope(): this {
    return this
  }

  get task(): this {
    return this
  }

  get name(): string {
    return typeof this.named === 'string' ? this.named : this.named.name || 'task'
  }

  get running(): boolean {
    return this.status === undefined
  }

  get result(): Promise<unknown> {
    if (isWatching()) noteAsker(this)
    this.asked ??= this.running ? (this.settling ?? Promise.withResolvers()) : promiseOfEnd(this)
    return this.asked instanceof Promise ? this.asked : this.asked.promise
  }

  // oxlint-disable-next-line typescript/no-misused-promises -- who cancels scopes need not wait, and nothing is left unhandled
  override cancel(reason?: unknown, source: CancelSource = 'explicit'): Promise<void> {
    const wasRunning = this.running
    super.cancel(reason, source)
    const ended = wasRunning ? waitForEnd(this) : Promise.resolve()
    ended.catch(() => {}) // for who does not wait
    return ended
  }

  /** To be called once, by the group. Its `settling` is settled by whoever has made it, see {@link errorOf}. */
  settle(status: Ending['status'], outcome: unknown): void {
    this.status = status
    this.outcome = outcome
    this.end()
    const { asked } = this
    if (asked === undefined) return
    if (!(asked instanceof Promise)) settleLike(this, asked)
    else if (status !== 'completed') asked.catch(() => {}) // the group has the error
  }
}

/** What the result of a task that did not complete rejects with. */
export function errorOf(task: TaskNode): unknown {
  if (task.status === 'failed') return task.outcome
  return new TaskCancelledError(`The task "${task.name}" was cancelled.`, { cause: task.outcome })
}

function promiseOfEnd(task: TaskNode): Promise<unknown> {
  if (task.status === 'completed') return Promise.resolve(task.outcome)
  const promise = Promise.reject(errorOf(task))
  promise.catch(() => {}) // the group has the error
  return promise
}

function settleLike(task: TaskNode, asked: Resolvers): void {
  if (task.status === 'completed') return asked.resolve(task.outcome)
  asked.promise.catch(() => {}) // the group has the error
  asked.reject(errorOf(task))
}

/** Waits inside the task would wait for themselves: they are refused, since its scope is cancelled. */
async function waitForEnd(task: TaskNode): Promise<void> {
  await wait<void>((settle) => {
    task.result.then(
      () => settle.done(),
      () => settle.done(),
    )
    return () => {}
  }, undefined)
  if (task.status === 'failed') throw task.outcome
}

/** The task whose function is running, or `undefined` outside of all tasks. */
export function currentTask(): Task<unknown> | undefined {
  const task = currentFrame()?.task
  return task instanceof TaskNode ? livingTask(task) : undefined
}

/** A task that has ended stands for the one that spawned its group (rule G). */
function livingTask(task: TaskNode): TaskNode | undefined {
  for (let node: ScopeNode | undefined = task; node !== undefined; node = node.parent) {
    if (node instanceof TaskNode && node.running) return node
  }
  return undefined
}
