import type { Contestant, Row } from '../rows.ts'
import * as pools from './pools.ts'

/** Borrow what is free, and return it. */
export const freePool: Row = {
  name: 'a pool with something free',
  contestants: () =>
    [
      pools.byHand(10),
      pools.withal(10),
      pools.withalUsing(10),
      pools.withalUse(10),
      pools.lightning(10),
      pools.generic(10),
      pools.tarn(10),
      pools.pgPool(10),
      pools.effect(10),
    ].map(contestantOf),
}

function contestantOf({ name, role, borrow }: pools.Borrowing): Contestant {
  const contestant = { name, role, operation: borrow }
  return role === 'library' ? { ...contestant, goal: { ratio: 3 } } : contestant
}
