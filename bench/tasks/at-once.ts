import { Effect } from 'effect'
import { all, run, until } from 'effection'
import pLimit from 'p-limit'
import pMap from 'p-map'
import PQueue from 'p-queue'
import { gather, mapConcurrent, TaskGroup, within } from 'withal'
import type { Contestant, Row } from '../rows.ts'
import { checked, few, many, works } from './works.ts'

/** Many at once, and the results of all, in order. */
export const atOnce: Row = {
  name: '10,000 at once, results collected',
  contestants: () => [
    byHand(),
    gathered(),
    mapped(),
    spawned(),
    spawnedAndAwaited(),
    withPMap(),
    withPLimit(),
    effect(),
    withPQueue(),
    effection(),
  ],
}

function byHand(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> => checked(await Promise.all(each.map((work) => work())), many)
  return { name: 'Promise.all', role: 'limit', pieces: many, operation }
}

function gathered(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> => checked(await gather(each), many)
  return { name: 'gather', role: 'library', pieces: many, operation, goal: { ratio: 1.3 } }
}

function mapped(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> => checked(await mapConcurrent(each, (work) => work()), many)
  return { name: 'mapConcurrent', role: 'library', pieces: many, operation, goal: { ratio: 1.3 } }
}

/** The results are put where they belong by the work itself, and the group waits for all. */
function spawned(): Contestant {
  const results: number[] = []
  const each = works(many).map((_, index) => async () => void (results[index] = index))
  const operation = async (): Promise<number> => {
    results.length = 0
    await within(new TaskGroup(), (group) => {
      for (const work of each) group.spawn(work)
    })
    return checked(results, many)
  }
  return { name: 'spawn', role: 'library', pieces: many, operation, goal: { ratio: 3 } }
}

function spawnedAndAwaited(): Contestant {
  const each = works(many)
  const operation = (): Promise<number> =>
    within(new TaskGroup(), async (group) => {
      const tasks = each.map((work) => group.spawn(work))
      const results: number[] = []
      for (const task of tasks) results.push(await task.result)
      return checked(results, many)
    })
  return { name: 'spawn, each result awaited', role: 'library', pieces: many, operation, goal: { ratio: 3 } }
}

function withPMap(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> => checked(await pMap(each, (work) => work()), many)
  return { name: 'p-map', role: 'peer', pieces: many, operation }
}

function withPLimit(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> => {
    const limit = pLimit(Infinity)
    return checked(await Promise.all(each.map((work) => limit(work))), many)
  }
  return { name: 'p-limit', role: 'peer', pieces: many, operation }
}

function withPQueue(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> => checked(await new PQueue().addAll(each), many)
  return { name: 'p-queue', role: 'peer', pieces: many, operation }
}

function effect(): Contestant {
  const each = works(many).map((work) => Effect.promise(work))
  const operation = async (): Promise<number> =>
    checked(await Effect.runPromise(Effect.all(each, { concurrency: 'unbounded' })), many)
  return { name: 'Effect.all', role: 'peer', pieces: many, operation }
}

function effection(): Contestant {
  const each = works(few)
  const operation = async (): Promise<number> =>
    await run(function* () {
      return checked(
        yield* all(
          each.map((work) => ({
            *[Symbol.iterator]() {
              return yield* until(work())
            },
          })),
        ),
        few,
      )
    })
  return { name: 'Effection all', role: 'peer', pieces: few, operation }
}
