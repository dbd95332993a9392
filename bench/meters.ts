/** What is read before and after some work, and gives the difference. */
import { GCProfiler } from 'node:v8'

/** To be started before the work; `stop` gives what it has taken. */
export interface Meter {
  start(): void
  stop(): number
}

/** Nanoseconds. */
export class Stopwatch implements Meter {
  #start = 0

  start(): void {
    this.#start = performance.now()
  }

  stop(): number {
    return (performance.now() - this.#start) * 1e6
  }
}

/** Bytes allocated on the heap: what it has grown by, and what was collected meanwhile. */
export class AllocationMeter implements Meter {
  #profiler = new GCProfiler()
  #before = 0

  start(): void {
    this.#profiler = new GCProfiler()
    this.#profiler.start()
    this.#before = heapUsed()
  }

  stop(): number {
    const grown = heapUsed() - this.#before
    const collections = this.#profiler.stop().statistics
    return collections.reduce((sum, { beforeGC, afterGC }) => {
      return sum + beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize
    }, grown)
  }
}

/** The bytes in use now. */
export function heapUsed(): number {
  return process.memoryUsage().heapUsed
}

/** Collects the young garbage, or all of it. */
export function collectGarbage(type: 'minor' | 'major'): void {
  if (globalThis.gc === undefined) throw new Error('The benchmark needs --expose-gc: start it with `npm run bench`.')
  globalThis.gc({ type, execution: 'sync' })
}
