import { Mutex } from 'withal'
import type { Contestant, Row } from '../rows.ts'
import { ChainLock } from './own-lock.ts'

/** Take a lock that nobody has without waiting at all. */
export const tryLock: Row = {
  name: 'a lock that is free, `tryAcquire`',
  contestants: () => [byHand(), withal()],
}

function byHand(): Contestant {
  const lock = new ChainLock()
  return { name: 'promise chain', role: 'limit', operation: () => lock.run(() => 1) }
}

function withal(): Contestant {
  const mutex = new Mutex()
  const operation = (): number => {
    const permit = mutex.tryAcquire()
    permit?.release()
    return 1
  }
  return { name: 'Mutex.tryAcquire', role: 'library', sync: true, operation, goal: { ratio: 0.1 } }
}
