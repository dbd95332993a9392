import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gather, within } from 'withal'
import { ConnectionError, postgres } from 'withal/postgres'
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

  test('says that a folder cannot be used', async () => {
    const error = await thrownBy(() => within(postgres('pglite:///dev/null/data'), () => {}))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(String(error)).toContain('PGlite at /dev/null/data')
  })
})
