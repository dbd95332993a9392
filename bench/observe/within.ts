import { within } from 'withal'
import { Connection } from '../contexts/connection.ts'
import type { Contestant, Row } from '../rows.ts'
import { whileListening } from './around-listening.ts'

/** Entering and exiting one manager, which tells observers twice. */
export const withinObserved: Row = {
  name: 'within, one async manager',
  contestants: () => [
    byHand(),
    { name: 'nobody listens', role: 'library', operation: withal(), goal: { ratio: 1.2 } },
    { name: 'somebody listens', role: 'library', operation: withal(), around: whileListening },
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

function withal(): () => Promise<number> {
  const connection = new Connection()
  return () => within(connection, (opened) => opened.query())
}
