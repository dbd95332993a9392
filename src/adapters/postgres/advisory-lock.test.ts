import { CancelScope, TaskGroup, TimeoutError, UsageError, within } from 'withal'
import { ConnectionError, postgres, UnsupportedError } from 'withal/postgres'
import type { AdvisoryKey } from 'withal/postgres'
import { describe, expect, test } from 'vitest'
import { postgresForTests } from '../../../test/servers/for-tests.ts'
import { hasPostgres } from '../../../test/servers/postgres-server.ts'
import { thrownAtOnceBy, thrownBy } from '../../../test/thrown.ts'

describe.skipIf(!hasPostgres)('advisory locks (left out where PostgreSQL is not installed)', () => {
  const server = postgresForTests()

  const keys: readonly (readonly [string, AdvisoryKey])[] = [
    ['a number', 7],
    ['a large number', 2n ** 62n],
    ['a text', 'nightly report'],
    ['a pair of numbers', [1, 2]],
  ]
  test.for(keys)('%s is had by one at a time', async ([, key]) => {
    await within(postgres(server().url(), { max: 1 }), async (db) => {
      const order: string[] = []
      await within(new TaskGroup(), async (group) => {
        await within(db.advisoryLock(key), async (lock) => {
          lock.assertHeld()
          group.spawn(() => within(db.advisoryLock(key), () => order.push('second')))
          const waiting = `select count(*) from pg_stat_activity where wait_event = 'advisory'`
          while ((await db.queryValue(waiting)) === 0);
          order.push('first')
        })
      })
      expect(order).toEqual(['first', 'second'])
      expect(db.statistics().created).toBe(1)
    })
  })

  test('can be tried without waiting, and shared', async () => {
    await within(postgres(server().url()), async (db) => {
      await within(db.advisoryLock('a', { shared: true, timeout: 0 }), async () => {
        await within(db.advisoryLock('a', { shared: true, timeout: 0 }), () => {})
        const error = await thrownBy(() => within(db.advisoryLock('a', { timeout: 0 }), () => {}))
        expect(error).toBeInstanceOf(TimeoutError)
        expect(String(error)).toContain('is held by somebody else')
      })
      await within(db.advisoryLock('a', { timeout: 0 }), () => {})
    })
  })

  test('is not waited for any more when the scope is cancelled or time is up, and leaves no connection', async () => {
    await within(postgres(server().url()), async (db) => {
      await within(db.advisoryLock(1), async () => {
        expect(await thrownBy(() => within(db.advisoryLock(1, { timeout: 30 }), () => {}))).toBeInstanceOf(TimeoutError)
        await within(new CancelScope(), async (scope) => {
          setTimeout(() => scope.cancel(), 20)
          await within(db.advisoryLock(1), () => {})
        })
        const waiting = `select count(*) from pg_stat_activity where query like '%advisory_lock%' and state = 'active' and pid <> pg_backend_pid()`
        expect(await db.queryValue(waiting)).toBe(0)
      })
    })
  })

  test('R20 says that it is lost with its connection', async () => {
    await within(postgres(server().url()), async (db) => {
      await within(db.advisoryLock(5), async (lock) => {
        const lost = new Promise((resolve) => lock.signal.addEventListener('abort', resolve))
        await db.query`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'`
        await lost
        expect(lock.signal.reason).toBeInstanceOf(ConnectionError)
        expect(await thrownBy(() => lock.assertHeld())).toBe(lock.signal.reason)
      })
    })
  })

  test.for([1.5, NaN, [1], {}, undefined])('takes %j for no key', (key) => {
    const db = postgres('postgresql://localhost/a')
    expect(thrownAtOnceBy(() => db.advisoryLock(key as number))).toBeInstanceOf(UsageError)
  })
})

test('an embedded database says that it has none', () => {
  expect(thrownAtOnceBy(() => postgres('pglite://memory').advisoryLock(1))).toBeInstanceOf(UnsupportedError)
})
