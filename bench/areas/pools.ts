/** Pools: with something free, with too little, and what a borrower takes who waits. */
import { exhaustedPool } from '../pools/exhausted-pool.ts'
import { freePool } from '../pools/free-pool.ts'
import { poolWaiter } from '../pools/waiter.ts'
import type { Area } from '../rows.ts'

const pools: Area = { rows: [freePool, exhaustedPool, poolWaiter] }
export default pools
