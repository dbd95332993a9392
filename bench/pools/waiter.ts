import { createPool as createGenericPool } from 'generic-pool'
import { Pool as TarnPool } from 'tarn'
import { Pool } from 'withal'
import type { Keeper, MemoryRow } from '../rows.ts'
import { waiters } from '../waiters.ts'
import { OwnPool, Resource } from './resource.ts'

/** What somebody takes who waits for a resource. */
export const poolWaiter: MemoryRow = {
  name: 'memory: a borrower who waits',
  keepers: () => [byHand, withal, tarn, generic],
}

const byHand: Keeper = {
  name: 'array and waiters',
  role: 'limit',
  async keep(count) {
    const pool = new OwnPool(1)
    const first = await pool.acquire()
    return await waiters(
      count,
      () => pool.acquire() as Promise<Resource>,
      (each) => pool.release(each),
      first,
    )
  },
}

const withal: Keeper = {
  name: 'Pool',
  role: 'library',
  goal: { bytes: 220 },
  async keep(count) {
    const pool = new Pool(() => new Resource(), { max: 1, acquireTimeout: 600_000 })
    const first = await pool.acquire()
    return await waiters(
      count,
      () => pool.acquire(),
      (each) => each[Symbol.dispose](),
      first,
    )
  },
}

const tarn: Keeper = {
  name: 'tarn',
  role: 'peer',
  async keep(count) {
    const pool = new TarnPool<Resource>({
      create: () => new Resource(),
      destroy: () => {},
      min: 0,
      max: 1,
      acquireTimeoutMillis: 600_000,
    })
    const first = await pool.acquire().promise
    return await waiters(
      count,
      () => pool.acquire().promise,
      (each) => pool.release(each),
      first,
    )
  },
}

const generic: Keeper = {
  name: 'generic-pool',
  role: 'peer',
  async keep(count) {
    const pool = createGenericPool<Resource>(
      { create: () => Promise.resolve(new Resource()), destroy: () => Promise.resolve() },
      { max: 1 },
    )
    const first = await pool.acquire()
    return await waiters(
      count,
      () => Promise.resolve(pool.acquire()),
      (each) => void pool.release(each),
      first,
    )
  },
}
