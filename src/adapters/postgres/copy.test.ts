import { createReadStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CancelScope, within, UsageError } from 'withal'
import { copyFrom, copyTo, ParameterError, postgres, StatementError } from 'withal/postgres'
import type { PostgresDatabase } from 'withal/postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { postgresForTests } from '../../../test/servers/for-tests.ts'
import { hasPostgres } from '../../../test/servers/postgres-server.ts'
import { thrownBy } from '../../../test/thrown.ts'

const copyIn = 'copy person (id, name) from stdin with (format csv)'

describe.skipIf(!hasPostgres)('copying (left out where PostgreSQL is not installed)', () => {
  const server = postgresForTests()
  const folder = mkdtempSync(join(tmpdir(), 'withal-copy-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  /** A database with an empty table, whose connections are all back at the end. */
  async function withTable(body: (db: PostgresDatabase) => Promise<void>): Promise<void> {
    await within(postgres(server().url(), { max: 1 }), async (db) => {
      await db.execute`create table person (id integer primary key, name text)`
      try {
        await body(db)
        expect(await db.queryValue`select 1`).toBe(1)
        expect(db.statistics()).toMatchObject({ leased: 0 })
      } finally {
        await db.execute`drop table person`
      }
    })
  }
  const count = (db: PostgresDatabase): Promise<number> => db.queryValue<number>`select count(*) from person`

  test('copies what a list, a generator and a file give, in pieces of any size', async () => {
    await withTable(async (db) => {
      expect(await copyFrom(db, copyIn, ['1,Ann\n2,', 'Bob\n'])).toEqual({ affected: 2 })
      await copyFrom(
        db,
        copyIn,
        (async function* () {
          for (let id = 3; id <= 50_000; id++) yield Buffer.from(`${id},somebody whose name is long\n`)
        })(),
      )
      const file = join(folder, 'people.csv')
      writeFileSync(file, '50001,"Cid, the third"\n')
      await copyFrom(db, copyIn, createReadStream(file))
      expect(await count(db)).toBe(50_001)
      expect(await db.queryValue`select name from person where id = 50001`).toBe('Cid, the third')
    })
  })

  test('leaves nothing when the source fails, and throws what it has thrown', async () => {
    await withTable(async (db) => {
      const failure = new Error('the file is gone')
      const error = await thrownBy(() =>
        copyFrom(
          db,
          copyIn,
          (async function* () {
            yield '1,Ann\n'
            throw failure
          })(),
        ),
      )
      expect(error).toBe(failure)
      expect(await count(db)).toBe(0)
    })
  })

  test('leaves nothing when the server refuses a row, and closes the source', async () => {
    await withTable(async (db) => {
      let isClosed = false
      const error = await thrownBy(() =>
        copyFrom(
          db,
          copyIn,
          (async function* () {
            try {
              for (let id = 1; ; id++) yield id === 1_000 ? 'no number,Ann\n' : `${id},x\n`
            } finally {
              isClosed = true
            }
          })(),
        ),
      )
      expect(error).toBeInstanceOf(StatementError)
      await new Promise(setImmediate)
      expect(isClosed).toBe(true)
      expect(await count(db)).toBe(0)
    })
  })

  test('R15 stops when its scope is cancelled while the source gives nothing', async () => {
    await withTable(async (db) => {
      await within(new CancelScope(), async (scope) => {
        await copyFrom(
          db,
          copyIn,
          (async function* () {
            yield '1,Ann\n'
            setTimeout(() => scope.cancel(), 20)
            await new Promise(() => {})
          })(),
        )
      })
      expect(await count(db)).toBe(0)
    })
  })

  test('copies in a transaction, which is undone as a whole', async () => {
    await withTable(async (db) => {
      await thrownBy(() =>
        within(db.transaction(), async (tx) => {
          await copyFrom(tx, copyIn, ['1,Ann\n'])
          expect(await tx.queryValue`select count(*) from person`).toBe(1)
          throw new Error('meant to fail')
        }),
      )
      expect(await count(db)).toBe(0)
    })
  })

  test('gives what the server sends, piece by piece, and the whole of it', async () => {
    await withTable(async (db) => {
      const pieces: Buffer[] = []
      for await (const piece of copyTo(db, 'copy (select * from generate_series(1, 200000)) to stdout')) {
        pieces.push(piece)
        if (pieces.length % 5_000 === 0) await new Promise(setImmediate)
      }
      const expected = Array.from({ length: 200_000 }, (_, index) => `${index + 1}\n`).join('')
      expect(Buffer.concat(pieces).toString()).toBe(expected)
    })
  })

  test('stops on the server when the loop is left', async () => {
    await withTable(async (db) => {
      let bytes = 0
      for await (const piece of copyTo(
        db,
        "copy (select repeat('x', 1000), generate_series(1, 100000000)) to stdout",
      )) {
        bytes += piece.length
        if (bytes > 1_000_000) break
      }
      expect(db.statistics()).toMatchObject({ leased: 0, destroyed: 0 })
    })
  })

  test('gives an error in the middle to the loop', async () => {
    await withTable(async (db) => {
      const error = await thrownBy(async () => {
        for await (const _ of copyTo(db, 'copy (select 1 / (5 - n) from generate_series(1, 9) as n) to stdout'));
      })
      expect(error).toBeInstanceOf(StatementError)
    })
  })

  test('says how to copy when it is asked by a plain statement', async () => {
    await withTable(async (db) => {
      expect(String(await thrownBy(() => db.execute(copyIn)))).toContain('use copyFrom')
      expect(await thrownBy(() => db.execute(copyIn, [1]))).toBeInstanceOf(ParameterError)
      const read = async (): Promise<void> => {
        for await (const _ of copyTo(db, copyIn));
      }
      expect(String(await thrownBy(read))).toContain('use copyFrom')
      expect(db.statistics()).toMatchObject({ leased: 0 })
    })
  })

  test.for([5, null, [5]])('takes %j for no source, and leaves nothing', async (source) => {
    await withTable(async (db) => {
      expect(await thrownBy(() => copyFrom(db, copyIn, source as never))).toBeInstanceOf(UsageError)
      expect(await db.query`select * from person`).toEqual([])
    })
  })

  test('writes a file and reads it back', async () => {
    await withTable(async (db) => {
      await copyFrom(db, copyIn, ['1,Ann\n2,Bob\n'])
      const file = join(folder, 'copy.bin')
      const pieces: Buffer[] = []
      for await (const piece of copyTo(db, 'copy person to stdout with (format binary)')) pieces.push(piece)
      writeFileSync(file, Buffer.concat(pieces))
      await db.execute`delete from person`
      await copyFrom(db, 'copy person from stdin with (format binary)', [readFileSync(file)])
      expect(await db.query`select * from person order by id`).toEqual([
        { id: 1, name: 'Ann' },
        { id: 2, name: 'Bob' },
      ])
    })
  })
})
