import { CancelScope, gather, sleep, TaskGroup, TimeoutError, UsageError, within } from 'withal'
import {
  ConstraintError,
  mysql,
  ParameterError,
  SerializationError,
  StatementError,
  UnsupportedError,
} from 'withal/mysql'
import { describe, expect, test } from 'vitest'
import { mariadbForTests } from '../../../test/servers/for-tests.ts'
import { hasMariadb } from '../../../test/servers/mariadb-server.ts'
import { thrownBy } from '../../../test/thrown.ts'
import { databaseContract } from '../../testing/contracts/database.ts'

describe.skipIf(!hasMariadb)('MariaDB (left out where it is not installed)', () => {
  const server = mariadbForTests()

  const createTable = `create table account (
    id integer primary key,
    owner text,
    balance integer not null check (balance >= 0)
  )`
  for (const { claim, check } of databaseContract) {
    test(claim, () => check({ open: () => mysql(server().url()), createTable, placeholder: () => '?' }))
  }

  test('sends and reads values of all kinds', async () => {
    await within(mysql(server().url()), async (db) => {
      await db.execute`create or replace table kinds (yes boolean, at datetime(3), bytes blob, data json, big bigint, amount decimal(10,2), none text)`
      const date = new Date('2026-01-02T03:04:05.678Z')
      const bytes = new Uint8Array([1, 0, 2])
      await db.execute`insert into kinds values (${true}, ${date}, ${bytes}, ${{ a: [1] }}, ${5n}, ${'1.50'}, ${null})`
      const expected = {
        yes: 1,
        at: date,
        bytes: Buffer.from(bytes),
        data: { a: [1] },
        big: 5,
        amount: '1.50',
        none: null,
      }
      expect(await db.queryOne`select * from kinds`).toEqual(expected) // as text
      expect(await db.queryOne`select * from kinds where big = ${5}`).toEqual(expected) // prepared
    })
  })

  test('sends bytes of every kind as they are, and no date that is none', async () => {
    await within(mysql(server().url()), async (db) => {
      const { buffer } = new Uint8Array([1, 2, 3])
      for (const bytes of [buffer, new DataView(buffer)]) {
        expect(await db.queryValue`select hex(${bytes})`).toBe('010203')
      }
      expect(await thrownBy(() => db.queryValue`select ${new Date(NaN)}`)).toBeInstanceOf(ParameterError)
    })
  })

  test('reads types as it is told, and integers that are too large for numbers only as bigints', async () => {
    await within(mysql(server().url()), async (db) => {
      for (const ask of [
        () => db.query`select 9007199254740993`,
        () => db.query`select 9007199254740993 + ${0}`,
        async () => {
          for await (const _row of db.cursor`select 9007199254740993`);
        },
      ])
        expect(String(await thrownBy(ask))).toContain('`bigints: true`')
    })
    const options = { bigints: true, types: { NEWDECIMAL: Number } }
    await within(mysql(server().url(), options), async (db) => {
      expect(await db.queryOne`select 9007199254740993 as big, 1.50 as amount, cast(null as decimal) as none`).toEqual({
        big: 9007199254740993n,
        amount: 1.5,
        none: null,
      })
    })
  })

  test('takes whole numbers for a limit, and does not lose digits of large ones', async () => {
    await within(mysql(server().url(), { bigints: true }), async (db) => {
      expect(await db.query`select 1 as one union select 2 limit ${1}`).toHaveLength(1)
      expect(await db.queryValue`select cast(${9007199254740993n} as signed)`).toBe(9007199254740993n)
    })
  })

  test('gives the key that was made, and the first result of a procedure', async () => {
    await within(mysql(server().url()), async (db) => {
      await db.execute`create or replace table items (id integer auto_increment primary key, name text)`
      expect(await db.execute`insert into items (name) values (${'a'})`).toEqual({ affected: 1, insertId: 1 })
      expect(await db.execute`update items set name = ${'b'}`).toEqual({ affected: 1 })
      await db.execute('create or replace procedure two() begin select name from items; select 7; end')
      expect(await db.query`call two()`).toEqual([{ name: 'b' }])
    })
  })

  test('keeps statements with parameters prepared, or does not', async () => {
    await within(mysql(server().url(), { max: 1 }), async (db) => {
      const kept = (): Promise<string> =>
        db.query<{ Value: string }>`show global status like 'Prepared_stmt_count'`.then((rows) => rows[0]?.Value ?? '')
      for (let count = 0; count < 3; count++) expect(await db.queryValue`select ${count}`).toBe(count)
      expect(await kept()).toBe('1')
      for (let count = 0; count < 3; count++) await db.query('select ? + 1', [count], { prepare: false })
      expect(await kept()).toBe('1')
    })
  })

  test('says which constraint would be broken', async () => {
    await within(mysql(server().url()), async (db) => {
      await db.execute`create or replace table one (id integer primary key, constraint positive check (id > 0))`
      await db.execute`insert into one values (1)`
      const twice = await thrownBy(() => db.execute`insert into one values (${1})`)
      expect(twice).toBeInstanceOf(ConstraintError)
      expect((twice as ConstraintError).constraint).toBe('PRIMARY')
      const negative = await thrownBy(() => db.execute`insert into one values (${-1})`)
      expect((negative as ConstraintError).constraint).toContain('positive')
    })
  })

  test('refuses an isolation it does not know, and transactions that can be deferred', async () => {
    await within(mysql(server().url()), async (db) => {
      const wrong = { isolation: 'snapshot' as 'serializable' }
      expect(await thrownBy(() => db.begin(wrong))).toBeInstanceOf(UsageError)
      expect(await thrownBy(() => db.begin({ deferrable: true }))).toBeInstanceOf(UnsupportedError)
      await within(db.transaction({ isolation: 'serializable', readOnly: true }), async (tx) => {
        expect(await thrownBy(() => tx.execute`insert into account values (9, 'x', 0)`)).toBeInstanceOf(StatementError)
      })
      expect(db.statistics()).toMatchObject({ leased: 0 })
    })
  })

  test('keeps reading the same in a repeatable read transaction', async () => {
    await within(mysql(server().url()), async (db) => {
      await db.execute`create or replace table seen (value integer)`
      await db.execute`insert into seen values (1)`
      await within(db.transaction({ isolation: 'repeatable read' }), async (tx) => {
        expect(await tx.queryValue`select value from seen`).toBe(1)
        await db.execute`update seen set value = 2`
        expect(await tx.queryValue`select value from seen`).toBe(1)
      })
    })
  })

  test('tries a transaction again that lost a deadlock; the one that was undone runs nothing more', async () => {
    await within(mysql(server().url()), async (db) => {
      await db.execute`create or replace table pair (id integer primary key, value integer not null)`
      await db.execute`insert into pair values (1, 0), (2, 0)`
      let tries = 0
      let refused: unknown
      const move = (first: number, second: number): Promise<void> =>
        db.transact(
          async (tx) => {
            tries++
            await tx.execute`update pair set value = value + 1 where id = ${first}`
            await sleep(50)
            try {
              await tx.execute`update pair set value = value + 1 where id = ${second}`
            } catch (error) {
              refused = await thrownBy(() => tx.execute`update pair set value = 1000`)
              throw error
            }
          },
          { attempts: 5 },
        )
      await gather([() => move(1, 2), () => move(2, 1)])
      expect(tries).toBeGreaterThan(2)
      expect(refused).toBeInstanceOf(SerializationError)
      expect(await db.query`select value from pair`).toEqual([{ value: 2 }, { value: 2 }])
    })
  })

  test('a savepoint does not outlive the transaction that the server has undone', async () => {
    await within(mysql(server().url()), mysql(server().url()), async (db, other) => {
      await db.execute`create or replace table locked (id integer primary key)`
      await db.execute`insert into locked values (1)`
      await within(other.transaction(), async (holder) => {
        await holder.execute`delete from locked where id = 1`
        const error = await thrownBy(() =>
          within(db.transaction(), async (tx) => {
            await tx.execute`set innodb_lock_wait_timeout = 1`
            await thrownBy(() => within(tx.transaction(), (inner) => inner.execute`delete from locked where id = ${1}`))
            await tx.execute`insert into locked values (2)`
          }),
        )
        expect(error).toBeInstanceOf(SerializationError)
        expect(String(error)).toContain('Leave it, and try the whole of it again')
      })
      expect(await db.query`select * from locked`).toEqual([])
    })
  })

  test('R6 leaves no setting, no table and no lock of one borrower to the next', async () => {
    await within(mysql(server().url(), { max: 1 }), async (db) => {
      await within(db.connection(), async (connection) => {
        await connection.execute`set @secret = 7, sql_mode = ''`
        await connection.execute`create temporary table mine (id integer)`
        await connection.query`select get_lock('mine', 0)`
      })
      expect(await db.queryValue`select @secret`).toBe(null)
      expect(await db.queryValue`select @@sql_mode <> ''`).toBe(1)
      expect(await thrownBy(() => db.query`select * from mine`)).toBeInstanceOf(StatementError)
      expect(await db.queryValue`select is_free_lock('mine')`).toBe(1)
    })
  })

  test('R15 stops a statement on the server, and never the next one of its connection', async () => {
    await within(mysql(server().url(), { max: 1 }), async (db) => {
      const error = await thrownBy(() => db.query('select sleep(30)', [], { timeout: 100 }))
      expect(error).toBeInstanceOf(TimeoutError)
      const [id] = await db.query`select connection_id() as id`
      for (let round = 0; round < 40; round++) {
        // Cancelled at any moment, also when it has just ended.
        await within(new CancelScope(), async (scope) => {
          setTimeout(() => scope.cancel(), round / 8)
          await db.query`select benchmark(${round * 400}, md5('a'))`
        })
        expect(await db.queryValue`select 7`).toBe(7)
      }
      expect(await db.query`select connection_id() as id`).toEqual([id])
      const running =
        await db.query`select * from information_schema.processlist where info like '%sleep(%' and id <> connection_id()`
      expect(running).toEqual([])
    })
  })

  test('R15 gives a cursor up in the middle of a large result', async () => {
    await within(mysql(server().url(), { max: 1 }), async (db) => {
      const [id] = await db.query`select connection_id() as id`
      const many = "select seq, repeat('x', 1000) as text from seq_1_to_1000000"
      let seen = 0
      for await (const _row of db.cursor(many)) if (++seen === 250) break
      expect(seen).toBe(250)
      await within(new CancelScope(), async (scope) => {
        for await (const _row of db.cursor(many)) if (++seen === 500) scope.cancel()
      })
      expect(seen).toBe(550) // the batch that was there already
      expect(await db.query`select connection_id() as id`).toEqual([id])
    })
  })

  test('reads a cursor no faster than its loop', async () => {
    await within(mysql(server().url()), async (db) => {
      await within(db.connection(), async (connection) => {
        const id = await connection.queryValue`select connection_id()`
        for await (const _row of connection.cursor("select seq, repeat('x', 1000) as text from seq_1_to_200000")) {
          await sleep(100)
          const [{ state }] = (await db.query<{
            state: string
          }>`select state from information_schema.processlist where id = ${id}`) as [{ state: string }]
          expect(state).toBe('Writing to net')
          const beside = await thrownBy(() => connection.query`select 1`)
          expect(String(beside)).toContain('A cursor is open on this connection')
          break
        }
        expect(await connection.queryValue`select 1`).toBe(1)
      })
    })
  })

  test('gives nothing of a cursor over a statement that gives no rows', async () => {
    await within(mysql(server().url()), async (db) => {
      await db.execute`create or replace table quiet (id integer)`
      const seen: unknown[] = []
      for await (const row of db.cursor`insert into quiet values (${1}), (${2})`) seen.push(row)
      expect(seen).toEqual([])
      expect(await db.queryValue`select count(*) from quiet`).toBe(2)
    })
  })

  test('T-29 runs ten statements at a time over a pool, and waits for all at its end', async () => {
    await within(mysql(server().url(), { min: 1, max: 10 }), async (db) => {
      const squares = await within(new TaskGroup(), (group) =>
        Array.from({ length: 10 }, (_, index) => group.spawn(() => db.queryValue`select ${index} * ${index}`)),
      )
      expect(await Promise.all(squares.map((task) => task.result))).toEqual([0, 1, 4, 9, 16, 25, 36, 49, 64, 81])
    })
  })

  test('speaks over a socket of the same machine', async () => {
    const { socket, password } = server()
    const url = `mysql://withal:${encodeURIComponent(password)}@localhost/withal?socket=${encodeURIComponent(socket)}`
    await within(mysql(url), async (db) => expect(await db.queryValue`select 1`).toBe(1))
  })

  test('asks a function for the password', async () => {
    const asked: string[] = []
    const password = async (): Promise<string> => (asked.push('asked'), server().password)
    await within(mysql(server().url({ secret: 'wrong' }), { password }), (db) => db.query`select 1`)
    expect(asked).toEqual(['asked'])
  })
})
