import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gather, UsageError, within } from 'withal'
import { ConnectionError, ParameterError, sqlite, StatementError } from 'withal/sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../../test/thrown.ts'
import { databaseContract } from '../../testing/contracts/database.ts'

const folder = mkdtempSync(join(tmpdir(), 'withal-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))
let files = 0
const newFile = (): string => join(folder, `${++files}.db`)

const createTable = `create table account (
  id integer primary key,
  owner text,
  balance integer not null check (balance >= 0)
)`
const places: readonly (readonly [string, () => string])[] = [
  ['in memory', () => ':memory:'],
  ['in a file', newFile],
]

describe.each(places)('SQLite %s', (_, place) => {
  for (const { claim, check } of databaseContract) {
    test(claim, () => check({ open: () => sqlite(place()), createTable, placeholder: () => '?' }))
  }
})

describe('SQLite', () => {
  test('keeps what is in a file, and has its journal beside it', async () => {
    const file = newFile()
    await within(sqlite(`sqlite://${file}`), (db) => db.execute`create table a (b text)`)
    await within(sqlite(file), async (db) => {
      expect(await db.query`select * from a`).toEqual([])
      expect(await db.queryValue`pragma journal_mode`).toBe('wal')
    })
    await within(sqlite(file, { readOnly: true }), async (db) => {
      expect(await thrownBy(() => db.execute`insert into a values ('x')`)).toBeInstanceOf(StatementError)
    })
  })

  test('R32 runs transactions one after another, however many are begun', async () => {
    await within(sqlite(':memory:'), async (db) => {
      await db.execute`create table counter (value integer)`
      await db.execute`insert into counter values (0)`
      await gather(
        Array.from(
          { length: 20 },
          () => () =>
            within(db.transaction(), async (tx) => {
              const value = await tx.queryValue<number>`select value from counter`
              await Promise.resolve()
              await tx.execute`update counter set value = ${value + 1}`
            }),
        ),
      )
      expect(await db.queryValue`select value from counter`).toBe(20)
    })
  })

  test('takes booleans, dates, bytes and bigints, and refuses what it cannot store', async () => {
    await within(sqlite(':memory:'), async (db) => {
      const bytes = new Uint8Array([1, 2])
      const row = await db.queryOne`select ${true} as yes, ${new Date(0)} as date, ${bytes} as bytes, ${5n} as big`
      expect(row).toEqual({ yes: 1, date: '1970-01-01T00:00:00.000Z', bytes, big: 5 })
      expect(await thrownBy(() => db.query`select ${{ a: 1 }}`)).toBeInstanceOf(ParameterError)
    })
  })

  test('gives integers that are too large for numbers as bigints, or says how to have them', async () => {
    await within(sqlite(':memory:'), async (db) => {
      expect(String(await thrownBy(() => db.query`select 9007199254740993`))).toContain('`bigints: true`')
    })
    await within(sqlite(':memory:', { bigints: true }), async (db) => {
      expect(await db.queryValue`select 9007199254740993`).toBe(9007199254740993n)
      const values: unknown[] = []
      for await (const row of db.cursor`select 1 as one`) values.push(row)
      expect(values).toEqual([{ one: 1n }])
    })
  })

  test('takes question marks in strings, names and comments for what they are', async () => {
    await within(sqlite(':memory:'), async (db) => {
      const text = `select '?' as "a?", ? as b /* ? */ -- ?`
      expect(await db.query(text, ['x'])).toEqual([{ 'a?': '?', b: 'x' }])
    })
  })

  test('R6 leaves no setting of one borrower to the next', async () => {
    await within(sqlite(newFile()), async (db) => {
      await within(db.connection(), (connection) => connection.execute`pragma foreign_keys = off`)
      expect(await db.queryValue`pragma foreign_keys`).toBe(1)
    })
  })

  test('writes nothing in a transaction that only reads', async () => {
    await within(sqlite(':memory:'), async (db) => {
      await db.execute`create table a (b text)`
      await within(db.transaction({ readOnly: true }), async (tx) => {
        expect(await thrownBy(() => tx.execute`insert into a values ('x')`)).toBeInstanceOf(StatementError)
      })
      await db.execute`insert into a values ('x')`
    })
  })

  test('says why a file cannot be opened, and that a file is no database', async () => {
    const missing = await thrownBy(() => within(sqlite('/no/such/folder/a.db'), () => {}))
    expect(missing).toBeInstanceOf(ConnectionError)
    expect(String(missing)).toContain('SQLite at /no/such/folder/a.db could not be opened')
    const file = newFile()
    writeFileSync(file, 'this is no database, however long the text in it may be'.repeat(50))
    expect(String(await thrownBy(() => within(sqlite(file), () => {})))).toContain('it is a file, but no database')
  })

  test.for(['', 'postgresql://localhost/a', 'sqlite://', 7, 'a\0b'])('takes %j for no place', (place) => {
    const error = thrownAtOnceBy(() => sqlite(place as string))
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain('is no place of a SQLite database')
  })

  test('refuses several statements in one text, of which it would run the first alone', async () => {
    await within(sqlite(':memory:'), async (db) => {
      const error = await thrownBy(() => db.execute('create table a (id integer); create table b (id integer)'))
      expect(error).toBeInstanceOf(StatementError)
      expect(String(error)).toContain('several statements')
      expect(await thrownBy(() => db.cursor('select 1; select 2')[Symbol.asyncIterator]().next())).toBeInstanceOf(
        StatementError,
      )
      expect(await db.query('select name from sqlite_schema')).toEqual([])
      expect(await db.queryValue('select 1; -- the first ; and last\n /* one */ ; ')).toBe(1)
    })
  })

  test.for([NaN, new Date(NaN)])('refuses %s, which it would store as nothing', async (value) => {
    await within(sqlite(':memory:'), async (db) => {
      expect(await thrownBy(() => db.queryValue`select ${value}`)).toBeInstanceOf(ParameterError)
    })
  })

  test('refuses a limit that is none', () => {
    expect(thrownAtOnceBy(() => sqlite(':memory:', { busyTimeout: NaN }))).toBeInstanceOf(UsageError)
  })
})
