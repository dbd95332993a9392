/** A lock that many readers can have at a time, or one writer. */
import { TimeoutError } from '../errors/index.ts'
import { nameOf } from './lock-options.ts'
import type { LockOptions } from './lock-options.ts'
import { PermitManager } from './permit-manager.ts'
import { Permits } from './permits.ts'
import type { PermitWaiter } from './permits.ts'

/** What a read-write lock can say of itself. */
export interface ReadWriteStatistics {
  /** How many read. */
  readonly readers: number
  /** Whether somebody writes. */
  readonly writing: boolean
  /** How many wait, to read or to write. */
  readonly waiting: number
}

/**
 * Many readers or one writer, first come, first served between the kinds: readers that come after a waiting writer wait, too, so it
 * is not starved. It is not re-entrant, and a reader cannot become a writer: leave the one block before entering the other.
 *
 * @example
 * const lock = new ReadWriteLock()
 * await within(lock.reader, lock.reader, () => lock.statistics().readers) // => 2
 * await within(lock.writer, () => lock.reader.tryAcquire()) // => undefined
 */
export class ReadWriteLock {
  /** Held together with other readers. */
  readonly reader: PermitManager
  /** Held alone. */
  readonly writer: PermitManager
  readonly #permits: Permits

  constructor(options: LockOptions = {}) {
    this.#permits = new ReadWritePermits(nameOf('read-write lock', options), Infinity)
    this.reader = new PermitManager(this.#permits, 1)
    this.writer = new PermitManager(this.#permits, this.#permits.total)
  }

  /** Whether anybody reads or writes. */
  get locked(): boolean {
    return this.#permits.free < this.#permits.total
  }

  /** How many wait, to read or to write. */
  get waiting(): number {
    return this.#permits.queue.size
  }

  statistics(): ReadWriteStatistics {
    const { free, total } = this.#permits
    const writing = free === 0
    return { readers: writing ? 0 : total - free, writing, waiting: this.waiting }
  }
}

/** A reader takes one of very many, a writer all; messages do not tell such numbers. */
class ReadWritePermits extends Permits {
  override timeoutError({ count }: PermitWaiter, allowed: number): Error {
    const { name, free, total, queue } = this
    const wish = count === total ? 'writing' : 'reading'
    const state = free === 0 ? 'somebody writes' : `${total - free} read`
    return new TimeoutError(
      `${name} was not free for ${wish} within ${allowed} ms: ${state}, ${queue.size} waiting.`,
      allowed,
    )
  }
}
