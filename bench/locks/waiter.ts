import { Sema } from 'async-sema'
import { CancelScope, Mutex, within } from 'withal'
import type { Ending, Keeper, MemoryRow } from '../rows.ts'
import { waiters } from '../waiters.ts'
import { ListLock } from './own-lock.ts'

/** What somebody takes who waits for a lock. */
export const lockWaiter: MemoryRow = {
  name: 'memory: a waiter of a lock',
  keepers: () => [byHand, withal, inScope, sema],
}

const byHand: Keeper = {
  name: 'list of waiters',
  role: 'limit',
  async keep(count) {
    const lock = new ListLock()
    await lock.acquire()
    return await waiters<void>(
      count,
      () => lock.acquire()!, // it is taken
      () => lock.release(),
      undefined,
    )
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
  return await waiters(
    count,
    () => mutex.acquire(),
    (permit) => permit.release(),
    held,
  )
}

const sema: Keeper = {
  name: 'async-sema',
  role: 'peer',
  async keep(count) {
    const lock = new Sema(1, { capacity: count })
    await lock.acquire()
    return await waiters<unknown>(
      count,
      () => lock.acquire(),
      () => lock.release(),
      undefined,
    )
  },
}
