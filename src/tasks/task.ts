/**
 * A task: one spawned function, its cancel scope, and its ambient frame, all in one object, since there may be a million
 * of them (performance: a spawned task costs about as much as two promises).
 */
import { TaskCancelledError } from '../errors/index.ts'
import type { CancelSource } from '../errors/index.ts'
import { currentFrame } from '../frame.ts'
import type { Binding, Frame } from '../frame.ts'
import { isWatching } from '../observe.ts'
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

/** The inside of a task; it is the frame in which its function runs. */
export class TaskNode extends ScopeNode implements Frame, Task<unknown> {
  readonly bindings: Binding | undefined
  readonly #fn: { readonly name: string }
  readonly #name: string | undefined
  #ending: Ending | undefined
  #promised: PromiseWithResolvers<unknown> | undefined

  constructor(parent: ScopeNode, fn: { readonly name: string }, name: string | undefined) {
    super(parent)
    this.bindings = currentFrame()?.bindings
    this.#fn = fn
    this.#name = name
  }

  get scope(): this {
    return this
  }

  get task(): this {
    return this
  }

  get name(): string {
    return this.#name ?? (this.#fn.name || 'task')
  }

  get running(): boolean {
    return this.#ending === undefined
  }

  get result(): Promise<unknown> {
    if (isWatching()) noteAsker(this)
    if (this.#promised === undefined) {
      this.#promised = Promise.withResolvers()
      if (this.#ending !== undefined) this.#settleResult(this.#ending)
    }
    return this.#promised.promise
  }

  // oxlint-disable-next-line typescript/no-misused-promises -- who cancels scopes need not wait, and nothing is left unhandled
  override cancel(reason?: unknown, source: CancelSource = 'explicit'): Promise<void> {
    const wasRunning = this.running
    super.cancel(reason, source)
    const ended = wasRunning ? this.#waitForEnd() : Promise.resolve()
    ended.catch(() => {}) // for who does not wait
    return ended
  }

  /** To be called once, by the group. */
  settle(ending: Ending): void {
    this.#ending = ending
    this.end()
    if (this.#promised !== undefined) this.#settleResult(ending)
  }

  /** Waits inside the task would wait for themselves: they are refused, since its scope is cancelled. */
  async #waitForEnd(): Promise<void> {
    await wait<void>((settle) => {
      this.result.then(
        () => settle.done(),
        () => settle.done(),
      )
      return () => {}
    }, undefined)
    if (this.#ending?.status === 'failed') throw this.#ending.error
  }

  #settleResult(ending: Ending): void {
    if (ending.status === 'completed') return this.#promised?.resolve(ending.value)
    this.#promised?.promise.catch(() => {}) // the group has the error
    if (ending.status === 'failed') this.#promised?.reject(ending.error)
    else
      this.#promised?.reject(new TaskCancelledError(`The task "${this.name}" was cancelled.`, { cause: ending.error }))
  }
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
