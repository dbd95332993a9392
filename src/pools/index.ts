/** The layer `pools`: its public names. */
export type { AcquireOptions } from './borrower.ts'
export type { PoolEvent, PoolStep } from './events.ts'
export type { TimeSummary } from './histogram.ts'
export type { Lease } from './lease.ts'
export { Pool } from './pool.ts'
export type { Create, PoolFailure } from './resources.ts'
export type { PoolOptions } from './settings.ts'
export type { PoolStatistics } from './statistics.ts'
