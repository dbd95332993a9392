import { Effect } from 'effect'
import { all, run, until } from 'effection'
import pLimit from 'p-limit'
import pMap from 'p-map'
import PQueue from 'p-queue'
import { gather, mapConcurrent, TaskGroup, within, type Task } from 'withal'
import type { Contestant, Goal, Row } from '../rows.ts'
import { checked, emptyWorks, few, many, works, type Work } from './works.ts'

/** Many at once, and the results of all, in order. */
export const atOnce: Row = {
  name: '10,000 at once, results collected',
  contestants: () => contestants(works, { shared: { ratio: 1.3 }, own: { ratio: 3 } }),
}

/** The same with work that has nothing to wait for: the goals are not for this. */
export const atOnceEmpty: Row = {
  name: '10,000 that have nothing to do, at once, results collected',
  contestants: () => contestants(emptyWorks),
}

/** What has to be reached where all the work shares a scope and a frame, and where each has its own. */
interface Goals {
  readonly shared: Goal
  readonly own: Goal
}

type MakeWorks = (count: number) => readonly Work[]

function contestants(make: MakeWorks, goals?: Goals): Contestant[] {
  return [
    byHand(make),
    { ...gathered(make), ...(goals && { goal: goals.shared }) },
    { ...mapped(make), ...(goals && { goal: goals.shared }) },
    { ...spawned(make), ...(goals && { goal: goals.own }) },
    { ...spawnedAndAwaited(make), ...(goals && { goal: goals.own }) },
    withPMap(make),
    withPLimit(make),
    effect(make),
    withPQueue(make),
    effection(make),
  ]
}

function byHand(make: MakeWorks): Contestant {
  const each = make(many)
  const operation = async (): Promise<number> => checked(await Promise.all(each.map((work) => work())), many)
  return { name: 'Promise.all', role: 'limit', pieces: many, operation }
}

function gathered(make: MakeWorks): Contestant {
  const each = make(many)
  const operation = async (): Promise<number> => checked(await gather(each), many)
  return { name: 'gather', role: 'library', pieces: many, operation }
}

function mapped(make: MakeWorks): Contestant {
  const each = make(many)
  const operation = async (): Promise<number> => checked(await mapConcurrent(each, (work) => work()), many)
  return { name: 'mapConcurrent', role: 'library', pieces: many, operation }
}

/** The group waits for all; then the tasks have their results. */
function spawned(make: MakeWorks): Contestant {
  const each = make(many)
  const operation = async (): Promise<number> => {
    let tasks: Task<number>[] = []
    await within(new TaskGroup(), (group) => {
      tasks = each.map((work) => group.spawn(work))
    })
    return tasks.length === many && tasks.every((task) => !task.running) ? 1 : 0
  }
  return { name: 'spawn, all waited for', role: 'library', pieces: many, operation }
}

function spawnedAndAwaited(make: MakeWorks): Contestant {
  const each = make(many)
  const operation = (): Promise<number> =>
    within(new TaskGroup(), async (group) => {
      const tasks = each.map((work) => group.spawn(work))
      const results: number[] = []
      for (const task of tasks) results.push(await task.result)
      return checked(results, many)
    })
  return { name: 'spawn, each result awaited', role: 'library', pieces: many, operation }
}

function withPMap(make: MakeWorks): Contestant {
  const each = make(many)
  const operation = async (): Promise<number> => checked(await pMap(each, (work) => work()), many)
  return { name: 'p-map', role: 'peer', pieces: many, operation }
}

function withPLimit(make: MakeWorks): Contestant {
  const each = make(many)
  const operation = async (): Promise<number> => {
    const limit = pLimit(Infinity)
    return checked(await Promise.all(each.map((work) => limit(work))), many)
  }
  return { name: 'p-limit', role: 'peer', pieces: many, operation }
}

function withPQueue(make: MakeWorks): Contestant {
  const each = make(many)
  const operation = async (): Promise<number> => checked(await new PQueue().addAll(each), many)
  return { name: 'p-queue', role: 'peer', pieces: many, operation }
}

function effect(make: MakeWorks): Contestant {
  const each = make(many).map((work) => Effect.promise(work))
  const operation = async (): Promise<number> =>
    checked(await Effect.runPromise(Effect.all(each, { concurrency: 'unbounded' })), many)
  return { name: 'Effect.all', role: 'peer', pieces: many, operation }
}

function effection(make: MakeWorks): Contestant {
  const each = make(few).map((work) => ({
    *[Symbol.iterator]() {
      return yield* until(work())
    },
  }))
  const operation = async (): Promise<number> =>
    await run(function* () {
      return checked(yield* all(each), few)
    })
  return { name: 'Effection all', role: 'peer', pieces: few, operation }
}
