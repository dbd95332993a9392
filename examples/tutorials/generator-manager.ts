/**
 * A connection to a database as a manager, written as a generator: what stands before `yield` opens it, the `finally` closes it, however the
 * block ends.
 *
 * Run it with the address of a server: `POSTGRES_URL=postgresql://user:password@localhost/database`.
 *
 * Prints:
 *   connecting
 *   SELECT 1 gives 1
 *   closed
 */
import pg from 'pg'
import { contextManager, within } from 'withal'

const databaseConnection = contextManager(async function* (url: string) {
  console.log('connecting')
  const client = new pg.Client(url)
  await client.connect()
  try {
    yield client
  } finally {
    await client.end()
    console.log('closed')
  }
})

const url = process.env['POSTGRES_URL'] ?? 'postgresql://localhost/postgres'
await within(databaseConnection(url), async (client) => {
  const { rows } = await client.query<{ one: number }>('SELECT 1 AS one')
  console.log(`SELECT 1 gives ${rows[0]?.one}`)
})
