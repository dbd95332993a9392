import { within } from 'withal'
import { Connection } from '../contexts/connection.ts'
import type { Contestant, Row } from '../rows.ts'
import { besideOthers, inScope } from './scopes.ts'

const outside = 'within, outside any scope'

/** An exit that may wait is shielded where there is something to be shielded from. */
export const shieldedExits: Row = {
  name: 'one async manager: the shield of its exit',
  contestants: () => [
    byHand(),
    withal(outside),
    { ...withal('within, outside, beside 8 other storages'), around: besideOthers },
    { ...withal('within, inside a scope'), around: inScope, goal: { nanosecondsMore: 130, than: outside } },
  ],
}

function byHand(): Contestant {
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const opened = await connection.open()
    try {
      return await opened.query()
    } finally {
      await opened.close()
    }
  }
  return { name: 'try/finally', role: 'limit', operation }
}

function withal(name: string): Contestant {
  const connection = new Connection()
  return { name, role: 'library', operation: () => within(connection, (opened) => opened.query()) }
}
