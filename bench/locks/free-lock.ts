import AsyncLock from 'async-lock'
import { Mutex as AsyncMutex } from 'async-mutex'
import { Sema } from 'async-sema'
import { Effect, Semaphore as EffectSemaphore } from 'effect'
import { Mutex, within } from 'withal'
import type { Contestant, Row } from '../rows.ts'
import { ChainLock } from './own-lock.ts'

/** Take a lock that nobody has, and give it back. */
export const freeLock: Row = {
  name: 'a lock that is free',
  contestants: () => [byHand(), withal(), inWithin(), exclusively(), asyncSema(), asyncLock(), asyncMutex(), effect()],
}

function byHand(): Contestant {
  const lock = new ChainLock()
  return { name: 'promise chain', role: 'limit', operation: () => lock.run(() => 1) }
}

function withal(): Contestant {
  const mutex = new Mutex()
  const operation = async (): Promise<number> => {
    const permit = await mutex.acquire()
    permit.release()
    return 1
  }
  return { name: 'Mutex.acquire', role: 'library', operation, goal: { ratio: 1.2 } }
}

function inWithin(): Contestant {
  const mutex = new Mutex()
  const operation = (): Promise<number> => within(mutex, () => 1)
  return { name: 'within(mutex)', role: 'library', operation, goal: { ratio: 1.2 } }
}

function exclusively(): Contestant {
  const mutex = new Mutex()
  const operation = (): Promise<number> => mutex.runExclusive(() => 1)
  return { name: 'Mutex.runExclusive', role: 'library', operation }
}

function asyncSema(): Contestant {
  const sema = new Sema(1)
  const operation = async (): Promise<number> => {
    await sema.acquire()
    sema.release()
    return 1
  }
  return { name: 'async-sema', role: 'peer', operation }
}

function asyncLock(): Contestant {
  const lock = new AsyncLock()
  return { name: 'async-lock', role: 'peer', operation: () => lock.acquire('key', () => 1) }
}

function asyncMutex(): Contestant {
  const mutex = new AsyncMutex()
  const operation = async (): Promise<number> => {
    const release = await mutex.acquire()
    release()
    return 1
  }
  return { name: 'async-mutex', role: 'peer', operation }
}

function effect(): Contestant {
  const semaphore = EffectSemaphore.makeUnsafe(1)
  const program = semaphore.withPermits(1)(Effect.succeed(1))
  return { name: 'Effect Semaphore', role: 'peer', operation: () => Effect.runPromise(program) }
}
