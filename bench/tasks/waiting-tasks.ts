/** Many tasks that wait until they are cancelled, in each contestant's way. */
import { Effect, Fiber } from 'effect'
import { run, spawn, suspend, type Task } from 'effection'
import { cancellable, sleep, TaskGroup, within } from 'withal'
import { few, many } from './works.ts'

/** They wait, and can be cancelled. */
export interface Waiting {
  /** Cancels all, waits until they have ended, and gives 1 if they have. */
  cancel(): Promise<number>
}

/** One way of doing it. */
export interface Way {
  readonly name: string
  readonly pieces: number
  /** Starts them; it settles when all of them wait. */
  start(): Promise<Waiting>
}

/** The limit: what waits stands in a list. */
export const ownList: Way = {
  name: 'own list',
  pieces: many,
  async start() {
    const waiting: ((reason: Error) => void)[] = []
    const endings = new Endings(many)
    const work = (): Promise<void> =>
      endings.whenEnded(() => new Promise<void>((_resolve, reject) => waiting.push(reject)))
    const ended = Promise.allSettled(Array.from({ length: many }, work))
    return {
      async cancel() {
        const reason = new Error('cancelled')
        for (const reject of waiting) reject(reason)
        await ended
        return endings.checked()
      },
    }
  },
}

/** Every wait of the library looks at its scope in the way of `cancellable`. */
export const spawned = spawnedWaiting('spawn, waiting for promises', () => cancellable(new Promise<never>(() => {})))

export const spawnedSleepers = spawnedWaiting('spawn, sleeping', () => sleep(60_000))

function spawnedWaiting(name: string, wait: () => Promise<void>): Way {
  return {
    name,
    pieces: many,
    async start() {
      const group = new TaskGroup()
      const endings = new Endings(many)
      const ended = within(group, () => {
        for (let begun = 0; begun < many; begun++) group.spawn(() => endings.whenEnded(wait))
      })
      await macrotask()
      return {
        async cancel() {
          group.cancel('enough')
          await ended
          return endings.checked()
        },
      }
    },
  }
}

/** What is usual without a library. */
export const controllers: Way = {
  name: 'a controller for each',
  pieces: many,
  async start() {
    const all: AbortController[] = []
    const endings = new Endings(many)
    const work = (): Promise<void> => {
      const controller = new AbortController()
      all.push(controller)
      const { signal } = controller
      return endings.whenEnded(
        () =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }) // given below
          }),
      )
    }
    const ended = Promise.allSettled(Array.from({ length: many }, work))
    return {
      async cancel() {
        const reason = new Error('cancelled')
        for (const controller of all) controller.abort(reason)
        await ended
        return endings.checked()
      },
    }
  },
}

export const effects: Way = {
  name: 'Effect fibers',
  pieces: many,
  async start() {
    const endings = new Endings(many)
    const waiting = Effect.ensuring(
      Effect.never,
      Effect.sync(() => endings.one()),
    )
    const fibers = Array.from({ length: many }, () => Effect.runFork(waiting))
    await macrotask()
    return {
      async cancel() {
        await Effect.runPromise(Fiber.interruptAll(fibers))
        return endings.checked()
      },
    }
  },
}

export const effections: Way = {
  name: 'Effection tasks',
  pieces: few,
  async start() {
    const endings = new Endings(few)
    const tasks: Task<void>[] = []
    const task = run(function* () {
      for (let begun = 0; begun < few; begun++) {
        tasks.push(
          yield* spawn(function* () {
            try {
              yield* suspend()
            } finally {
              endings.one()
            }
          }),
        )
      }
      yield* suspend()
    })
    await macrotask()
    return {
      async cancel() {
        await task.halt()
        return endings.checked()
      },
    }
  },
}

/** Counts those that have ended, each by its own `finally`. */
class Endings {
  readonly #expected: number
  #count = 0

  constructor(expected: number) {
    this.#expected = expected
  }

  async whenEnded(wait: () => Promise<void>): Promise<void> {
    try {
      await wait()
    } finally {
      this.one()
    }
  }

  one(): void {
    this.#count++
  }

  checked(): number {
    return this.#count === this.#expected ? 1 : 0
  }
}

async function macrotask(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
