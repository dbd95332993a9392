/** A lock that one has at a time. */
import { nameOf } from './lock-options.ts'
import type { LockOptions } from './lock-options.ts'
import { PermitManager } from './permit-manager.ts'
import { Permits } from './permits.ts'

/** What a lock can say of itself. */
export interface LockStatistics {
  /** Whether somebody has it. */
  readonly locked: boolean
  /** How many wait for it. */
  readonly waiting: number
}

/**
 * Mutual exclusion: one has it, the others wait in order, and it is handed from one to the next without a moment in which it
 * is free. It may be made anywhere and used from any scope. It is not re-entrant: who waits for what his own block holds
 * waits for ever; diagnostics name that with both places.
 *
 * @example
 * const mutex = new Mutex()
 * await within(mutex, async () => mutex.locked) // => true
 * {
 *   using permit = await mutex.acquire({ timeout: 250 })
 *   mutex.tryAcquire() // => undefined
 * }
 * mutex.locked // => false
 */
export class Mutex extends PermitManager {
  constructor(options: LockOptions = {}) {
    super(new Permits(nameOf('mutex', options), 1), 1)
  }

  /** Whether somebody has it. */
  get locked(): boolean {
    return this.permits.free < 1
  }

  /** How many wait for it. */
  get waiting(): number {
    return this.permits.queue.size
  }

  statistics(): LockStatistics {
    return { locked: this.locked, waiting: this.waiting }
  }
}
