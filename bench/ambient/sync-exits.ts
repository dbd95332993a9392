import { within, withinSync } from 'withal'
import { SyncConnection } from '../contexts/connection.ts'
import type { Contestant, Row } from '../rows.ts'
import { inScope } from './scopes.ts'

/** An exit that cannot wait needs no shield, so a scope round it should make no difference. */
export const syncExits: Row = {
  name: 'one sync manager, sync body',
  contestants: () => [
    byHand(),
    withal('withinSync, outside any scope'),
    {
      ...withal('withinSync, inside a scope'),
      around: inScope,
      goal: { nanosecondsMore: 2, than: 'withinSync, outside any scope' },
    },
  ],
}

/** The same round a body that is awaited. */
export const syncExitsAwaited: Row = {
  name: 'one sync manager, awaited body',
  contestants: () => [
    byHandAwaited(),
    withalAwaited('within, outside any scope'),
    {
      ...withalAwaited('within, inside a scope'),
      around: inScope,
      goal: { nanosecondsMore: 20, than: 'within, outside any scope' },
    },
  ],
}

function byHand(): Contestant {
  const connection = new SyncConnection()
  const operation = (): number => {
    const opened = connection.open()
    try {
      return opened.query()
    } finally {
      opened.close()
    }
  }
  return { name: 'try/finally', role: 'limit', sync: true, operation }
}

function withal(name: string): Contestant {
  const connection = new SyncConnection()
  return { name, role: 'library', sync: true, operation: () => withinSync(connection, (opened) => opened.query()) }
}

function byHandAwaited(): Contestant {
  const connection = new SyncConnection()
  const operation = async (): Promise<number> => {
    const opened = connection.open()
    try {
      return await queried(opened)
    } finally {
      opened.close()
    }
  }
  return { name: 'try/finally', role: 'limit', operation }
}

function withalAwaited(name: string): Contestant {
  const connection = new SyncConnection()
  return { name, role: 'library', operation: () => within(connection, queried) }
}

async function queried(opened: SyncConnection): Promise<number> {
  return opened.query()
}
