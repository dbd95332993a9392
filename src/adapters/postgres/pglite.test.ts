import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gather, within } from 'withal'
import { ConnectionError, copyFrom, copyTo, postgres, UnsupportedError } from 'withal/postgres'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkValues } from '../../../test/postgres-values.ts'
import { thrownBy } from '../../../test/thrown.ts'
import { databaseContract } from '../../testing/contracts/database.ts'

// To make a new database takes seconds, to open one that is there does not.
const slow = 120_000
const folder = mkdtempSync(join(tmpdir(), 'withal-pglite-'))
const address = `pglite://${join(folder, 'data')}`
beforeAll(() => within(postgres(address, { acquireTimeout: slow }), () => {}), slow)
afterAll(() => rmSync(folder, { recursive: true }))

describe('PGlite', () => {
  const createTable = `create table account (
    id integer primary key,
    owner text,
    balance integer not null check (balance >= 0)
  )`
  for (const { claim, check } of databaseContract) {
    test(claim, () => check({ open: () => postgres(address), createTable, placeholder: (number) => `$${number}` }))
  }

  test('runs in memory, and leaves nothing', { timeout: slow }, async () => {
    await within(postgres('pglite://memory', { acquireTimeout: slow }), async (db) => {
      await db.execute`create table a (b text)`
      await db.execute`insert into a values (${'x'})`
      expect(await db.query`select * from a`).toEqual([{ b: 'x' }])
      expect(String(await db.queryValue`select version()`)).toContain('PGlite')
    })
  })

  test('R32 runs transactions one after another, however many are begun', async () => {
    await within(postgres(address), async (db) => {
      await db.execute`create table counter (value integer)`
      await db.execute`insert into counter values (0)`
      await gather(
        Array.from(
          { length: 20 },
          () => () =>
            within(db.transaction(), async (tx) => {
              const value = await tx.queryValue<number>`select value from counter`
              await tx.execute`update counter set value = ${value + 1}`
            }),
        ),
      )
      expect(await db.queryValue`select value from counter`).toBe(20)
    })
  })

  test('sends and reads values as a server does', () => within(postgres(address), checkValues))

  test('listens to notifications, also after a borrower has left something in the session', async () => {
    await within(postgres(address), async (db) => {
      await within(db.listen(['jobs', 'Odd "name"']), async (notifications) => {
        await within(db.connection(), (connection) => connection.execute`set work_mem = '5MB'`)
        await db.execute`notify jobs, 'one'`
        await db.execute`select pg_notify(${'Odd "name"'}, ${'two'})`
        const got: string[] = []
        for await (const { payload } of notifications) if (got.push(payload) === 2) break
        expect(got).toEqual(['one', 'two'])
      })
    })
  })

  test('copies to a loop, and says that it cannot copy from a source', async () => {
    await within(postgres(address), async (db) => {
      const pieces: Buffer[] = []
      for await (const piece of copyTo(db, 'copy (select * from generate_series(1, 3)) to stdout')) pieces.push(piece)
      expect(Buffer.concat(pieces).toString()).toBe('1\n2\n3\n')
      const error = await thrownBy(() => copyFrom(db, 'copy counter from stdin', ['1\n']))
      expect(error).toBeInstanceOf(UnsupportedError)
      expect(await db.queryValue`select 1`).toBe(1)
    })
  })

  test('says that a folder cannot be used', async () => {
    const error = await thrownBy(() => within(postgres('pglite:///dev/null/data'), () => {}))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(String(error)).toContain('PGlite at /dev/null/data')
  })
})
