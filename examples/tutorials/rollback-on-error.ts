/**
 * A class as a manager whose exit learns how the block has ended: it commits when that was well, rolls back when it failed, closes in any
 * case, and lets the error through. (`db.transaction()` of `withal/postgres` does all of it.)
 *
 * Run it with the address of a server: `POSTGRES_URL=postgresql://user:password@localhost/database`.
 *
 * Prints:
 *   committed
 *   rolled back: the bank is closed
 *   the error came through: the bank is closed
 *   what is there: 1
 *   committed
 */
import pg from 'pg'
import { within } from 'withal'
import type { AsyncContextManager, Outcome } from 'withal'

class DatabaseConnection implements AsyncContextManager<pg.Client> {
  readonly #client: pg.Client

  constructor(url: string) {
    this.#client = new pg.Client(url)
  }

  async '~enterAsync'(): Promise<pg.Client> {
    await this.#client.connect()
    await this.#client.query('begin')
    return this.#client
  }

  async '~exitAsync'(outcome: Outcome): Promise<void> {
    try {
      await this.#client.query(outcome.status === 'completed' ? 'commit' : 'rollback')
      if (outcome.status === 'completed') console.log('committed')
      if (outcome.status === 'failed') console.log(`rolled back: ${(outcome.error as Error).message}`)
    } finally {
      await this.#client.end()
    }
  }
}

const url = process.env['POSTGRES_URL'] ?? 'postgresql://localhost/postgres'

await within(new DatabaseConnection(url), async (client) => {
  await client.query('create table if not exists tutorial_entry (id int)')
  await client.query('truncate tutorial_entry')
  await client.query('insert into tutorial_entry values (1)')
})

try {
  await within(new DatabaseConnection(url), async (client) => {
    await client.query('insert into tutorial_entry values (2)')
    throw new Error('the bank is closed')
  })
} catch (error) {
  console.log(`the error came through: ${(error as Error).message}`)
}

await within(new DatabaseConnection(url), async (client) => {
  const { rows } = await client.query<{ id: number }>('select id from tutorial_entry')
  await client.query('drop table tutorial_entry')
  console.log(`what is there: ${rows.map(({ id }) => id).join(' ')}`)
})
