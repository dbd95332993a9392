/**
 * A pool of connections to a MySQL server: ten statements at a time, each on a connection of its own. What `aiomysql` does with a pool, a
 * connection and a cursor in three nested `async with` is one block; all connections are closed when it is left, and waited for.
 *
 * Run it with the address of a server: `MYSQL_URL=mysql://user:password@localhost/database`.
 *
 * Prints:
 *   10 statements: 0 1 4 9 16 25 36 49 64 81
 *   the cursor gave 1 2 3
 *   connections at the end: 0
 */
import { gather, within } from 'withal'
import { mysql } from 'withal/mysql'

const db = mysql(process.env['MYSQL_URL'] ?? 'mysql://root@localhost/test', { min: 1, max: 10 })

await within(db, async () => {
  const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
  const squares = await gather(numbers.map((number) => () => db.queryValue`select ${number} * ${number}`))
  console.log(`${squares.length} statements: ${squares.join(' ')}`)

  await within(db.connection(), async (connection) => {
    const seen: number[] = []
    const counting = connection.cursor<{ n: number }>`select 1 as n union select 2 union select 3`
    for await (const { n } of counting) seen.push(n)
    console.log(`the cursor gave ${seen.join(' ')}`)
  })
})
console.log(`connections at the end: ${db.statistics().size}`)
