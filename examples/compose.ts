/**
 * Managers made of managers, on a real database: an embedded SQLite file in a temporary folder.
 *
 * Prints:
 *   in one `within`: 1 account
 *   made of managers: 2 accounts
 *   the second transfer failed: not enough money
 *   what it did was undone: 100 and 0
 *   closed: false
 *   a job: 3 rows written by 3 tasks, within a second
 *   a job that fails writes nothing: 3 rows
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AsyncComposedManager, closing, contextManager, sleep, TaskGroup, timeout, transactional, within } from 'withal'

const temporaryFolder = contextManager(async function* () {
  const folder = await mkdtemp(join(tmpdir(), 'withal-'))
  try {
    yield folder
  } finally {
    await rm(folder, { recursive: true })
  }
})

const database = (folder: string) => closing(new DatabaseSync(join(folder, 'bank.sqlite')))

const transaction = (db: DatabaseSync) =>
  transactional({
    begin: () => {
      db.exec('begin')
      return db
    },
    commit: () => db.exec('commit'),
    rollback: () => db.exec('rollback'),
  })

const balances = (db: DatabaseSync) =>
  db
    .prepare('select balance from account order by name')
    .all()
    .map((row) => row['balance'])

// Each may depend on the values before it. Left in any way: the transaction ends, the database is closed, the folder goes.
const count = await within(
  temporaryFolder(),
  (folder) => database(folder),
  (_folder, db) => transaction(db),
  (_folder, _db, tx) => {
    tx.exec(`create table account (name text, balance integer); insert into account values ('ada', 1)`)
    return balances(tx).length
  },
)
console.log(`in one \`within\`: ${count} account`)

// The same as a manager of its own: whoever uses it sees one thing.
const bank = contextManager(async function* (...names: string[]) {
  const folder = yield* within(temporaryFolder())
  const db = yield* within(database(folder))
  db.exec('create table account (name text, balance integer check (balance >= 0))')
  for (const name of names) db.prepare('insert into account values (?, 0)').run(name)
  yield db
})
console.log(`made of managers: ${await within(bank('ada', 'grace'), (db) => balances(db).length)} accounts`)

// And as a class whose enter is a generator: its fields are there exactly as long as it is open.
class Bank extends AsyncComposedManager<Bank> {
  #db: DatabaseSync | undefined

  async *compose() {
    this.#db = yield* within(bank('ada', 'grace'))
    this.#db.exec(`update account set balance = 100 where name = 'ada'`)
    yield this
    this.#db = undefined
  }

  get isOpen(): boolean {
    return this.#db !== undefined
  }

  get balances(): unknown[] {
    return balances(this.#opened)
  }

  async transfer(sum: number): Promise<void> {
    await within(transaction(this.#opened), (tx) => {
      tx.prepare(`update account set balance = balance + ? where name = 'grace'`).run(sum)
      if (sum > 100) throw new RangeError('not enough money')
      tx.prepare(`update account set balance = balance - ? where name = 'ada'`).run(sum)
    })
  }

  get #opened(): DatabaseSync {
    if (this.#db === undefined) throw new Error('The bank is closed.')
    return this.#db
  }
}

const ours = new Bank()
await within(ours, async (open) => {
  await open.transfer(0)
  await open
    .transfer(500)
    .catch((error: unknown) => console.log(`the second transfer failed: ${(error as Error).message}`))
  console.log(`what it did was undone: ${open.balances.join(' and ')}`)
})
console.log(`closed: ${ours.isOpen}`)

// A manager made of a transaction, a limit of time, and a task group: they cover the body, and end in reverse.
const job = contextManager(async function* (db: DatabaseSync) {
  const tx = yield* within(transaction(db))
  yield* within(timeout(1_000))
  const group = yield* within(new TaskGroup())
  yield { tx, group }
})
const add = (tx: DatabaseSync) => tx.exec(`insert into account values ('someone', 1)`)

await within(closing(new DatabaseSync(':memory:')), async (db) => {
  db.exec('create table account (name text, balance integer)')
  await within(job(db), ({ tx, group }) => {
    for (const delay of [1, 2, 3]) group.spawn(() => sleep(delay).then(() => add(tx)))
  })
  console.log(`a job: ${balances(db).length} rows written by 3 tasks, within a second`)

  await within(job(db), ({ tx, group }) => {
    group.spawn(async () => add(tx))
    group.spawn(async () => {
      await sleep(5)
      throw new Error('failed after the first row was written')
    })
  }).catch(() => undefined)
  console.log(`a job that fails writes nothing: ${balances(db).length} rows`)
})
