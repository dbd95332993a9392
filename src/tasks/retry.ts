/** Trying again, after a while. */
import { checkDuration } from '../clock.ts'
import { isCancellation, matches, UsageError } from '../errors/index.ts'
import type { Matcher } from '../errors/index.ts'
import { attachOthers } from '../errors/index.ts'
import { checkFunction } from './check-function.ts'
import { sleep } from './sleep.ts'
import { throwIfCancelled } from './waiting.ts'

/** What {@link retry} takes. */
export interface RetryOptions {
  /** How often it is tried at most, the first time included. Default: 3. */
  readonly attempts?: number | undefined
  /** Milliseconds before the second attempt. Default: 100. */
  readonly delay?: number | undefined
  /** By what the delay is multiplied each time. Default: 2. */
  readonly factor?: number | undefined
  /** The longest delay in milliseconds. Default: 30,000. */
  readonly maxDelay?: number | undefined
  /** The part of each delay that is drawn by lot, from 0 to 1: so that many who failed together do not come back together. Default: 0.5. */
  readonly jitter?: number | undefined
  /** Which errors are worth another attempt. Default: all but cancellations. */
  readonly on?: Matcher | undefined
}

/**
 * Calls a function until it succeeds, at most so often, with growing delays in between. The last error is thrown, with the
 * earlier ones attached (`othersOf`). A cancellation is never tried again.
 *
 * @param work  Is given the number of the attempt, from 1.
 * @throws Cancelled   The surrounding scope was cancelled.
 * @throws UsageError  An option that makes no sense.
 * @example
 * await retry(async (attempt) => {
 *   if (attempt < 3) throw new Error('not yet')
 *   return attempt
 * }, { delay: 1 }) // => 3
 */
export async function retry<R>(work: (attempt: number) => R | PromiseLike<R>, options: RetryOptions = {}): Promise<R> {
  checkFunction(work, 'retry')
  const { attempts = 3, factor = 2, maxDelay = 30_000, jitter = 0.5, on } = options
  checkDuration(options.delay ?? 100, 'delay')
  checkDuration(maxDelay, 'maxDelay')
  checkNumbers(attempts, factor, jitter)
  let delay = Math.min(options.delay ?? 100, maxDelay)
  const earlier: unknown[] = []
  for (let attempt = 1; ; attempt++) {
    throwIfCancelled()
    try {
      return await work(attempt)
    } catch (error) {
      if (attempt >= attempts || isCancellation(error) || (on !== undefined && !matches(error, on))) {
        const others = earlier.filter((other) => other !== error)
        if (others.length > 0) attachOthers(error, others)
        throw error
      }
      earlier.push(error)
    }
    await sleep(delay * (1 - jitter * Math.random()))
    delay = Math.min(delay * factor, maxDelay)
  }
}

function checkNumbers(attempts: number, factor: number, jitter: number): void {
  if (!(attempts === Infinity || (Number.isInteger(attempts) && attempts >= 1))) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`attempts\` is ${attempts}. Give a whole number of at least 1, or Infinity.`,
    )
  }
  if (!(factor >= 0)) {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`factor\` is ${factor}. Give a number of at least 0.`)
  }
  if (!(jitter >= 0 && jitter <= 1)) {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`jitter\` is ${jitter}. Give a number from 0 to 1.`)
  }
}
