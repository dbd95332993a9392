import { contextManager, within } from 'withal'
import { contextlib } from '../peers/contextlib.ts'
import { loweredUsing, nativeUsing } from '../peers/using-forms.ts'
import type { Contestant, Row } from '../rows.ts'
import { SyncConnection } from './connection.ts'

/** A manager written as an asynchronous generator. */
export const asyncGeneratorManager: Row = {
  name: 'async generator manager',
  contestants: async () => [
    byHand(),
    withalAsync(),
    { name: 'await using of the generator, lowered', role: 'peer', operation: usingOf(await loweredUsing()) },
    { name: 'await using of the generator, native', role: 'peer', operation: usingOf(await nativeUsing()) },
    await contextlibWith(),
  ],
}

/** A manager written as a synchronous generator, with a body that is awaited. Nobody else has it. */
export const syncGeneratorManager: Row = {
  name: 'sync generator manager with awaited body',
  contestants: () => [byHand(), withalSync()],
}

async function* opened(connection: SyncConnection): AsyncGenerator<SyncConnection, void, undefined> {
  const open = connection.open()
  try {
    yield open
  } finally {
    open.close()
  }
}

function* openedSync(connection: SyncConnection): Generator<SyncConnection, void, undefined> {
  const open = connection.open()
  try {
    yield open
  } finally {
    open.close()
  }
}

async function query(connection: SyncConnection): Promise<number> {
  return connection.query()
}

/** The asynchronous generator driven as a manager has to be: the body's error is thrown at the `yield`. */
function byHand(): Contestant {
  const connection = new SyncConnection()
  const operation = async (): Promise<number> => {
    const generator = opened(connection)
    const { value } = (await generator.next()) as IteratorYieldResult<SyncConnection> // it yields once
    let result: number
    try {
      result = await query(value)
    } catch (error) {
      await generator.throw(error)
      throw error
    }
    await generator.next()
    return result
  }
  return { name: 'async generator driven by hand', role: 'limit', operation }
}

function withalAsync(): Contestant {
  const connection = new SyncConnection()
  const manager = contextManager(opened)
  const operation = (): Promise<number> => within(manager(connection), (open) => query(open))
  return { name: 'within, async generator', role: 'library', operation, goal: { ratio: 1.2 } }
}

function withalSync(): Contestant {
  const connection = new SyncConnection()
  const manager = contextManager(openedSync)
  const operation = (): Promise<number> => within(manager(connection), (open) => query(open))
  return { name: 'within, sync generator', role: 'library', operation, goal: { ratio: 0.7 } }
}

function usingOf({ awaitUsingGenerator }: typeof import('../peers/using.ts')): () => Promise<number> {
  const connection = new SyncConnection()
  return () => awaitUsingGenerator(() => opened(connection), query)
}

async function contextlibWith(): Promise<Contestant> {
  const { AsyncWith, asynccontextmanager } = await contextlib()
  const connection = new SyncConnection()
  const manager = await asynccontextmanager(opened)
  const operation = async (): Promise<number> =>
    (await AsyncWith(await manager(connection), (open) => query(open))).result
  return { name: 'contextlib With', role: 'peer', operation }
}
