/** What a server and the embedded database must read alike. */
import type { PostgresDatabase } from 'withal/postgres'
import { expect } from 'vitest'

export async function checkValues(db: PostgresDatabase): Promise<void> {
  const date = new Date('2026-01-02T03:04:05.678Z')
  const ancient = new Date('-000043-03-15T12:00:00Z')
  const row = await db.queryOne`select ${true}::bool as yes, ${date}::timestamptz as date, ${date}::timestamp as local,
    ${ancient}::timestamptz as ancient, '2026-01-02'::date as day, 'infinity'::timestamptz as never, ${new Uint8Array([1, 2])}::bytea as bytes,
    ${[
      [1, 2],
      [3, null],
    ]}::int[] as list, ${['a "b"', 'c,\\', 'NULL']}::text[] as texts, ${{ a: [1] }}::jsonb as json,
    ${5n}::int8 as big, ${'1.50'}::numeric as numeric, ${1.5}::float8 as float, ${null}::text as none`
  expect(row).toEqual({
    yes: true,
    date,
    local: date,
    ancient,
    day: new Date(2026, 0, 2),
    never: Infinity,
    bytes: Buffer.from([1, 2]),
    list: [
      [1, 2],
      [3, null],
    ],
    texts: ['a "b"', 'c,\\', 'NULL'],
    json: { a: [1] },
    big: 5,
    numeric: '1.50',
    float: 1.5,
    none: null,
  })
}
