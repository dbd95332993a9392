import { Effect } from 'effect'
import { withinSync } from 'withal'
import { contextlib } from '../peers/contextlib.ts'
import { loweredUsing, nativeUsing } from '../peers/using-forms.ts'
import type { Contestant, Row } from '../rows.ts'
import { SyncConnection } from './connection.ts'

/** Open, work, close, with nothing to wait for. */
export const oneSyncManager: Row = {
  name: 'one sync manager round a trivial body',
  contestants: async () => [
    byHand(),
    withal(),
    { name: 'using, lowered', role: 'peer', sync: true, operation: usingOf(await loweredUsing()) },
    { name: 'using, native', role: 'peer', sync: true, operation: usingOf(await nativeUsing()) },
    nativeStack(),
    await contextlibWith(),
    effect(),
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

function withal(): Contestant {
  const connection = new SyncConnection()
  const operation = (): number => withinSync(connection, (opened) => opened.query())
  return { name: 'withinSync', role: 'library', sync: true, operation, goal: { ratio: 3 } }
}

function usingOf({ usingSync }: typeof import('../peers/using.ts')): () => number {
  const connection = new SyncConnection()
  return () => usingSync(connection)
}

function nativeStack(): Contestant {
  const connection = new SyncConnection()
  const operation = (): number => {
    const stack = new DisposableStack()
    try {
      return stack.use(connection.open()).query()
    } finally {
      stack.dispose()
    }
  }
  return { name: 'DisposableStack', role: 'peer', sync: true, operation }
}

async function contextlibWith(): Promise<Contestant> {
  const { default: With } = await contextlib()
  const connection = new SyncConnection()
  const operation = (): number => With<SyncConnection, number>(connection, (opened) => opened.query()).result
  return { name: 'contextlib With', role: 'peer', sync: true, operation }
}

function effect(): Contestant {
  const connection = new SyncConnection()
  const operation = (): number =>
    Effect.runSync(
      Effect.acquireUseRelease(
        Effect.sync(() => connection.open()),
        (opened) => Effect.sync(() => opened.query()),
        (opened) => Effect.sync(() => opened.close()),
      ),
    )
  return { name: 'Effect.acquireUseRelease', role: 'peer', sync: true, operation }
}
