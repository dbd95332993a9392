import { Sema } from 'async-sema'
import { CancelScope, Mutex, within } from 'withal'
import type { Ending, Keeper, MemoryRow } from '../rows.ts'

/** What somebody takes who waits for a lock. What waits for the promise is not counted: there is nobody. */
export const lockWaiter: MemoryRow = {
  name: 'memory: a waiter of a lock',
  keepers: () => [byHand, withal, inScope, sema],
}

const byHand: Keeper = {
  name: 'array of resolve functions',
  role: 'limit',
  async keep(count) {
    const waiting: ((value: undefined) => void)[] = []
    for (let begun = 0; begun < count; begun++) {
      void new Promise((resolve) => {
        waiting.push(resolve)
      }).then()
    }
    await Promise.resolve()
    return () => waiting.splice(0).forEach((resolve) => resolve(undefined))
  },
}

const withal: Keeper = {
  name: 'Mutex',
  role: 'library',
  goal: { bytes: 220 },
  keep: async (count) => await waitersOf(new Mutex(), count),
}

const inScope: Keeper = {
  name: 'Mutex, in a scope',
  role: 'library',
  keep: async (count) => (await within(new CancelScope(), () => waitersOf(new Mutex(), count)))!, // nobody cancels it
}

async function waitersOf(mutex: Mutex, count: number): Promise<Ending> {
  const held = await mutex.acquire()
  let left = count
  const served = (permit: { release(): void }): void => {
    left--
    permit.release()
  }
  for (let begun = 0; begun < count; begun++) void mutex.acquire().then(served)
  return async () => {
    held.release()
    while (left > 0) await Promise.resolve()
  }
}

const sema: Keeper = {
  name: 'async-sema',
  role: 'peer',
  async keep(count) {
    const lock = new Sema(1, { capacity: count })
    await lock.acquire()
    let left = count
    const served = (): void => {
      left--
      lock.release()
    }
    for (let begun = 0; begun < count; begun++) void lock.acquire().then(served)
    return async () => {
      lock.release()
      while (left > 0) await Promise.resolve()
    }
  },
}
