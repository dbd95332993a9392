import { CancelScope, gather, TaskGroup, TimeoutError, within } from 'withal'
import { postgres, StatementError } from 'withal/postgres'
import type { PostgresDatabase } from 'withal/postgres'
import { describe, expect, test } from 'vitest'
import { postgresForTests } from '../../../test/servers/for-tests.ts'
import { hasPostgres } from '../../../test/servers/postgres-server.ts'
import { thrownBy } from '../../../test/thrown.ts'

/** Waits until a statement with this text is running. */
async function untilRunning(db: PostgresDatabase, text: string): Promise<void> {
  const running = `select count(*) from pg_stat_activity where state = 'active' and query like $1 and pid <> pg_backend_pid()`
  while ((await db.queryValue<number>(running, [`${text}%`])) === 0);
}

const running = (db: PostgresDatabase): Promise<number> =>
  db.queryValue<number>`select count(*) from pg_stat_activity where state <> 'idle' and query like '%pg_sleep%' and pid <> pg_backend_pid()`

describe.skipIf(!hasPostgres)('cancelling (left out where PostgreSQL is not installed)', () => {
  const server = postgresForTests()

  test('R15 stops a statement on the server when its scope is cancelled, and uses the connection again', async () => {
    await within(postgres(server().url(), { max: 2 }), async (db) => {
      await within(new TaskGroup(), async (group) => {
        const sleeper = group.spawn(() => db.query`select pg_sleep(60)`)
        await untilRunning(db, 'select pg_sleep')
        await sleeper.cancel()
      })
      expect(await running(db)).toBe(0)
      expect(db.statistics()).toMatchObject({ leased: 0, created: 2, destroyed: 0 })
    })
  })

  test('R15 stops a statement whose signal aborts, and throws its reason', async () => {
    await within(postgres(server().url()), async (db) => {
      const controller = new AbortController()
      const reason = new Error('not wanted any more')
      const asked = thrownBy(() => db.query('select pg_sleep(60)', [], { signal: controller.signal }))
      await untilRunning(db, 'select pg_sleep')
      controller.abort(reason)
      expect(await asked).toBe(reason)
      expect(await running(db)).toBe(0)
    })
  })

  test('R15 stops a statement that takes longer than its timeout', async () => {
    await within(postgres(server().url()), async (db) => {
      const error = await thrownBy(() => db.query('select pg_sleep($1)', [60], { timeout: 50 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(await running(db)).toBe(0)
    })
  })

  test('R15 stops a cursor in the middle, and a transaction is rolled back', async () => {
    await within(postgres(server().url()), async (db) => {
      await db.execute`create table written (a int)`
      const rows: unknown[] = []
      await within(new CancelScope(), async (scope) => {
        await within(db.transaction(), async (tx) => {
          await tx.execute`insert into written values (1)`
          const text = 'select pg_sleep(case when n > 3 then 60 else 0 end) from generate_series(1, 9) as n'
          for await (const row of tx.cursor(text, [], { batchSize: 1 })) {
            rows.push(row)
            if (rows.length === 3) setTimeout(() => scope.cancel(), 20)
          }
        })
      })
      expect(rows).toHaveLength(3)
      expect(await running(db)).toBe(0)
      expect(await db.query`select * from written`).toEqual([])
      await db.execute`drop table written`
    })
  })

  test('R15 never hits the statement after the one that is cancelled', async () => {
    // The scopes end at moments about that of the statements, so that many requests come too late.
    await within(postgres(server().url(), { max: 4 }), async (db) => {
      const worker = async (): Promise<void> => {
        for (let round = 0; round < 60; round++) {
          const controller = new AbortController()
          const asked = db.query('select pg_sleep($1)', [(round % 7) / 2_000], { signal: controller.signal })
          setTimeout(() => controller.abort(new Error('aborted')), round % 5)
          await asked.catch((error: unknown) => expect(String(error)).toBe('Error: aborted'))
          controller.abort()
          expect(await db.queryValue`select ${round}::int`).toBe(round)
        }
      }
      await gather([worker, worker, worker, worker])
      expect(db.statistics()).toMatchObject({ leased: 0, destroyed: 0 })
    })
  })

  test('does not take what the server has stopped by itself for cancelled', async () => {
    await within(postgres(server().url(), { statementTimeout: 50 }), async (db) => {
      const error = await thrownBy(() => db.query`select pg_sleep(60)`)
      expect(error).toBeInstanceOf(StatementError)
      expect(error).toMatchObject({ sqlState: '57014', message: expect.stringContaining('statement timeout') })
      expect(await db.queryValue`select 1`).toBe(1)
    })
  })
})
