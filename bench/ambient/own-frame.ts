import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import type { Contestant, Row } from '../rows.ts'
import { besideOthers, inScope } from './scopes.ts'

// What a task does to have a frame of its own is no public function, so it is taken from dist.
const built = new URL('../../dist/', import.meta.url)
const { enterFrame } = (await import(new URL('frame.js', built).href)) as typeof import('../../src/frame.ts') // its sources

const many = 10_000
const shared = 'jobs that share one frame'

/**
 * Each of many jobs of its own enters a new frame, and all that it starts would belong to it. Tasks are always inside a
 * scope, their group's, whose entry is copied along.
 */
export const ownFrame: Row = {
  name: "a task's own frame",
  contestants: () => [
    { name: shared, role: 'limit', ...jobs((count) => count()) },
    {
      ...entering('enterFrame in each, inside a scope'),
      around: inScope,
      goal: { nanosecondsMore: 170, than: shared },
    },
    entering('enterFrame in each, outside of all'),
    { ...entering('enterFrame in each, beside 8 other storages'), around: besideOthers },
    asyncLocalStorage(),
    { ...asyncLocalStorage(), name: 'AsyncLocalStorage.run in each, beside 8 others', around: besideOthers },
    keptResource(),
  ],
}

function entering(name: string): Contestant {
  const work = jobs((count) => {
    enterFrame({ scope: undefined, task: undefined, bindings: undefined })
    count()
  })
  return { name, role: 'library', ...work }
}

/** Runs so many jobs; 1 if all were done. */
function jobs(begin: (count: () => void) => void): Pick<Contestant, 'pieces' | 'operation'> {
  const settled = Promise.resolve()
  const operation = async (): Promise<number> => {
    let left = many
    const count = (): void => void left--
    const started: Promise<void>[] = []
    for (let index = 0; index < many; index++) started.push(settled.then(() => begin(count)))
    await started[many - 1]
    return left === 0 ? 1 : 0
  }
  return { pieces: many, operation }
}

function asyncLocalStorage(): Contestant {
  const storage = new AsyncLocalStorage<object>()
  return { name: 'AsyncLocalStorage.run in each', role: 'peer', ...jobs((count) => storage.run({}, count)) }
}

/** What is known to be cheap; it belongs to all jobs alike. */
function keptResource(): Contestant {
  const resource = new AsyncResource('kept')
  return { name: 'one AsyncResource entered by all', role: 'peer', ...jobs((count) => resource.runInAsyncScope(count)) }
}
