/** What happens to servers and networks, and what is left after it. */
import { CancelScope, sleep, TimeoutError, within } from 'withal'
import { CommitUnknownError, ConnectionError, mysql, StatementError } from 'withal/mysql'
import type { MysqlDatabase } from 'withal/mysql'
import { beforeEach, describe, expect, test } from 'vitest'
import { certificate } from '../../../test/certificate.ts'
import { faultProxy } from '../../../test/servers/fault-proxy.ts'
import { mariadbForTests } from '../../../test/servers/for-tests.ts'
import { hasMariadb } from '../../../test/servers/mariadb-server.ts'
import { bundleOf } from '../../../test/sources-bundle.ts'
import { SpawnedProgram } from '../../../test/spawned-program.ts'
import { thrownBy } from '../../../test/thrown.ts'

describe.skipIf(!hasMariadb)('MariaDB (left out where it is not installed)', () => {
  const server = mariadbForTests()

  beforeEach(async () => {
    await within(mysql(server().url()), async (db) => {
      await db.execute`create or replace table item (id integer primary key)`
    })
  })

  /** Nothing is lent, nobody waits, the next statement works, and the table has just these. */
  async function expectGood(db: MysqlDatabase, ids: readonly number[] = []): Promise<void> {
    expect(db.statistics()).toMatchObject({ leased: 0, waiting: 0 })
    expect(await db.query`select id from item order by id`).toEqual(ids.map((id) => ({ id })))
  }

  /** It is only known a little later that a connection is gone. */
  async function allLost(db: MysqlDatabase): Promise<void> {
    while (db.statistics().idle > 0) await sleep(1)
  }

  const many = "select seq, repeat('x', 1000) as text from seq_1_to_1000000"

  test('a server killed in the middle of a transaction leaves nothing of it, and the next one is had when it is there again', async () => {
    await within(mysql(server().url()), async (db) => {
      const error = await thrownBy(() =>
        within(db.transaction(), async (tx) => {
          await tx.execute`insert into item values (1)`
          await server().kill()
          await tx.execute`insert into item values (2)`
        }),
      )
      expect(error).toBeInstanceOf(ConnectionError)
      expect(String(error)).toContain('was lost')
      await server().start()
      await expectGood(db)
    })
  })

  test('a server killed while a commit is on its way leaves it wholly there or wholly not', async () => {
    await within(faultProxy(server().port), async (proxy) => {
      await within(mysql(server().url({ port: proxy.port })), async (db) => {
        const error = await thrownBy(() =>
          within(db.transaction(), async (tx) => {
            await tx.execute`insert into item values (1)`
            await tx.execute`insert into item values (2)`
            proxy.truncateAfter(0)
          }),
        )
        expect(error).toBeInstanceOf(CommitUnknownError)
        const rows = await db.query`select id from item`
        expect([0, 2]).toContain(rows.length)
      })
    })
  })

  test('a server killed in the middle of a cursor ends its loop with an error', async () => {
    await within(mysql(server().url()), async (db) => {
      let seen = 0
      const error = await thrownBy(async () => {
        for await (const _row of db.cursor(many)) if (++seen === 100) await server().kill()
      })
      expect(error).toBeInstanceOf(ConnectionError)
      expect(seen).toBeLessThan(1_000_000)
      await server().start()
      await expectGood(db)
    })
  })

  test.for(['kill', 'stop'] as const)(
    'R5 a server that is gone (%s) while nobody uses it crashes nothing',
    async (how) => {
      await within(mysql(server().url(), { min: 3 }), async (db) => {
        await expectGood(db)
        await server()[how]()
        await server().start()
        for (let count = 0; count < 5; count++) await expectGood(db)
      })
    },
  )

  test('R5 a connection that the server ends is taken out of the pool, also in the middle of a statement', async () => {
    await within(mysql(server().url(), { max: 1 }), mysql(server().url()), async (db, other) => {
      const id = await db.queryValue<number>`select connection_id()`
      await other.execute(`kill connection ${id}`)
      await allLost(db)
      await expectGood(db)
      const [{ id: next }] = (await db.query`select connection_id() as id`) as [{ id: number }]
      const running = thrownBy(() => db.query`select sleep(30)`)
      await sleep(50)
      await other.execute(`kill connection ${next}`)
      expect(await running).toBeInstanceOf(ConnectionError)
      await expectGood(db)
    })
  })

  test('waits for a server that does not come up at once', async () => {
    await within(faultProxy(server().port), async (proxy) => {
      await within(mysql(server().url({ port: proxy.port })), async (db) => {
        proxy.refuse()
        proxy.reset()
        await allLost(db)
        const waiting = db.queryValue`select 7`
        setTimeout(() => proxy.refuse(false), 700)
        expect(await waiting).toBe(7)
        await expectGood(db)
      })
    })
  })

  test('says why there was no connection, when there is none for too long', async () => {
    await within(faultProxy(server().port), async (proxy) => {
      await within(mysql(server().url({ port: proxy.port }), { acquireTimeout: 300 }), async (db) => {
        proxy.refuse()
        proxy.reset()
        await allLost(db)
        const error = await thrownBy(() => db.query`select 1`)
        expect(error).toBeInstanceOf(ConnectionError)
        expect(String(error)).toContain('It was tried for 300 ms')
        expect(db.statistics()).toMatchObject({ leased: 0, waiting: 0 })
      })
    })
  })

  test('cuts a connection on which nothing comes any more, and gives no other statement its answer', async () => {
    await within(faultProxy(server().port), async (proxy) => {
      await within(mysql(server().url({ port: proxy.port })), async (db) => {
        await db.query`select 1`
        proxy.stall()
        const error = await thrownBy(() => db.query('select 1', [], { timeout: 50 }))
        expect(error).toBeInstanceOf(TimeoutError)
        proxy.resume()
        await expectGood(db)
      })
    })
  }, 30_000)

  test.for([1, 10, 100])('an answer that ends after %i bytes is a lost connection', async (bytes) => {
    await within(faultProxy(server().port), async (proxy) => {
      await within(mysql(server().url({ port: proxy.port })), async (db) => {
        await db.query`select 1`
        proxy.truncateAfter(bytes)
        expect(await thrownBy(() => db.query(`${many} limit 5`))).toBeInstanceOf(ConnectionError)
        await expectGood(db)
      })
    })
  })

  test('a connection that is cut while others use the pool costs only its own statement', async () => {
    await within(faultProxy(server().port), async (proxy) => {
      await within(mysql(server().url({ port: proxy.port }), { max: 4 }), async (db) => {
        const running = Promise.allSettled(
          Array.from({ length: 20 }, (_, index) => db.queryValue`select ${index} + sleep(0.05)`),
        )
        setTimeout(() => proxy.reset(), 30)
        const results = await running
        for (const [index, result] of results.entries()) {
          if (result.status === 'fulfilled') expect(result.value).toBe(index)
          else expect(result.reason).toBeInstanceOf(ConnectionError)
        }
        expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(16)
        await expectGood(db)
      })
    })
  })

  test('R16 a server that has become a replica is left', async () => {
    await within(mysql(server().url()), async (admin) => {
      await admin.execute`create or replace user writer@'%' identified by 'w'`
      await admin.execute`grant select, insert on withal.* to writer@'%'`
      await within(mysql(server().url({ user: 'writer', secret: 'w' }), { max: 1 }), async (db) => {
        const id = await db.queryValue`select connection_id()`
        await admin.execute`set global read_only = on`
        try {
          const error = await thrownBy(() => db.execute`insert into item values (1)`)
          expect(error).toBeInstanceOf(StatementError)
          expect(String(error)).toContain('may have become a replica')
          expect(await db.queryValue`select connection_id()`).not.toBe(id)
        } finally {
          await admin.execute`set global read_only = off`
        }
        await db.execute`insert into item values (1)`
        await expectGood(db, [1])
      })
    })
  })

  test('a statement that the server stops by itself is an error of its own', async () => {
    await within(mysql(server().url()), async (db) => {
      const error = await thrownBy(
        () =>
          db.query`set statement max_statement_time = 0.1 for select sum(a.seq * b.seq % 7) from seq_1_to_100000 a, seq_1_to_100000 b`,
      )
      expect(error).toBeInstanceOf(StatementError)
      expect(String(error)).toContain('max_statement_time')
      await expectGood(db)
    })
  })

  test('a full pool says who has the connections, and serves again when they come back', async () => {
    await within(mysql(server().url(), { max: 2, acquireTimeout: 100 }), async (db) => {
      await within(db.connection(), db.connection(), async () => {
        const error = await thrownBy(() => db.query`select 1`)
        expect(error).toBeInstanceOf(TimeoutError)
        expect(String(error)).toMatch(/2 .*leased|2 of 2|in use/i)
      })
      await expectGood(db)
    })
  })

  test('a scope that is cancelled while a connection is being opened leaves none behind', async () => {
    await within(faultProxy(server().port), async (proxy) => {
      await within(mysql(server().url({ port: proxy.port })), async (db) => {
        proxy.reset()
        await allLost(db)
        proxy.stall()
        await within(new CancelScope(), async (scope) => {
          setTimeout(() => scope.cancel(), 50)
          await db.query`select 1`
        })
        proxy.resume()
        await expectGood(db)
      })
      expect(proxy.connections).toBe(0)
    })
  })

  test('SIGTERM while statements run: they are stopped on the server, transactions rolled back, and the program ends', async () => {
    const library = bundleOf('index.ts', 'adapters/mysql/index.ts')
    const program = new SpawnedProgram(`
      import { gather, mysql, runMain, within } from ${JSON.stringify(library)}
      await runMain(() => within(mysql(${JSON.stringify(server().url())}), (db) => within(db.transaction(), async (tx) => {
        await tx.execute\`insert into item values (\${1})\`
        await gather([
          () => tx.query\`select sleep(60)\`,
          ...Array.from({ length: 4 }, () => () => db.query\`select sleep(60)\`),
        ])
      })))
    `)
    await within(mysql(server().url()), async (db) => {
      const sleeping = (): Promise<number> =>
        db.queryValue<number>`select count(*) from information_schema.processlist where info = 'select sleep(60)'`
      while ((await sleeping()) < 5);
      program.signal('SIGTERM')
      const { code, stderr } = await program.ended
      expect({ code, stderr }).toEqual({ code: 143, stderr: '' })
      expect(await sleeping()).toBe(0)
      await expectGood(db)
    })
  })
})

describe.skipIf(!hasMariadb)('over TLS (left out where MariaDB is not installed)', () => {
  const server = mariadbForTests({ tls: certificate })

  test('trusts a server whose authority it knows, and no other; stops statements, too', async () => {
    const url = server().url().replace('127.0.0.1', 'localhost')
    await within(mysql(url, { ssl: { ca: certificate.cert } }), async (db) => {
      const { Value: cipher } = await db.queryOne<{ Value: string }>`show status like 'Ssl_cipher'`
      expect(cipher).not.toBe('')
      expect(await thrownBy(() => db.query('select sleep(30)', [], { timeout: 50 }))).toBeInstanceOf(TimeoutError)
    })
    const error = await thrownBy(() => within(mysql(url, { ssl: true }), () => {}))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(String(error)).toContain('Give the certificate of its authority')
    expect(await thrownBy(() => within(mysql(`${url}?ssl=true`), () => {}))).toBeInstanceOf(ConnectionError)
    const byAnotherName = url.replace('localhost', '0')
    const other = await thrownBy(() => within(mysql(byAnotherName, { ssl: { ca: certificate.cert } }), () => {}))
    expect(String(other)).toContain("does not match certificate's altnames")
  })
})
