/**
 * Measures a row about memory: the heap before and after so many things are there, each time with all garbage
 * collected. What has been kept is told from what was made by letting it go again.
 */
import { collectGarbage, heapUsed } from './meters.ts'
import type { Keeper, MeasuredMemory, MemoryRow } from './rows.ts'
import { quantile, round2 } from './samples.ts'

const count = 20_000
const rounds = 5

/** Measures all keepers of a row. */
export async function measureMemory(row: MemoryRow): Promise<MeasuredMemory[]> {
  const found: MeasuredMemory[] = []
  for (const keeper of await row.keepers()) {
    const bytesKept = await bytesOf(keeper)
    const { name, role, goal } = keeper
    const measured = { name, role, bytesKept, ratio: round2(bytesKept / (found[0]?.bytesKept ?? bytesKept)) }
    found.push(goal === undefined ? measured : { ...measured, goal, reached: bytesKept <= goal.bytes })
  }
  return found
}

async function bytesOf(keeper: Keeper): Promise<number> {
  const samples: number[] = []
  for (let round = 0; round < rounds; round++) samples.push(await keepAndEnd(keeper))
  return Math.round(quantile(samples, 0.5))
}

async function keepAndEnd(keeper: Keeper): Promise<number> {
  const end = await keeper.keep(count)
  const during = await heapAtRest()
  await end()
  return (during - (await heapAtRest())) / count
}

/** The bytes in use once all that has been started has come to a wait. */
async function heapAtRest(): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve))
  collectGarbage('major')
  collectGarbage('major') // what finalizers have let go
  return heapUsed()
}
