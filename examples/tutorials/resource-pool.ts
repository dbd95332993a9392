/**
 * A pool of five connections: made when it is entered, each lent to one borrower at a time, all closed at the end.
 *
 * Run it with the address of a server: `POSTGRES_URL=postgresql://user:password@localhost/database`.
 *
 * Prints:
 *   made 5
 *   20 borrowers, sum 190, never more than 5 connections
 *   closed 5
 */
import pg from 'pg'
import { gather, Pool, within } from 'withal'

const url = process.env['POSTGRES_URL'] ?? 'postgresql://localhost/postgres'
let closed = 0

const pool = new Pool(
  async () => {
    const client = new pg.Client(url)
    client.on('error', () => {}) // the pool asks each connection before it lends it again
    await client.connect()
    return client
  },
  {
    name: 'connections',
    min: 5,
    max: 5,
    validate: (client) => client.query('select 1'),
    destroy: async (client) => {
      await client.end()
      closed++
    },
  },
)

await within(pool, async () => {
  console.log(`made ${pool.statistics().created}`)
  const numbers = await gather(
    Array.from(
      { length: 20 },
      (_, number) => () =>
        within(pool.lease(), async (client) => {
          const { rows } = await client.query<{ number: number }>('select $1::int as number, pg_sleep(0.01)', [number])
          return rows[0]!.number // one row
        }),
    ),
  )
  const sum = numbers.reduce((all, number) => all + number, 0)
  console.log(`${numbers.length} borrowers, sum ${sum}, never more than ${pool.statistics().created} connections`)
})
console.log(`closed ${closed}`)
