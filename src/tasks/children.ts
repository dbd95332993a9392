/**
 * The children of a group: the scope they stand in, what lets them begin, and who waits for their ends. What their failures mean
 * to the group, the group decides.
 */
import { isWatching, taskChannel } from '../channels.ts'
import type { ScopeNode } from '../scope.ts'
import { begin, beginLater, begun } from './begin.ts'
import type { TaskFunction } from './begin.ts'
import { timed, watchTask } from './group-watch.ts'
import { tellEnded, tellStarted } from './observed.ts'
import type { Places } from './places.ts'
import { TaskParent } from './task.ts'
import type { Ending, TaskNode } from './task.ts'

/** The group that they belong to. */
export interface ChildrenOwner {
  readonly name: string
  childFailed(error: unknown, task: TaskNode): void
}

/** How a child is let in, if not in the usual way. */
export interface Admission {
  readonly background?: boolean | undefined
  readonly eager?: boolean | undefined
  /** It runs already, and takes a place in any case. */
  readonly runs?: boolean | undefined
  /** Is told of its end, and says whether that is not the group's business. */
  readonly takesEnd?: ((ending: Ending) => boolean) | undefined
}

export class Children extends TaskParent {
  /** How many have not ended, those that wait for a place included. */
  size = 0
  /** Only while there are children: a task that has ended may be kept for long, and must not keep its group. */
  #owner: ChildrenOwner | undefined
  /** The name of the group, and what its children wait for: for lists of what is running. */
  readonly name: string
  readonly places: Places
  /** Whether its body has ended, so that it waits for its children. */
  isClosing = false
  #inBackground: Set<TaskNode> | undefined
  #takeEnds: Map<TaskNode, (ending: Ending) => boolean> | undefined
  #whenFewer: PromiseWithResolvers<void> | undefined
  /** What development diagnostics need, while somebody listens. */
  #watches: Map<TaskNode, () => void> | undefined

  constructor(host: ScopeNode, places: Places, name: string) {
    super(host)
    this.places = places
    this.name = name
  }

  /**
   * Lets a child in. It begins one microtask later, or when there is a place, and is the group's until it has ended.
   *
   * @param owner   The group.
   * @param caller  The function of the group that was called, for what diagnostics say.
   */
  admit(
    task: TaskNode,
    fn: TaskFunction<unknown>,
    how: Admission | undefined,
    owner: ChildrenOwner,
    caller: (...args: never[]) => unknown,
  ): void {
    this.size++
    this.#owner = owner
    const work = isWatching() ? this.#watch(task, fn, caller) : fn
    if (taskChannel.hasSubscribers) tellStarted(task, owner.name)
    if (how === undefined ? this.places.tryTake() : this.#hasPlace(task, how))
      begin(task, how?.eager === true ? begun(task, work) : work)
    else this.places.wait(task, beginLater(task, work), (error) => this.#dropped(task, error))
  }

  #hasPlace(task: TaskNode, { background, runs, takesEnd }: Admission): boolean {
    if (takesEnd !== undefined) (this.#takeEnds ??= new Map()).set(task, takesEnd)
    if (background === true) (this.#inBackground ??= new Set()).add(task)
    else if (runs !== true) return this.places.tryTake()
    else this.places.takeAnyway()
    return true
  }

  override taskEnded(task: TaskNode, status: Ending['status'], outcome: unknown): void {
    const isTaken = this.#takesEnd(task, status, outcome)
    const hadPlace = this.#inBackground?.has(task) !== true
    if (status === 'failed' && !isTaken) this.#owner!.childFailed(outcome, task) // a child of it has just been there
    this.#left(task, status, outcome)
    if (hadPlace) this.places.free()
  }

  /** It was cancelled before there was a place. */
  #dropped(task: TaskNode, error: unknown): void {
    this.#takesEnd(task, 'cancelled', error)
    this.#left(task, 'cancelled', error)
  }

  #takesEnd(task: TaskNode, status: Ending['status'], outcome: unknown): boolean {
    const takesEnd = this.#takeEnds?.get(task)
    if (takesEnd === undefined) return false
    this.#takeEnds?.delete(task)
    return takesEnd(status === 'completed' ? { status, value: outcome } : { status, error: outcome })
  }

  #left(task: TaskNode, status: Ending['status'], outcome: unknown): void {
    if (this.#watches !== undefined) this.#unwatch(task)
    task.settle(status, outcome)
    if (taskChannel.hasSubscribers) tellEnded(task, status, outcome)
    this.size--
    this.#inBackground?.delete(task)
    if (this.size === 0) this.#owner = undefined
    if (this.size > (this.#inBackground?.size ?? 0)) return
    this.#whenFewer?.resolve()
    this.#whenFewer = undefined
  }

  #watch(task: TaskNode, fn: TaskFunction<unknown>, caller: (...args: never[]) => unknown): TaskFunction<unknown> {
    ;(this.#watches ??= new Map()).set(task, watchTask(task, this.name, caller))
    return timed(task, fn)
  }

  #unwatch(task: TaskNode): void {
    this.#watches?.get(task)?.()
    this.#watches?.delete(task)
  }

  /** Waits for all but those in the background, and then, if asked to, ends those. Children may spawn others until the very end. */
  async allDone(withBackground: boolean): Promise<void> {
    for (;;) {
      const inBackground = this.#inBackground?.size ?? 0
      if (this.size === 0 || (!withBackground && this.size === inBackground)) return
      if (this.size === inBackground) this.#cancelBackground()
      this.#whenFewer ??= Promise.withResolvers()
      await this.#whenFewer.promise
    }
  }

  #cancelBackground(): void {
    for (const task of this.#inBackground ?? [])
      void task.cancel('the work it belongs to has been done').catch(() => {})
  }
}
