/**
 * Managers made of managers: a database is opened, a table is made for the block and dropped after it, both of which wait, and the
 * block's error comes through.
 *
 * Run it with the address of a server: `POSTGRES_URL=postgresql://user:password@localhost/database`.
 *
 * Prints:
 *   the table is there
 *   3 users, the first is Ann
 *   the table is gone
 *   the block has failed: no more users
 */
import { contextManager, within } from 'withal'
import { postgres } from 'withal/postgres'

const url = process.env['POSTGRES_URL'] ?? 'postgresql://localhost/postgres'

const users = contextManager(async function* () {
  const db = yield* within(postgres(url)) // closed after the generator has ended
  await db.execute`create table tutorial_user (id serial primary key, name text)`
  console.log('the table is there')
  try {
    yield db
  } finally {
    await db.execute`drop table tutorial_user`
    console.log('the table is gone')
  }
})

try {
  await within(users(), async (db) => {
    for (const name of ['Ann', 'Bob', 'Cid']) await db.execute`insert into tutorial_user (name) values (${name})`
    const rows = await db.query<{ name: string }>`select name from tutorial_user order by id`
    console.log(`${rows.length} users, the first is ${rows[0]?.name}`)
    throw new Error('no more users')
  })
} catch (error) {
  console.log(`the block has failed: ${(error as Error).message}`)
}
