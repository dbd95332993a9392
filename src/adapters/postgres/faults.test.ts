/** What happens to servers and networks, on real ones. After each: no crash, no hang, nothing lent, writes wholly there or wholly not. */
import { gather, TaskGroup, TimeoutError, within } from 'withal'
import { CommitUnknownError, ConnectionError, DatabaseError, postgres, StatementError } from 'withal/postgres'
import type { PostgresDatabase, PostgresOptions } from 'withal/postgres'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { faultProxy } from '../../../test/servers/fault-proxy.ts'
import type { FaultProxy } from '../../../test/servers/fault-proxy.ts'
import { postgresForTests } from '../../../test/servers/for-tests.ts'
import { hasPostgres, postgresServer } from '../../../test/servers/postgres-server.ts'
import { bundleOf } from '../../../test/sources-bundle.ts'
import { SpawnedProgram } from '../../../test/spawned-program.ts'
import { thrownBy } from '../../../test/thrown.ts'

describe.skipIf(!hasPostgres)('faults (left out where PostgreSQL is not installed)', () => {
  // So that it finds out soon that a client is gone.
  const server = postgresForTests({ settings: { client_connection_check_interval: '50ms' } })

  /** Uses a database, and checks that nothing is lent at the end. */
  async function using(
    address: string,
    body: (db: PostgresDatabase) => Promise<void>,
    options?: PostgresOptions,
  ): Promise<void> {
    await within(postgres(address, options), async (db) => {
      await body(db)
      expect(db.statistics()).toMatchObject({ leased: 0, waiting: 0 })
    })
  }

  const written = (db: PostgresDatabase): Promise<number> => db.queryValue<number>`select count(*) from entry`
  beforeEach(() => within(postgres(server().url()), (db) => db.execute`create table entry (id int)`))
  afterEach(() => within(postgres(server().url()), (db) => db.execute`drop table entry`))

  describe('of the server', () => {
    test('it is killed in the middle of a transaction: nothing of it is there, and the next statement works', async () => {
      await using(server().url(), async (db) => {
        const error = await thrownBy(() =>
          within(db.transaction(), async (tx) => {
            await tx.execute`insert into entry values (${1})`
            await server().kill()
            await server().start()
            await tx.execute`insert into entry values (${2})`
          }),
        )
        expect(error).toBeInstanceOf(ConnectionError)
        expect(await written(db)).toBe(0)
      })
    })

    test('it is killed while a statement runs: the statement fails, the next one waits until it is there again', async () => {
      await using(server().url(), async (db) => {
        await within(new TaskGroup(), async (group) => {
          group.spawn(async () => {
            expect(await thrownBy(() => db.query`select pg_sleep(60)`)).toBeInstanceOf(ConnectionError)
          })
          while (
            (await db.queryValue<number>`select count(*) from pg_stat_activity where query like '%sleep(60)' and state = 'active'`) ===
            0
          );
          await server().kill()
          const next = group.spawn(() => written(db))
          await server().start()
          expect(await next.result).toBe(0)
        })
      })
    })

    test('it is killed in the middle of a cursor: the loop gets the error', async () => {
      await using(server().url(), async (db) => {
        let rows = 0
        const error = await thrownBy(async () => {
          for await (const _ of db.cursor('select * from generate_series(1, 100000)', [], { batchSize: 10 })) {
            if (++rows !== 15) continue
            await server().kill()
            await server().start()
          }
        })
        expect(error).toBeInstanceOf(ConnectionError)
        expect(rows).toBe(20)
        expect(await written(db)).toBe(0)
      })
    })

    test('R5 it is killed, or ends in order, while connections are idle: no crash, and the next statements work', async () => {
      await using(server().url(), async (db) => {
        const many = (): Promise<unknown> =>
          gather(Array.from({ length: 5 }, () => () => db.query`select pg_sleep(0.01)`))
        await many()
        await server().kill()
        await server().start()
        await many()
        await server().stop()
        await server().start()
        await many()
        expect(db.statistics().size).toBeLessThanOrEqual(10)
      })
    })

    test('R16 it ends a connection that is being used: it is not lent again', async () => {
      await using(
        server().url(),
        async (db) => {
          const error = await thrownBy(() => db.query`select pg_terminate_backend(pg_backend_pid())`)
          expect(error).toBeInstanceOf(ConnectionError)
          expect(error).toMatchObject({ sqlState: '57P01' })
          expect(await written(db)).toBe(0)
          expect(db.statistics().destroyed).toBe(1)
        },
        { max: 1 },
      )
    })

    test('it is away for some time: borrowers wait, and get their connections when it is back', async () => {
      await using(server().url(), async (db) => {
        await written(db)
        await server().stop()
        await within(new TaskGroup(), async (group) => {
          const asked = Array.from({ length: 5 }, () => group.spawn(() => written(db)))
          while (db.statistics().failures < 2) await new Promise((resolve) => setTimeout(resolve, 20))
          await server().start()
          for (const { result } of asked) expect(await result).toBe(0)
        })
      })
    })

    test('R1 it stays away: borrowers are told why, in time', async () => {
      await using(server().url(), async (db) => {
        await written(db)
        await server().stop()
        const errors = await gather(
          Array.from({ length: 3 }, () => () => thrownBy(() => db.query('select 1', [], { timeout: 300 }))),
        )
        for (const error of errors) {
          expect(error).toBeInstanceOf(DatabaseError)
          expect(String(error)).toContain('could not be reached')
        }
        await server().start()
        expect(await written(db)).toBe(0)
      })
    })

    test('R16 it becomes a stand-by: writing fails once on each connection, and then goes to the new server', async () => {
      await within(postgresServer(), faultProxy(server().port), async (other, proxy) => {
        await within(postgres(other.url()), (db) => db.execute`create table entry (id int)`)
        await using(
          server().url({ port: proxy.port }),
          async (db) => {
            await db.execute`insert into entry values (${1})`
            await readOnly('on')
            proxy.target = other.port
            const error = await thrownBy(() => db.execute`insert into entry values (${2})`)
            expect(error).toBeInstanceOf(StatementError)
            expect(String(error)).toContain('may have become a stand-by')
            await db.execute`insert into entry values (${3})`
            expect(await db.query`select * from entry`).toEqual([{ id: 3 }])
          },
          { max: 1 },
        )
        await readOnly('off')
      })
      async function readOnly(value: 'on' | 'off'): Promise<void> {
        await within(postgres(server().url()), async (db) => {
          await db.query(`alter system set default_transaction_read_only = ${value}`)
          await db.query`select pg_reload_conf()`
          // The others are told, too, before they take their next statement.
          while ((await db.queryValue`show default_transaction_read_only`) !== value);
        })
      }
    })

    test('SIGTERM while statements run: they are stopped on the server, transactions rolled back, and the program ends', async () => {
      const library = bundleOf('index.ts', 'adapters/postgres/index.ts')
      const program = new SpawnedProgram(`
        import { gather, postgres, runMain, within } from ${JSON.stringify(library)}
        await runMain(() => within(postgres(${JSON.stringify(server().url())}), (db) => within(db.transaction(), async (tx) => {
          await tx.execute\`insert into entry values (\${1})\`
          await gather([
            () => tx.query\`select pg_sleep(60)\`,
            ...Array.from({ length: 4 }, () => () => db.query\`select pg_sleep(60)\`),
          ])
        })))
      `)
      await using(server().url(), async (db) => {
        const sleeping = (): Promise<number> =>
          db.queryValue<number>`select count(*) from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'`
        while ((await sleeping()) < 5);
        program.signal('SIGTERM')
        const { code, stderr } = await program.ended
        expect({ code, stderr }).toEqual({ code: 143, stderr: '' })
        expect(await sleeping()).toBe(0)
        expect(await written(db)).toBe(0)
      })
    })
  })

  describe('of the network', () => {
    /** Uses a database through a proxy. */
    async function through(body: (db: PostgresDatabase, proxy: FaultProxy) => Promise<void>): Promise<void> {
      await within(faultProxy(server().port), (proxy) =>
        using(server().url({ port: proxy.port }), (db) => body(db, proxy)),
      )
    }

    test('all connections are reset: what ran fails, what comes works', async () => {
      await through(async (db, proxy) => {
        const failing = thrownBy(() =>
          within(db.transaction(), async (tx) => {
            await tx.execute`insert into entry values (${1})`
            await tx.query`select pg_sleep(60)`
          }),
        )
        await untilSleeping()
        proxy.reset()
        expect(await failing).toBeInstanceOf(ConnectionError)
        expect(await written(db)).toBe(0)
      })
    })

    test('an answer is cut off in the middle: no row is made up', async () => {
      await through(async (db, proxy) => {
        await written(db)
        proxy.truncateAfter(5_000)
        const error = await thrownBy(() => db.query`select repeat('x', 1000) from generate_series(1, 100)`)
        expect(error).toBeInstanceOf(ConnectionError)
        expect(await written(db)).toBe(0)
      })
    })

    test('the answer to a commit is lost: it is said that nobody knows', async () => {
      await through(async (db, proxy) => {
        const error = await thrownBy(() =>
          within(db.transaction(), async (tx) => {
            await tx.execute`insert into entry values (${1})`
            await tx.execute`insert into entry values (${2})`
            proxy.truncateAfter(0)
          }),
        )
        expect(error).toBeInstanceOf(CommitUnknownError)
        expect(await written(db)).toBe(2)
      })
    })

    test('nothing passes any more: a statement ends at its timeout, its connection is cut', async () => {
      await through(async (db, proxy) => {
        await written(db)
        proxy.stall()
        const error = await thrownBy(() => db.query('select 1', [], { timeout: 50 }))
        expect(error).toBeInstanceOf(TimeoutError)
        proxy.resume()
        expect(await written(db)).toBe(0)
      })
    })

    test('who connects is cut off: it is tried again, until it works', async () => {
      await through(async (db, proxy) => {
        await written(db)
        proxy.refuse()
        proxy.reset()
        while (db.statistics().size > 0) await new Promise(setImmediate)
        await within(new TaskGroup(), async (group) => {
          const asked = group.spawn(() => written(db))
          while (db.statistics().failures < 2) await new Promise((resolve) => setTimeout(resolve, 20))
          proxy.refuse(false)
          expect(await asked.result).toBe(0)
        })
      })
    })

    test('R1 a server that is silent from the first word on is given up in time', async () => {
      await within(faultProxy(server().port), async (proxy) => {
        proxy.stall()
        const address = server().url({ port: proxy.port })
        const error = await thrownBy(() => within(postgres(address, { acquireTimeout: 200 }), () => {}))
        expect(error).toBeInstanceOf(TimeoutError)
      })
    })
  })

  describe('of the program', () => {
    test('all connections are lent: who waits is told who has them', async () => {
      await using(
        server().url(),
        async (db) => {
          await within(db.transaction(), async (tx) => {
            await tx.execute`insert into entry values (${1})`
            const error = await thrownBy(() => db.query('select 1', [], { timeout: 50 }))
            expect(error).toBeInstanceOf(TimeoutError)
            expect(String(error)).toContain('1 of 1')
          })
          expect(await written(db)).toBe(1)
        },
        { max: 1 },
      )
    })
  })

  async function untilSleeping(): Promise<void> {
    await within(postgres(server().url()), async (db) => {
      while (
        (await db.queryValue<number>`select count(*) from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'`) ===
        0
      );
    })
  }
})
