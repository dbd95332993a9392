import type { Contestant, Row } from '../rows.ts'
import * as pools from './pools.ts'

const borrowers = 1_000

/** A thousand borrowers at once, ten resources. */
export const exhaustedPool: Row = {
  name: '10 resources, 1,000 borrowers',
  contestants: () =>
    [
      pools.byHand(10),
      pools.withal(10),
      pools.withalUse(10),
      pools.lightning(10),
      pools.generic(10),
      pools.tarn(10),
      pools.pgPool(10),
      pools.effect(10),
    ].map(contestantOf),
}

function contestantOf({ name, role, borrow }: pools.Borrowing): Contestant {
  const operation = async (): Promise<number> => {
    const used = await Promise.all(Array.from({ length: borrowers }, borrow))
    return used.reduce((sum, one) => sum + one, 0) / borrowers
  }
  const contestant = { name, role, pieces: borrowers, operation }
  return role === 'library' ? { ...contestant, goal: { ratio: 1.8 } } : contestant
}
