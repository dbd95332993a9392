/**
 * Connections whose number is known only at run time: each is entered on a stack as it comes, and all are closed in reverse order when
 * the stack is left, also when opening one of them fails.
 *
 * Run it with the address of a server: `POSTGRES_URL=postgresql://user:password@localhost/database`.
 *
 * Prints:
 *   opened 1, opened 2, opened 3
 *   from three connections: 1 4 9
 *   closed 3, closed 2, closed 1
 *   opened 1, closed 1
 *   failed: UnknownDatabaseError
 */
import { AsyncExitStack, contextManager, within } from 'withal'
import { postgres } from 'withal/postgres'
import type { DatabaseError, PostgresDatabase } from 'withal/postgres'

const url = process.env['POSTGRES_URL'] ?? 'postgresql://localhost/postgres'
const log: string[] = []
const printLog = (): void => console.log(log.splice(0).join(', '))

const logged = contextManager(async function* (address: string, number: number) {
  const db = yield* within(postgres(address, { max: 1 }))
  log.push(`opened ${number}`)
  try {
    yield db
  } finally {
    log.push(`closed ${number}`)
  }
})

async function openAll(stack: AsyncExitStack, addresses: readonly string[]): Promise<PostgresDatabase[]> {
  const databases: PostgresDatabase[] = []
  for (const [index, address] of addresses.entries()) databases.push(await stack.enter(logged(address, index + 1)))
  return databases
}

await within(new AsyncExitStack(), async (stack) => {
  const databases = await openAll(stack, [url, url, url])
  printLog()
  const squares: number[] = []
  for (const [index, db] of databases.entries()) {
    const number = index + 1
    squares.push(await db.queryValue<number>`select ${number}::int * ${number}::int`)
  }
  console.log(`from three connections: ${squares.join(' ')}`)
})
printLog()

try {
  await within(new AsyncExitStack(), (stack) => openAll(stack, [url, `${url}-that-is-not-there`, url]))
} catch (error) {
  printLog()
  console.log(`failed: ${(error as DatabaseError).name}`)
}
