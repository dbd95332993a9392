/** What a pool can tell of itself. */
import type { PoolCore } from './core.ts'
import type { TimeSummary } from './histogram.ts'
import type { PoolFailure } from './resources.ts'

/** The state of a pool at one moment, and what has happened since it was made. Times are milliseconds. */
export interface PoolStatistics {
  /** How many resources there are, those counted that are being made, checked, cleaned or destroyed. */
  readonly size: number
  /** How many of them could be lent now. */
  readonly idle: number
  /** How many leases are out. */
  readonly leased: number
  /** How many wait. */
  readonly waiting: number
  /** How many are being made. */
  readonly creating: number
  readonly created: number
  readonly destroyed: number
  /** How many were left behind since their destroying did not end. */
  readonly leftBehind: number
  /** How many borrowers ran out of time. */
  readonly timeouts: number
  /** How many leases were held for longer than `leakAfter`. */
  readonly leaks: number
  /** How often a step has failed: making, checking, cleaning, destroying. */
  readonly failures: number
  readonly lastFailure: PoolFailure | undefined
  /** How long borrowers waited for their lease. */
  readonly waitTime: TimeSummary
  /** How long leases were held. */
  readonly holdTime: TimeSummary
  /** How long resources took to be made. */
  readonly createTime: TimeSummary
}

export function statisticsOf<T>({ resources, free, lending, queue, timeouts }: PoolCore<T>): PoolStatistics {
  const { alive, making, created, destroyed, leftBehind, failures, lastFailure, makingTime } = resources
  return {
    size: alive,
    idle: free.size,
    leased: lending.loans.size,
    waiting: queue.size,
    creating: making,
    created,
    destroyed,
    leftBehind,
    timeouts,
    leaks: lending.leaks,
    failures,
    lastFailure,
    waitTime: lending.waitTime.summary(),
    holdTime: lending.holdTime.summary(),
    createTime: makingTime.summary(),
  }
}
