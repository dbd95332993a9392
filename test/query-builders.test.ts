/** Transactions of other libraries, which lend them to a callback, as managers. */
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable } from 'drizzle-orm/pg-core'
import { Kysely, PostgresDialect } from 'kysely'
import type { Transaction } from 'kysely'
import pg from 'pg'
import { CancelScope, contextManager, fromCallback, hold, sleep, within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { postgres } from 'withal/postgres'
import type { Transaction as OurTransaction } from 'withal/postgres'
import { describe, expect, test } from 'vitest'
import { postgresForTests } from './servers/for-tests.ts'
import { hasPostgres } from './servers/postgres-server.ts'
import { thrownBy } from './thrown.ts'

interface Tables {
  readonly entry: { readonly id: number }
}
const entry = pgTable('entry', { id: integer().primaryKey() })

/** A transaction of some library, as the tests need it. */
interface Writing {
  insert(id: number): Promise<unknown>
}

describe.skipIf(!hasPostgres)('transactions of other libraries (left out where PostgreSQL is not installed)', () => {
  const server = postgresForTests()

  const pgPool = contextManager(async function* () {
    const pool = new pg.Pool({ connectionString: server().url(), max: 2 })
    try {
      yield pool
      expect(pool.waitingCount).toBe(0)
      expect(pool.idleCount, 'all connections are back').toBe(pool.totalCount)
    } finally {
      await pool.end()
    }
  })

  const kysely = contextManager(async function* () {
    const pool = yield* within(pgPool())
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
    yield fromCallback<Transaction<Tables>>((run) => db.transaction().execute(run))
  })

  const drizzled = contextManager(async function* () {
    const db = drizzle(yield* within(pgPool()))
    yield fromCallback<Parameters<Parameters<typeof db.transaction>[0]>[0]>((run) => db.transaction(run))
  })

  /** What Prisma's client has: the transaction is lent to a function, which has so long. */
  const prisma = contextManager(async function* () {
    const db = yield* within(postgres(server().url(), { max: 2 }))
    const client = {
      $transaction: <R>(work: (tx: OurTransaction) => Promise<R>, { timeout }: { timeout: number }): Promise<R> =>
        db.transact(work, { timeout }),
    }
    yield fromCallback<OurTransaction>((run) => client.$transaction(run, { timeout: 5_000 }))
  })

  const libraries: Record<string, () => AsyncContextManager<() => AsyncContextManager<Writing>>> = {
    Kysely: contextManager(async function* () {
      const transaction = yield* within(kysely())
      yield contextManager(async function* () {
        const tx = yield* within(transaction())
        yield { insert: (id: number) => tx.insertInto('entry').values({ id }).execute() }
      })
    }),
    Drizzle: contextManager(async function* () {
      const transaction = yield* within(drizzled())
      yield contextManager(async function* () {
        const tx = yield* within(transaction())
        yield { insert: async (id: number) => await tx.insert(entry).values({ id }) }
      })
    }),
    'a client like Prisma': contextManager(async function* () {
      const transaction = yield* within(prisma())
      yield contextManager(async function* () {
        const tx = yield* within(transaction())
        yield { insert: (id: number) => tx.execute`insert into entry values (${id})` }
      })
    }),
  }

  describe.each(Object.entries(libraries))('%s', (_, library) => {
    /** Runs something with a fresh table, and gives what is in it afterwards. */
    async function left(
      body: (transaction: () => AsyncContextManager<Writing>) => Promise<unknown>,
    ): Promise<number[]> {
      return await within(postgres(server().url()), async (db) => {
        await db.execute`create table entry (id integer primary key)`
        try {
          await within(library(), body)
          return (await db.query<{ id: number }>`select id from entry order by id`).map(({ id }) => id)
        } finally {
          await db.execute`drop table entry`
        }
      })
    }

    test('is committed when its block ends well', async () => {
      const ids = await left((transaction) =>
        within(transaction(), async (tx) => {
          await tx.insert(1)
          await tx.insert(2)
        }),
      )
      expect(ids).toEqual([1, 2])
    })

    test('is rolled back when its block fails, and lets the error through', async () => {
      const failure = new Error('meant to fail')
      const ids = await left(async (transaction) => {
        const error = await thrownBy(() =>
          within(transaction(), async (tx) => {
            await tx.insert(1)
            throw failure
          }),
        )
        expect(error).toBe(failure)
      })
      expect(ids).toEqual([])
    })

    test('is rolled back when its scope is cancelled', async () => {
      const ids = await left((transaction) =>
        within(new CancelScope(), async (scope) => {
          await within(transaction(), async (tx) => {
            await tx.insert(1)
            scope.cancel()
            await sleep(60_000)
          })
        }),
      )
      expect(ids).toEqual([])
    })

    test('is rolled back in the native form without a word, and committed with one', async () => {
      const ids = await left(async (transaction) => {
        {
          await using tx = await hold(transaction())
          await tx.value.insert(1)
        }
        await using tx = await hold(transaction())
        await tx.value.insert(2)
        tx.complete()
      })
      expect(ids).toEqual([2])
    })

    test('passes on what the database has refused', async () => {
      const ids = await left(async (transaction) => {
        const error = await thrownBy(() =>
          within(transaction(), async (tx) => {
            await tx.insert(1)
            await tx.insert(1)
          }),
        )
        expect(error).toBeInstanceOf(Error)
      })
      expect(ids).toEqual([])
    })
  })
})
