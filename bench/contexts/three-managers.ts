import { Effect } from 'effect'
import { within } from 'withal'
import { contextlib } from '../peers/contextlib.ts'
import { loweredUsing, nativeUsing } from '../peers/using-forms.ts'
import type { Contestant, Row } from '../rows.ts'
import { Connection } from './connection.ts'

/** Three asynchronous managers, one inside the other. */
export const threeManagers: Row = {
  name: 'three async managers in one `within`',
  contestants: async () => [
    byHand(),
    withal(),
    { name: 'await using, lowered', role: 'peer', operation: usingOf(await loweredUsing()) },
    { name: 'await using, native', role: 'peer', operation: usingOf(await nativeUsing()) },
    await contextlibWith(),
    effect(),
  ],
}

function three(): readonly [Connection, Connection, Connection] {
  return [new Connection(), new Connection(), new Connection()]
}

/** What the body does with them: 1 if each is open once. */
async function query(a: Connection, b: Connection, c: Connection): Promise<number> {
  return (await a.query()) * (await b.query()) * (await c.query())
}

function byHand(): Contestant {
  const [a, b, c] = three()
  const operation = async (): Promise<number> => {
    const first = await a.open()
    try {
      const second = await b.open()
      try {
        const third = await c.open()
        try {
          return await query(first, second, third)
        } finally {
          await third.close()
        }
      } finally {
        await second.close()
      }
    } finally {
      await first.close()
    }
  }
  return { name: 'nested try/finally', role: 'limit', operation }
}

function withal(): Contestant {
  const [a, b, c] = three()
  const operation = (): Promise<number> => within(a, b, c, (first, second, third) => query(first, second, third))
  return { name: 'within', role: 'library', operation }
}

function usingOf({ awaitUsingThree }: typeof import('../peers/using.ts')): () => Promise<number> {
  const [a, b, c] = three()
  return () => awaitUsingThree(a, b, c)
}

async function contextlibWith(): Promise<Contestant> {
  const { AsyncWith } = await contextlib()
  const [a, b, c] = three()
  const operation = async (): Promise<number> => {
    const nested = await AsyncWith(a, (first) =>
      AsyncWith(b, (second) => AsyncWith(c, (third) => query(first, second, third))),
    )
    return nested.result.result.result
  }
  return { name: 'contextlib With, nested', role: 'peer', operation }
}

function effect(): Contestant {
  const [a, b, c] = three()
  const opened = (connection: Connection) =>
    Effect.acquireRelease(
      Effect.promise(() => connection.open()),
      (held) => Effect.promise(() => held.close()),
    )
  const operation = (): Promise<number> =>
    Effect.runPromise(
      Effect.scoped(
        Effect.gen(function* () {
          const [first, second, third] = [yield* opened(a), yield* opened(b), yield* opened(c)]
          return yield* Effect.promise(() => query(first, second, third))
        }),
      ),
    )
  return { name: 'Effect.acquireRelease', role: 'peer', operation }
}
