/** A queue that gives what was put last. */
import type { QueueOptions } from './buffer-options.ts'
import { Queue } from './queue.ts'
import { Pile } from './ring.ts'

/**
 * A {@link Queue} that gives the newest item first. Those who wait are served in the order in which they came, all the same.
 *
 * @example
 * const queue = new LifoQueue<string>()
 * for (const name of ['a', 'b']) await queue.put(name)
 * await queue.get() // => 'b'
 */
export class LifoQueue<T> extends Queue<T> {
  /** @throws UsageError  An option makes no sense. */
  constructor(options: QueueOptions = {}) {
    super(options, new Pile<T>())
  }
}
