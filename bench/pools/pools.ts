/** The pools that are compared, each with a hundred percent of its usual service and nothing of its own in the way. */
import { EventEmitter } from 'node:events'
import { Effect, Pool as EffectPool, Scope } from 'effect'
import { createPool as createGenericPool } from 'generic-pool'
import { createPool as createLightningPool } from 'lightning-pool'
import pg from 'pg'
import { Pool as TarnPool } from 'tarn'
import { Pool } from 'withal'
import type { Contestant } from '../rows.ts'
import { OwnPool, Resource } from './resource.ts'

/** One way of borrowing: the resource is used once, and returned. */
export interface Borrowing {
  readonly name: string
  readonly role: Contestant['role']
  readonly borrow: () => Promise<number>
}

export function byHand(size: number): Borrowing {
  const pool = new OwnPool(size)
  const borrow = async (): Promise<number> => {
    const resource = await pool.acquire()
    try {
      return resource.use()
    } finally {
      pool.release(resource)
    }
  }
  return { name: 'array and waiters', role: 'limit', borrow }
}

export function withal(size: number): Borrowing {
  const pool = new Pool(() => new Resource(), { max: size })
  const borrow = async (): Promise<number> => {
    const lease = await pool.acquire()
    try {
      return lease.value.use()
    } finally {
      await lease.release()
    }
  }
  return { name: 'Pool.acquire', role: 'library', borrow }
}

export function withalUsing(size: number): Borrowing {
  const pool = new Pool(() => new Resource(), { max: size })
  const borrow = async (): Promise<number> => {
    const lease = await pool.acquire()
    try {
      return lease.value.use()
    } finally {
      lease[Symbol.dispose]()
    }
  }
  return { name: 'Pool.acquire, `using`', role: 'library', borrow }
}

export function withalUse(size: number): Borrowing {
  const pool = new Pool(() => new Resource(), { max: size })
  return { name: 'Pool.use', role: 'library', borrow: () => pool.use((resource) => resource.use()) }
}

export function lightning(size: number): Borrowing {
  const pool = createLightningPool<Resource>(
    { create: () => Promise.resolve(new Resource()), destroy: () => Promise.resolve() },
    { max: size, min: 0, maxQueue: 10_000, validation: false },
  )
  const borrow = async (): Promise<number> => {
    const resource = await pool.acquire()
    try {
      return resource.use()
    } finally {
      pool.release(resource)
    }
  }
  return { name: 'lightning-pool', role: 'peer', borrow }
}

export function generic(size: number): Borrowing {
  const pool = createGenericPool<Resource>(
    { create: () => Promise.resolve(new Resource()), destroy: () => Promise.resolve() },
    { max: size },
  )
  const borrow = async (): Promise<number> => {
    const resource = await pool.acquire()
    try {
      return resource.use()
    } finally {
      await pool.release(resource)
    }
  }
  return { name: 'generic-pool', role: 'peer', borrow }
}

export function tarn(size: number): Borrowing {
  const pool = new TarnPool<Resource>({ create: () => new Resource(), destroy: () => {}, min: 0, max: size })
  const borrow = async (): Promise<number> => {
    const resource = await pool.acquire().promise
    try {
      return resource.use()
    } finally {
      pool.release(resource)
    }
  }
  return { name: 'tarn', role: 'peer', borrow }
}

/** The part of a client that its pool calls, connected at once: what is left is the pool. */
class InstantClient extends EventEmitter {
  connect(callback: () => void): void {
    process.nextTick(callback)
  }
  end(callback?: () => void): void {
    callback?.()
  }
  use(): number {
    return 1
  }
}

export function pgPool(size: number): Borrowing {
  const pool = new pg.Pool({ Client: InstantClient as never, max: size }) // the part of it that is called
  const borrow = async (): Promise<number> => {
    const client = await pool.connect()
    try {
      return (client as unknown as InstantClient).use() // it is what the pool makes
    } finally {
      client.release()
    }
  }
  return { name: 'pg-pool', role: 'peer', borrow }
}

export function effect(size: number): Borrowing {
  const scope = Effect.runSync(Scope.make())
  const pool = Effect.runSync(
    Scope.provide(EffectPool.make({ acquire: Effect.sync(() => new Resource()), size }), scope),
  )
  const program = Effect.scoped(Effect.map(EffectPool.get(pool), (resource) => resource.use()))
  return { name: 'Effect Pool', role: 'peer', borrow: () => Effect.runPromise(program) }
}
