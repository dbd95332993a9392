import { Effect } from 'effect'
import { resource, run, until } from 'effection'
import { within } from 'withal'
import { contextlib } from '../peers/contextlib.ts'
import { loweredUsing, nativeUsing } from '../peers/using-forms.ts'
import type { Contestant, Row } from '../rows.ts'
import { Connection } from './connection.ts'

/** Open, work, close, each of them asynchronous. */
export const oneAsyncManager: Row = {
  name: 'one async manager round a trivial body',
  contestants: async () => [
    byHand(),
    withal(),
    { name: 'await using, lowered', role: 'peer', operation: usingOf(await loweredUsing()) },
    { name: 'await using, native', role: 'peer', operation: usingOf(await nativeUsing()) },
    nativeStack(),
    await contextlibWith(),
    effect(),
    effection(),
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

function withal(): Contestant {
  const connection = new Connection()
  const operation = (): Promise<number> => within(connection, (opened) => opened.query())
  return { name: 'within', role: 'library', operation, goal: { ratio: 1.2 } }
}

function usingOf({ awaitUsing }: typeof import('../peers/using.ts')): () => Promise<number> {
  const connection = new Connection()
  return () => awaitUsing(connection)
}

function nativeStack(): Contestant {
  const connection = new Connection()
  const operation = async (): Promise<number> => {
    const stack = new AsyncDisposableStack()
    try {
      return await stack.use(await connection.open()).query()
    } finally {
      await stack.disposeAsync()
    }
  }
  return { name: 'AsyncDisposableStack', role: 'peer', operation }
}

async function contextlibWith(): Promise<Contestant> {
  const { AsyncWith } = await contextlib()
  const connection = new Connection()
  const operation = async (): Promise<number> =>
    (await AsyncWith<Connection, number>(connection, (opened) => opened.query())).result
  return { name: 'contextlib With', role: 'peer', operation }
}

function effect(): Contestant {
  const connection = new Connection()
  const operation = (): Promise<number> =>
    Effect.runPromise(
      Effect.acquireUseRelease(
        Effect.promise(() => connection.open()),
        (opened) => Effect.promise(() => opened.query()),
        (opened) => Effect.promise(() => opened.close()),
      ),
    )
  return { name: 'Effect.acquireUseRelease', role: 'peer', operation }
}

function effection(): Contestant {
  const connection = new Connection()
  const opened = resource<Connection>(function* (provide) {
    const value = yield* until(connection.open())
    try {
      yield* provide(value)
    } finally {
      yield* until(value.close())
    }
  })
  const operation = async (): Promise<number> =>
    await run(function* () {
      const value = yield* opened
      return yield* until(value.query())
    })
  return { name: 'Effection resource', role: 'peer', operation }
}
