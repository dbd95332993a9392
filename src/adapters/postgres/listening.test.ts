import { CancelScope, ClosedError, FullError, hold, TaskGroup, UsageError, within } from 'withal'
import { AuthenticationError, postgres } from 'withal/postgres'
import type { Notification } from 'withal/postgres'
import { describe, expect, test } from 'vitest'
import { postgresForTests } from '../../../test/servers/for-tests.ts'
import { hasPostgres } from '../../../test/servers/postgres-server.ts'
import { thrownAtOnceBy, thrownBy } from '../../../test/thrown.ts'

describe.skipIf(!hasPostgres)('listening (left out where PostgreSQL is not installed)', () => {
  const server = postgresForTests()

  test('gives what is sent from entering on, of several channels, in order', async () => {
    await within(postgres(server().url()), async (db) => {
      await within(db.listen(['jobs', 'Odd "name"']), async (notifications) => {
        await db.execute`notify jobs, 'one'`
        await db.execute`select pg_notify(${'Odd "name"'}, ${'two'})`
        await db.execute`notify other, 'none'`
        await db.execute`notify jobs`
        const got: Notification[] = []
        for await (const notification of notifications) if (got.push(notification) === 3) break
        expect(got).toEqual([
          { channel: 'jobs', payload: 'one' },
          { channel: 'Odd "name"', payload: 'two' },
          { channel: 'jobs', payload: '' },
        ])
      })
    })
  })

  test('listens again when its connection was lost, and says so', async () => {
    await within(postgres(server().url()), async (db) => {
      const again = Promise.withResolvers<void>()
      const listening = db.listen('jobs', { onReconnect: () => again.resolve() })
      await within(listening, async () => {
        await db.execute`notify jobs, 'before'`
        expect((await listening.next()).value).toEqual({ channel: 'jobs', payload: 'before' })
        await server().kill()
        const next = listening.next()
        await server().start()
        await again.promise
        await db.execute`notify jobs, 'after'`
        expect((await next).value).toEqual({ channel: 'jobs', payload: 'after' })
      })
    })
  })

  test('ends with its database, its scope and its block, and leaves no connection', async () => {
    const others = (): Promise<number> =>
      within(
        postgres(server().url()),
        (db) =>
          db.queryValue<number>`select count(*) from pg_stat_activity where datname = 'withal' and pid <> pg_backend_pid()`,
      )
    await within(new TaskGroup(), async (group) => {
      await within(postgres(server().url()), async (db) => {
        await db.execute`select 1`
        group.spawn(async () => {
          const got: unknown[] = []
          for await (const notification of db.listen('jobs')) got.push(notification)
          expect(got).toEqual([])
        })
        while ((await others()) < 2);
      })
    })
    await within(postgres(server().url()), async (db) => {
      await within(new CancelScope(), async (scope) => {
        setTimeout(() => scope.cancel(), 20)
        for await (const _ of db.listen('jobs'));
      })
      await using handle = await hold(db.listen('jobs'))
      handle.complete()
    })
    while ((await others()) > 0);
  })

  test('can be left while its server is away', async () => {
    await within(postgres(server().url()), async (db) => {
      await within(new CancelScope(), async (scope) => {
        await within(db.listen('jobs'), async (notifications) => {
          await server().stop()
          setTimeout(() => scope.cancel(), 20)
          for await (const _ of notifications);
        })
      })
      await server().start()
    })
  })

  test('ends the loop when more lies there than may', async () => {
    await within(postgres(server().url()), async (db) => {
      await within(db.listen('jobs', { capacity: 3 }), async (notifications) => {
        await db.execute`select pg_notify('jobs', n::text) from generate_series(1, 10) as n`
        const got: unknown[] = []
        const error = await thrownBy(async () => {
          for await (const { payload } of notifications) {
            got.push(payload)
            while (got.length === 1 && (await db.queryValue`select 1`) !== 1);
          }
        })
        expect(error).toBeInstanceOf(FullError)
        expect(got.length).toBeGreaterThanOrEqual(3)
      })
    })
  })

  test('listens to nothing, and locks nothing, after its database was closed', async () => {
    const db = postgres(server().url())
    const early = db.listen('jobs')
    await within(db, () => {})
    expect(await early.next()).toEqual({ done: true, value: undefined })
    expect(thrownAtOnceBy(() => db.listen('jobs'))).toBeInstanceOf(ClosedError)
    expect(thrownAtOnceBy(() => db.advisoryLock('jobs'))).toBeInstanceOf(ClosedError)
  })

  test('says why it cannot begin', async () => {
    const db = postgres(server().url({ secret: 'wrong' }))
    expect(await thrownBy(() => within(db.listen('jobs'), () => {}))).toBeInstanceOf(AuthenticationError)
    await db.close()
  })

  test.for(['', [], [''], 7])('takes %j for no channel', (channel) => {
    expect(thrownAtOnceBy(() => postgres('postgresql://localhost/a').listen(channel as string))).toBeInstanceOf(
      UsageError,
    )
  })
})
