/** Tasks under names, of which one runs at a time for each name. */
import { UsageError } from '../errors/index.ts'
import type { TaskFunction } from './begin.ts'
import type { SpawnOptions } from './group-options.ts'
import type { TaskGroup } from './task-group.ts'
import type { Task } from './task.ts'
import { wait } from './wait-for-tasks.ts'

/** What {@link TaskSlots.spawn} takes. */
export interface SlotOptions extends Pick<SpawnOptions, 'context'> {
  /**
   * What happens when a task runs under the name. `'replace'`: it is cancelled, and the new one begins when it has ended.
   * `'keep'`: it goes on, and the new one is not begun. `'wait'`: the new one begins when it has ended by itself.
   * Default: `'replace'`.
   */
  readonly ifRunning?: 'replace' | 'keep' | 'wait' | undefined
}

/**
 * Named places for tasks of a group: a poller for each account, a reconnect for each server. Under each name at most one task
 * runs. They are background children, so they do not keep the group open: when its body and its other children have ended,
 * they are cancelled and waited for. What one of them throws is a failure of the group, as with any child.
 *
 * @example
 * await within(new TaskGroup(), async (group) => {
 *   const pollers = new TaskSlots(group)
 *   pollers.spawn('account 7', () => sleep(60_000))
 *   const kept = pollers.spawn('account 7', () => sleep(1), { ifRunning: 'keep' })
 *   return [pollers.size, kept === pollers.get('account 7')]
 * }) // => [1, true]
 */
export class TaskSlots<T = unknown> {
  readonly #group: TaskGroup
  /** The tasks under each name that have not ended: the running one first, then those that wait for it. */
  readonly #slots = new Map<string, Set<Task<T>>>()

  constructor(group: TaskGroup) {
    this.#group = group
  }

  /** How many names have a task that has not ended. */
  get size(): number {
    return this.#slots.size
  }

  /** The task that runs under a name. */
  get(name: string): Task<T> | undefined {
    const [running] = this.#slots.get(name) ?? []
    return running
  }

  /**
   * Starts a task under a name; its name is that. What happens when one runs there already, `ifRunning` says.
   *
   * @returns  The new task; with `'keep'` the one that runs, if there is one.
   * @throws UsageError  Not a function, or an option that makes no sense.
   * @throws StateError  The group has not been entered, or has ended.
   */
  spawn(name: string, fn: TaskFunction<T>, options: SlotOptions = {}): Task<T> {
    const { ifRunning = 'replace', context } = options
    if (ifRunning !== 'replace' && ifRunning !== 'keep' && ifRunning !== 'wait') {
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `\`ifRunning\` is ${String(ifRunning)}. Give 'replace', 'keep' or 'wait'.`,
      )
    }
    const before = [...(this.#slots.get(name) ?? [])]
    if (ifRunning === 'keep' && before[0] !== undefined) return before[0]
    if (typeof fn !== 'function') return this.#group.spawn<T>(fn) // which refuses it
    const work = (run: () => T | PromiseLike<T>): Promise<T> => this.#inTurn(name, task, before, run)
    const task: Task<T> = this.#group.spawn<T>(
      fn.length > 0 ? (signal) => work(() => fn(signal)) : () => work(fn as () => T | PromiseLike<T>),
      { name, background: true, context },
    )
    this.#slotOf(name).add(task)
    if (ifRunning === 'replace') for (const other of before) stop(other)
    return task
  }

  /**
   * Cancels the task under a name, and those that wait for it, and waits until they have ended.
   *
   * @throws  What its cleanup threw; the group has it, too.
   */
  async cancel(name: string, reason?: unknown): Promise<void> {
    await Promise.all([...(this.#slots.get(name) ?? [])].map((task) => task.cancel(reason)))
  }

  async #inTurn(name: string, task: Task<T>, before: readonly Task<T>[], run: () => T | PromiseLike<T>): Promise<T> {
    try {
      if (before.length > 0) await wait(before)
      return await run()
    } finally {
      const slot = this.#slotOf(name)
      slot.delete(task)
      if (slot.size === 0) this.#slots.delete(name)
    }
  }

  #slotOf(name: string): Set<Task<T>> {
    let slot = this.#slots.get(name)
    if (slot === undefined) this.#slots.set(name, (slot = new Set()))
    return slot
  }
}

function stop(task: Task<unknown>): void {
  void task.cancel('another one has taken its place').catch(() => {}) // the group has what its cleanup throws
}
