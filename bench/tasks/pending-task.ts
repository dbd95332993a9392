import { Effect } from 'effect'
import { run, spawn, until, type Task } from 'effection'
import { gather, TaskGroup, within } from 'withal'
import type { Ending, Keeper, MemoryRow } from '../rows.ts'

/** What a task takes while it waits for something. */
export const pendingTask: MemoryRow = {
  name: 'memory: a pending task',
  keepers: () => [byHand, spawned, gathered, effect, effection],
}

const byHand: Keeper = {
  name: 'pending async function',
  role: 'limit',
  keep(count) {
    const waiting = new Waiting()
    const running = Array.from({ length: count }, waiting.work)
    return waiting.ending(running)
  },
}

const spawned: Keeper = {
  name: 'spawn, with a frame of its own',
  role: 'library',
  goal: { bytes: 1_150 },
  keep(count) {
    const waiting = new Waiting()
    const ended = within(new TaskGroup(), (group) => {
      for (let begun = 0; begun < count; begun++) group.spawn(waiting.work)
    })
    return waiting.ending([ended])
  },
}

const gathered: Keeper = {
  name: 'gather, sharing one frame',
  role: 'library',
  goal: { bytes: 930 },
  keep(count) {
    const waiting = new Waiting()
    const ended = gather(Array.from({ length: count }, () => waiting.work))
    return waiting.ending([ended])
  },
}

const effect: Keeper = {
  name: 'Effect fiber',
  role: 'peer',
  keep(count) {
    const waiting = new Waiting()
    const one = Effect.promise(waiting.work)
    const fibers = Array.from({ length: count }, () => Effect.runFork(one))
    return waiting.ending(fibers)
  },
}

const effection: Keeper = {
  name: 'Effection task',
  role: 'peer',
  keep(count) {
    const waiting = new Waiting()
    const task = run(function* () {
      const tasks: Task<void>[] = []
      for (let begun = 0; begun < count; begun++) tasks.push(yield* spawn(() => until(waiting.work())))
      for (const one of tasks) yield* one
    })
    return waiting.ending([task])
  },
}

/** A function that waits, and what lets it go on. */
class Waiting {
  #resolves: (() => void)[] = []

  readonly work = async (): Promise<void> => {
    await new Promise<void>((resolve) => this.#resolves.push(resolve))
  }

  /** Lets all go on and waits for their end. What is given is kept until then. */
  ending(kept: unknown[]): Ending {
    return async () => {
      for (const resolve of this.#resolves) resolve()
      this.#resolves = []
      await Promise.all(kept)
      kept.length = 0
    }
  }
}
