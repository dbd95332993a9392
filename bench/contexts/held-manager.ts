import { hold } from 'withal'
import { loweredUsing, nativeUsing } from '../peers/using-forms.ts'
import type { Contestant, Row } from '../rows.ts'
import { Connection } from './connection.ts'

type Forms = typeof import('../peers/using.ts')

/** The native form: a manager held by `await using`. */
export const heldManager: Row = {
  name: 'one async manager held by `await using`',
  contestants: async () => {
    const [lowered, native] = [await loweredUsing(), await nativeUsing()]
    return [
      byHand(),
      { name: 'hold, lowered await using', role: 'library', operation: withal(lowered) },
      { name: 'hold, native await using', role: 'library', operation: withal(native) },
      { name: 'await using, lowered', role: 'peer', operation: bare(lowered) },
      { name: 'await using, native', role: 'peer', operation: bare(native) },
    ]
  },
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

function withal({ awaitUsingHandle }: Forms): () => Promise<number> {
  const connection = new Connection()
  return () => awaitUsingHandle(() => hold(connection))
}

function bare({ awaitUsing }: Forms): () => Promise<number> {
  const connection = new Connection()
  return () => awaitUsing(connection)
}
