import { Mutex as AsyncMutex } from 'async-mutex'
import { Sema } from 'async-sema'
import { Effect, Semaphore as EffectSemaphore } from 'effect'
import { CancelScope, Mutex, within } from 'withal'
import type { Contestant, Row } from '../rows.ts'
import { ListLock } from './own-lock.ts'

const workers = 100
const times = 100

/** A hundred workers take the same lock a hundred times each. */
export const contendedLock: Row = {
  name: 'a lock that 100 want, 100 times each',
  contestants: () => [byHand(), withal(), withalInScope(), asyncSema(), asyncMutex(), effect()],
}

/** All workers at once; the lock has been taken as often as it must be. */
function race(name: string, role: Contestant['role'], worker: () => Promise<number>): Contestant {
  const operation = async (): Promise<number> => {
    const counts = await Promise.all(Array.from({ length: workers }, worker))
    return counts.reduce((sum, count) => sum + count, 0) / (workers * times)
  }
  return { name, role, pieces: workers * times, operation }
}

function byHand(): Contestant {
  const lock = new ListLock()
  return race('list of waiters', 'limit', async () => {
    let count = 0
    for (; count < times; count++) {
      await (lock.acquire() ?? Promise.resolve())
      lock.release()
    }
    return count
  })
}

function withal(name = 'Mutex.acquire'): Contestant {
  const mutex = new Mutex()
  const contestant = race(name, 'library', async () => {
    let count = 0
    for (; count < times; count++) {
      const permit = await mutex.acquire()
      permit.release()
    }
    return count
  })
  return { ...contestant, goal: { ratio: 1 } }
}

function withalInScope(): Contestant {
  const { operation } = withal()
  return {
    name: 'Mutex.acquire in a scope',
    role: 'library',
    pieces: workers * times,
    operation,
    around: async (batch) => (await within(new CancelScope(), batch))!, // nobody cancels it
  }
}

function asyncSema(): Contestant {
  const sema = new Sema(1)
  return race('async-sema', 'peer', async () => {
    let count = 0
    for (; count < times; count++) {
      await sema.acquire()
      sema.release()
    }
    return count
  })
}

function asyncMutex(): Contestant {
  const mutex = new AsyncMutex()
  return race('async-mutex', 'peer', async () => {
    let count = 0
    for (; count < times; count++) {
      const release = await mutex.acquire()
      release()
    }
    return count
  })
}

function effect(): Contestant {
  const semaphore = EffectSemaphore.makeUnsafe(1)
  const once = semaphore.withPermits(1)(Effect.promise(() => Promise.resolve()))
  const worker = Effect.gen(function* () {
    for (let count = 0; count < times; count++) yield* once
    return times
  })
  const all = Effect.all(
    Array.from({ length: workers }, () => worker),
    { concurrency: 'unbounded' },
  )
  const operation = async (): Promise<number> => {
    const counts = await Effect.runPromise(all)
    return counts.reduce((sum, count) => sum + count, 0) / (workers * times)
  }
  return { name: 'Effect Semaphore', role: 'peer', pieces: workers * times, operation }
}
