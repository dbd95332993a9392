import { gather, within } from 'withal'
import { ParameterError, postgres, SerializationError, sql, StatementError } from 'withal/postgres'
import { describe, expect, test } from 'vitest'
import { checkValues } from '../../../test/postgres-values.ts'
import { postgresForTests } from '../../../test/servers/for-tests.ts'
import { hasPostgres } from '../../../test/servers/postgres-server.ts'
import { thrownBy } from '../../../test/thrown.ts'
import { databaseContract } from '../../testing/contracts/database.ts'

describe.skipIf(!hasPostgres)('PostgreSQL (left out where it is not installed)', () => {
  const server = postgresForTests()

  const createTable = `create table account (
    id integer primary key,
    owner text,
    balance integer not null check (balance >= 0)
  )`
  for (const { claim, check } of databaseContract) {
    test(claim, () =>
      check({ open: () => postgres(server().url()), createTable, placeholder: (number) => `$${number}` }),
    )
  }

  test('sends and reads values of all kinds', () => within(postgres(server().url()), checkValues))

  test('reads types as it is told, and integers that are too large for numbers only as bigints', async () => {
    await within(postgres(server().url()), async (db) => {
      expect(String(await thrownBy(() => db.query`select 9007199254740993`))).toContain('`bigints: true`')
      expect(await db.queryValue`select count(*) from (values (1), (2)) as two`).toBe(2)
    })
    await within(postgres(server().url(), { bigints: true, types: { 1700: Number } }), async (db) => {
      expect(await db.queryOne`select 9007199254740993 as big, ${'1.5'}::numeric as numeric`).toEqual({
        big: 9007199254740993n,
        numeric: 1.5,
      })
    })
  })

  test('says which parameter cannot be sent', async () => {
    await within(postgres(server().url()), async (db) => {
      const circle: Record<string, unknown> = {}
      circle['circle'] = circle
      const error = await thrownBy(() => db.query`select ${1}::int, ${circle}::json`)
      expect(error).toBeInstanceOf(ParameterError)
      expect(String(error)).toContain('Parameter 2 cannot be sent')
    })
  })

  test('runs several statements without parameters in one go, and gives the rows of the last', async () => {
    await within(postgres(server().url()), async (db) => {
      expect(await db.query('select 1 as a; select 2 as b')).toEqual([{ b: 2 }])
      expect(await db.query('select 1 as a; create temporary table gone (a int)')).toEqual([])
    })
  })

  test('prepares a statement with parameters once, and keeps so many', async () => {
    await within(postgres(server().url(), { max: 1 }), async (db) => {
      const count = (): Promise<number> =>
        db.queryValue<number>`select count(*) from pg_prepared_statements where name like 'withal%'`
      for (let round = 0; round < 3; round++) await db.query`select ${round}::int`
      expect(await count()).toBe(1)
      for (let number = 0; number < 300; number++) await db.query(`select $1::int as c${number}`, [number])
      expect(await count()).toBe(256)
      expect(await db.queryValue('select $1::int as c0', [7])).toBe(7)
      await db.query(sql`select ${1}::int as unprepared`, { prepare: false })
      expect(await count()).toBe(256)
    })
  })

  test('prepares a statement anew whose columns have changed', async () => {
    await within(postgres(server().url(), { max: 1 }), async (db) => {
      await db.execute`create table changing (a int)`
      await db.execute`insert into changing values (1)`
      const read = (): Promise<unknown> => db.query`select * from changing where a = ${1}`
      expect(await read()).toEqual([{ a: 1 }])
      await db.execute`alter table changing add column b text`
      expect(await thrownBy(read)).toBeInstanceOf(StatementError)
      expect(await read()).toEqual([{ a: 1, b: null }])
      await db.execute`drop table changing`
    })
  })

  test('R6 leaves no setting, temporary table, prepared statement or lock to the next borrower', async () => {
    await within(postgres(server().url(), { max: 1 }), async (db) => {
      await within(db.connection(), async (connection) => {
        await connection.execute`/* for reports */ set work_mem = '123MB'`
        await connection.execute`create temporary table mine (a int)`
        await connection.execute`select pg_advisory_lock(${7})`
        await connection.query`select ${1}::int`
      })
      expect(await db.queryValue`show work_mem`).not.toBe('123MB')
      expect(await db.queryValue`select to_regclass('mine') is null`).toBe(true)
      expect(await db.queryValue`select count(*) from pg_locks where locktype = 'advisory'`).toBe(0)
      expect(await db.queryValue`select ${1}::int`).toBe(1)
      expect(db.statistics().created).toBe(1)
    })
  })

  test('begins transactions with their isolation and access, and refuses others', async () => {
    await within(postgres(server().url()), async (db) => {
      const options = { isolation: 'serializable', readOnly: true, deferrable: true } as const
      await within(db.transaction(options), async (tx) => {
        expect(await tx.queryValue`show transaction_isolation`).toBe('serializable')
        expect(await tx.queryValue`show transaction_read_only`).toBe('on')
        expect(await tx.queryValue`show transaction_deferrable`).toBe('on')
      })
      const wrong = { isolation: 'serializable; drop table account' as 'serializable' }
      expect(String(await thrownBy(() => within(db.transaction(wrong), () => {})))).toContain('Give one of')
      expect(db.statistics().leased).toBe(0)
    })
  })

  test('keeps a connection that refuses to write in a transaction that only reads', async () => {
    await within(postgres(server().url(), { max: 1 }), async (db) => {
      await within(db.transaction({ readOnly: true }), async (tx) => {
        const error = await thrownBy(() => tx.execute`create table never (a int)`)
        expect(error).toBeInstanceOf(StatementError)
        expect(String(error)).not.toContain('stand-by')
      })
      expect(await db.queryValue`select 1`).toBe(1)
      expect(db.statistics().created).toBe(1)
    })
  })

  test('tries a transaction again that lost against another one, when asked to', async () => {
    await within(postgres(server().url()), async (db) => {
      await db.execute`create table counter (value int)`
      await db.execute`insert into counter values (0)`
      const add = (attempts: number): (() => Promise<unknown>) => {
        return () =>
          db.transact(
            async (tx) => {
              const value = await tx.queryValue<number>`select value from counter`
              await tx.execute`update counter set value = ${value + 1}`
            },
            { isolation: 'serializable', attempts },
          )
      }
      await gather(Array.from({ length: 5 }, () => add(50)))
      expect(await db.queryValue`select value from counter`).toBe(5)
      await within(db.transaction({ isolation: 'serializable' }), async (tx) => {
        const value = await tx.queryValue<number>`select value from counter`
        await add(1)()
        expect(await thrownBy(() => tx.execute`update counter set value = ${value + 1}`)).toBeInstanceOf(
          SerializationError,
        )
        await tx.rollback()
      })
      await db.execute`drop table counter`
    })
  })

  test('runs other statements between two rows of a cursor in a transaction, and refuses them outside', async () => {
    await within(postgres(server().url()), async (db) => {
      const text = 'select * from generate_series(1, 5) as number'
      await within(db.transaction(), async (tx) => {
        const doubled: number[] = []
        for await (const { number } of tx.cursor<{ number: number }>(text, [], { batchSize: 2 }))
          doubled.push(await tx.queryValue<number>`select ${number} * 2`)
        expect(doubled).toEqual([2, 4, 6, 8, 10])
      })
      await within(db.connection(), async (connection) => {
        for await (const _ of connection.cursor(text, [], { batchSize: 2 })) {
          expect(String(await thrownBy(() => connection.query`select 1`))).toContain('A cursor is open')
          break
        }
        expect(await connection.queryValue`select 1`).toBe(1)
      })
    })
  })

  test('fetches no more of a cursor than it is asked for', async () => {
    await within(postgres(server().url()), async (db) => {
      await db.execute`create sequence fetched`
      const rows = db.cursor("select nextval('fetched') from generate_series(1, 100000)", [], { batchSize: 10 })
      for await (const _ of rows) break
      expect(await db.queryValue`select last_value from fetched`).toBe(10)
      await db.execute`drop sequence fetched`
    })
  })

  test('gives what the server remarks to who wants it', async () => {
    const notices: string[] = []
    await within(postgres(server().url(), { onNotice: ({ message }) => notices.push(message) }), async (db) => {
      await db.execute`do $$ begin raise notice 'so far'; end $$`
    })
    expect(notices).toEqual(['so far'])
  })

  test('tells the server its name and limits', async () => {
    const options = {
      applicationName: 'shop',
      statementTimeout: 4_000,
      lockTimeout: 3_000,
      idleInTransactionTimeout: 2_000,
    }
    await within(postgres(server().url(), options), async (db) => {
      expect(await db.queryValue`show application_name`).toBe('shop')
      expect(await db.queryValue`show statement_timeout`).toBe('4s')
      expect(await db.queryValue`show lock_timeout`).toBe('3s')
      expect(await db.queryValue`show idle_in_transaction_session_timeout`).toBe('2s')
    })
  })
})
