import { Sema } from 'async-sema'
import { Effect } from 'effect'
import pLimit from 'p-limit'
import pMap from 'p-map'
import PQueue from 'p-queue'
import { collect, parallelMap } from 'streaming-iterables'
import { mapConcurrent, TaskGroup, within } from 'withal'
import type { Contestant, Row } from '../rows.ts'
import { checked, many, works } from './works.ts'

const concurrency = 100

/** Many, but not all at the same time; the results of all, in order. */
export const soManyAtATime: Row = {
  name: '10,000, 100 at a time, results collected',
  contestants: () => [
    byHand(),
    mapped(),
    spawned(),
    withParallelMap(),
    withSema(),
    withPMap(),
    effect(),
    withPLimit(),
    withPQueue(),
  ],
}

function byHand(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> => {
    const results: number[] = []
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < each.length) {
        const index = next++
        results[index] = await each[index]!() // below its length
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
    return checked(results, many)
  }
  return { name: '100 workers', role: 'limit', pieces: many, operation }
}

function mapped(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> =>
    checked(await mapConcurrent(each, (work) => work(), { concurrency }), many)
  return { name: 'mapConcurrent', role: 'library', pieces: many, operation, goal: { ratio: 1.3 } }
}

/** All have their task from the start; most of them wait for a place. */
function spawned(): Contestant {
  const each = works(many)
  const operation = (): Promise<number> =>
    within(new TaskGroup({ limit: concurrency }), async (group) => {
      const tasks = each.map((work) => group.spawn(work))
      const results: number[] = []
      for (const task of tasks) results.push(await task.result)
      return checked(results, many)
    })
  return { name: 'spawn with a limit, each result awaited', role: 'library', pieces: many, operation }
}

function withParallelMap(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> =>
    checked(await collect(parallelMap(concurrency, (work) => work(), each)), many)
  return { name: 'streaming-iterables parallelMap', role: 'peer', pieces: many, operation }
}

function withSema(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> => {
    const places = new Sema(concurrency)
    const limited = async (work: () => Promise<number>): Promise<number> => {
      await places.acquire()
      try {
        return await work()
      } finally {
        places.release()
      }
    }
    return checked(await Promise.all(each.map(limited)), many)
  }
  return { name: 'async-sema', role: 'peer', pieces: many, operation }
}

function withPMap(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> => checked(await pMap(each, (work) => work(), { concurrency }), many)
  return { name: 'p-map', role: 'peer', pieces: many, operation }
}

function withPLimit(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> => {
    const limit = pLimit(concurrency)
    return checked(await Promise.all(each.map((work) => limit(work))), many)
  }
  return { name: 'p-limit', role: 'peer', pieces: many, operation }
}

function withPQueue(): Contestant {
  const each = works(many)
  const operation = async (): Promise<number> => checked(await new PQueue({ concurrency }).addAll(each), many)
  return { name: 'p-queue', role: 'peer', pieces: many, operation }
}

function effect(): Contestant {
  const each = works(many).map((work) => Effect.promise(work))
  const operation = async (): Promise<number> =>
    checked(await Effect.runPromise(Effect.all(each, { concurrency })), many)
  return { name: 'Effect.all', role: 'peer', pieces: many, operation }
}
