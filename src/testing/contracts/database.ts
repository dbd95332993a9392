/**
 * What every database of the package does, as a list of claims that any test runner can hold an adapter to:
 * `for (const { claim, check } of databaseContract) test(claim, () => check(setting))`.
 */
import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import type { Database, Transaction } from '../../adapters/database/index.ts'
import {
  ConstraintError,
  DatabaseError,
  ParameterError,
  RowCountError,
  sql,
  StatementError,
  TransactionEndedError,
} from '../../adapters/database/index.ts'
import { within } from '../../contexts/index.ts'
import { ClosedError, UsageError } from '../../errors/index.ts'
import { CancelScope, gather, TaskGroup } from '../../tasks/index.ts'

/** What the contract needs to know of a database. */
export interface DatabaseSetting {
  /** Opens a fresh database, or an empty schema of one, that can be entered; called for each claim. */
  readonly open: () => Database
  /** Makes the table `account (id, owner, balance)`: `id` is a primary key, `balance` may not be below zero. */
  readonly createTable: string
  /** How a parameter of that number is written in text. */
  readonly placeholder: (number: number) => string
}

/** One thing that every database does. */
export interface DatabaseClaim {
  readonly claim: string
  check(setting: DatabaseSetting): Promise<void>
}

interface Account {
  readonly id: number
  readonly owner: string
  readonly balance: number
}

const claims: DatabaseClaim[] = []

/** A claim about a database with the table, in which Ann has 100 and Bob 50. */
function claim(text: string, check: (db: Database, setting: DatabaseSetting) => Promise<void>): void {
  claims.push({
    claim: text,
    check: (setting) =>
      within(setting.open(), async (db) => {
        await db.execute`drop table if exists account`
        await db.execute(setting.createTable)
        await db.execute`insert into account (id, owner, balance) values (${1}, ${'Ann'}, ${100}), (${2}, ${'Bob'}, ${50})`
        await check(db, setting)
        const { leased, waiting } = db.statistics()
        deepStrictEqual({ leased, waiting }, { leased: 0, waiting: 0 }, 'what was borrowed has been given back')
      }),
  })
}

/** What a piece of work throws. */
async function thrown(work: () => unknown): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

async function balances(db: Pick<Database, 'query'>): Promise<number[]> {
  const rows = await db.query<Account>`select balance from account order by id`
  return rows.map(({ balance }) => balance)
}

claim('gives the rows of a statement written as a template, as text and with the tag', async (db, { placeholder }) => {
  const expected = [{ id: 1, owner: 'Ann' }]
  const plain = (rows: readonly object[]): object[] => rows.map((row) => ({ ...row }))
  deepStrictEqual(plain(await db.query`select id, owner from account where owner = ${'Ann'}`), expected)
  deepStrictEqual(
    plain(await db.query(`select id, owner from account where owner = ${placeholder(1)}`, ['Ann'])),
    expected,
  )
  deepStrictEqual(plain(await db.query(sql`select id, owner from account where owner = ${'Ann'}`)), expected)
})

claim('binds what is put into a template, whatever it is', async (db) => {
  const evil = "'; drop table account; --"
  await db.execute`insert into account (id, owner, balance) values (${3}, ${evil}, ${0})`
  strictEqual(await db.queryValue`select owner from account where owner = ${evil}`, evil)
  strictEqual((await db.query`select * from account`).length, 3)
})

claim('puts parts, names and lists of values into a template', async (db) => {
  const poor = sql`balance < ${80}`
  const owner = sql.identifier('owner')
  strictEqual(await db.queryValue`select ${owner} from ${sql.identifier('account')} where ${poor}`, 'Bob')
  const ids = [1, 2]
  strictEqual((await db.query`select * from account where id in ${sql.list(ids)} and ${poor}`).length, 1)
  const both = sql.join([sql`id = ${1}`, sql`id = ${2}`], sql` or `)
  strictEqual((await db.query`select * from account where ${both}`).length, 2)
})

claim('says how many rows were changed', async (db) => {
  strictEqual((await db.execute`update account set balance = balance + ${1}`).affected, 2)
  strictEqual((await db.execute`delete from account where id = ${7}`).affected, 0)
})

claim('gives one row and one value, and refuses another number of rows', async (db) => {
  strictEqual((await db.queryOne<Account>`select * from account where id = ${1}`).owner, 'Ann')
  strictEqual(await db.queryValue`select owner from account where id = ${2}`, 'Bob')
  const none = await thrown(() => db.queryOne`select * from account where id = ${7}`)
  ok(none instanceof RowCountError && none.rows === 0)
  const many = await thrown(() => db.queryValue`select id from account`)
  ok(many instanceof RowCountError && many.rows === 2)
})

claim('gives null for null, and takes it', async (db) => {
  await db.execute`update account set owner = ${null} where id = ${1}`
  strictEqual(await db.queryValue`select owner from account where id = ${1}`, null)
})

claim('refuses undefined as a parameter', async (db) => {
  const error = await thrown(() => db.query`select ${undefined}`)
  ok(String(error).includes('Parameter 1 of a statement is undefined'))
})

claim('says of a statement it does not understand what it was', async (db) => {
  const error = await thrown(() => db.query`selec 1`)
  ok(error instanceof StatementError && String(error).includes('selec 1'), String(error))
  ok(error.statement === 'selec 1' && error.cause !== undefined)
})

claim('tells a broken constraint apart', async (db) => {
  const twice = await thrown(() => db.execute`insert into account (id, owner, balance) values (${1}, ${'Eve'}, ${0})`)
  ok(twice instanceof ConstraintError, String(twice))
  const below = await thrown(() => db.execute`update account set balance = ${-1} where id = ${1}`)
  ok(below instanceof ConstraintError, String(below))
})

claim('refuses another number of parameters than the statement takes', async (db, { placeholder }) => {
  const text = `select * from account where id = ${placeholder(1)} or id = ${placeholder(2)}`
  for (const parameters of [[1], [1, 2, 3]]) {
    const error = await thrown(() => db.query(text, parameters))
    ok(error instanceof ParameterError, String(error))
  }
})

claim('goes on after a statement that was refused', async (db) => {
  await thrown(() => db.query`selec 1`)
  strictEqual((await db.query`select * from account`).length, 2)
})

claim('runs many statements at the same time', async (db) => {
  const owners = await gather(
    Array.from(
      { length: 50 },
      (_, index) => () => db.queryValue`select owner from account where id = ${(index % 2) + 1}`,
    ),
  )
  deepStrictEqual(owners.slice(0, 4), ['Ann', 'Bob', 'Ann', 'Bob'])
})

claim('keeps a transaction whose block ends well', async (db) => {
  const result = await within(db.transaction(), async (tx) => {
    await tx.execute`update account set balance = balance - ${30} where id = ${1}`
    await tx.execute`update account set balance = balance + ${30} where id = ${2}`
    return 'done'
  })
  strictEqual(result, 'done')
  deepStrictEqual(await balances(db), [70, 80])
})

claim('undoes a transaction whose block fails, and lets the error through', async (db) => {
  const failure = new Error('meant to fail')
  const error = await thrown(() =>
    within(db.transaction(), async (tx) => {
      await tx.execute`update account set balance = ${0}`
      throw failure
    }),
  )
  strictEqual(error, failure)
  deepStrictEqual(await balances(db), [100, 50])
})

claim('undoes a transaction when one of its statements fails', async (db) => {
  const error = await thrown(() =>
    within(db.transaction(), async (tx) => {
      await tx.execute`update account set balance = balance + ${5} where id = ${2}`
      await tx.execute`update account set balance = balance - ${500} where id = ${1}`
    }),
  )
  ok(error instanceof ConstraintError, String(error))
  deepStrictEqual(await balances(db), [100, 50])
})

claim(
  'undoes a transaction that is left by `await using` without a word, and keeps one that was committed',
  async (db) => {
    {
      await using tx = await db.begin()
      await tx.execute`update account set balance = ${1} where id = ${1}`
    }
    deepStrictEqual(await balances(db), [100, 50])
    {
      await using tx = await db.begin()
      await tx.execute`update account set balance = ${1} where id = ${1}`
      await tx.commit()
    }
    deepStrictEqual(await balances(db), [1, 50])
  },
)

claim('sees in a transaction what it has done itself', async (db) => {
  await within(db.transaction(), async (tx) => {
    await tx.execute`update account set balance = ${0} where id = ${1}`
    deepStrictEqual(await balances(tx), [0, 50])
  })
})

claim('takes a transaction in a transaction for a savepoint: it is undone alone', async (db) => {
  await within(db.transaction(), async (tx) => {
    await tx.execute`update account set balance = ${90} where id = ${1}`
    await thrown(() =>
      within(tx.transaction(), async (inner) => {
        await inner.execute`update account set balance = ${0} where id = ${2}`
        throw new Error('only the inner one')
      }),
    )
    await within(tx.transaction(), (inner) => inner.execute`update account set balance = ${60} where id = ${2}`)
  })
  deepStrictEqual(await balances(db), [90, 60])
})

claim('goes on in the outer transaction after a statement in the inner one was refused', async (db) => {
  await within(db.transaction(), async (tx) => {
    await thrown(() =>
      within(
        tx.transaction(),
        (inner) => inner.execute`insert into account (id, owner, balance) values (${1}, ${'Eve'}, ${0})`,
      ),
    )
    await tx.execute`update account set balance = ${1} where id = ${1}`
  })
  deepStrictEqual(await balances(db), [1, 50])
})

claim('refuses statements to the outer transaction while an inner one is open', async (db) => {
  await within(db.transaction(), async (tx) => {
    await within(tx.transaction(), async () => {
      ok((await thrown(() => tx.query`select 1`)) instanceof TransactionEndedError)
    })
    await tx.query`select 1`
  })
})

claim('R4 refuses what is given to a transaction after its end, and never runs it outside', async (db) => {
  let kept: Transaction | undefined
  await within(db.transaction(), async (tx) => {
    kept = tx
    await tx.query`select 1`
  })
  const error = await thrown(() => kept!.execute`update account set balance = ${0}`) // just set
  ok(error instanceof TransactionEndedError, String(error))
  deepStrictEqual(await balances(db), [100, 50])
})

claim('R4 waits for what still runs when the block of a transaction ends', async (db) => {
  const done: string[] = []
  await within(db.transaction(), async (tx) => {
    for (const id of [1, 2]) {
      tx.execute`update account set balance = ${7} where id = ${id}`.then(
        () => done.push(`updated ${id}`),
        (error: unknown) => done.push(String(error)),
      )
    }
  })
  deepStrictEqual(done, ['updated 1', 'updated 2'])
  deepStrictEqual(await balances(db), [7, 7])
})

claim('R4 notices a statement that ends the transaction by itself, and runs nothing behind it', async (db) => {
  const refused: unknown[] = []
  const error = await thrown(() =>
    within(db.transaction(), async (tx) => {
      const ended = thrown(() => tx.execute('commit'))
      const behind = thrown(() => tx.execute`update account set balance = ${0}`)
      refused.push(await ended, await behind)
    }),
  )
  for (const each of [...refused, error]) ok(each instanceof TransactionEndedError, String(each))
  const inner = await thrown(() =>
    within(db.transaction(), (tx) => within(tx.transaction(), (savepoint) => savepoint.execute('rollback'))),
  )
  ok(inner instanceof TransactionEndedError, String(inner))
  deepStrictEqual(await balances(db), [100, 50])
})

claim('lends one connection for a block, on which transactions can be begun', async (db) => {
  await within(db.connection(), async (connection) => {
    strictEqual((await connection.query`select * from account`).length, 2)
    await within(connection.transaction(), (tx) => tx.execute`update account set balance = ${3} where id = ${1}`)
    await thrown(() =>
      within(connection.transaction(), async (tx) => {
        await tx.execute`update account set balance = ${4} where id = ${1}`
        throw new Error('meant to fail')
      }),
    )
  })
  await using connection = await db.connect()
  deepStrictEqual(await balances(connection), [3, 50])
  await connection.release()
  ok((await thrown(() => connection.query`select 1`)) instanceof TransactionEndedError)
})

claim('R6 hands no open transaction to the next borrower', async (db) => {
  await within(db.connection(), async (connection) => {
    await connection.execute('begin')
    await connection.execute`update account set balance = ${0}`
  })
  deepStrictEqual(await balances(db), [100, 50])
})

claim('reads a large result by a cursor, row by row', async (db) => {
  await within(db.transaction(), async (tx) => {
    for (let id = 3; id <= 250; id++)
      await tx.execute`insert into account (id, owner, balance) values (${id}, ${'x'}, ${id})`
  })
  const ids: number[] = []
  for await (const row of db.cursor<Account>`select id from account order by id`) ids.push(row.id)
  deepStrictEqual(
    ids,
    Array.from({ length: 250 }, (_, index) => index + 1),
  )
})

claim('closes a cursor whose loop is left, in a transaction, too', async (db) => {
  for await (const row of db.cursor<Account>('select * from account order by id', [], { batchSize: 1 })) {
    strictEqual(row.id, 1)
    break
  }
  await within(db.transaction(), async (tx) => {
    const error = await thrown(async () => {
      for await (const _row of tx.cursor`select * from account`) throw new Error('in the loop')
    })
    strictEqual((error as Error).message, 'in the loop')
    await tx.execute`update account set balance = ${1} where id = ${1}`
  })
  deepStrictEqual(await balances(db), [1, 50])
})

claim('R4 ends a savepoint with its transaction: nothing of it reaches the next one', async (db) => {
  const outer = await db.begin()
  const inner = await outer.begin()
  await inner.execute`update account set balance = ${1} where id = ${1}`
  await outer.commit()
  await using next = await db.begin()
  ok((await thrown(() => inner.execute`delete from account`)) instanceof TransactionEndedError)
  ok((await thrown(() => inner.commit())) instanceof TransactionEndedError)
  await next.commit()
  deepStrictEqual(await balances(db), [100, 50])
})

claim('R6 ends a transaction with its connection: nothing of it reaches the next borrower', async (db) => {
  const connection = await db.connect()
  const forgotten = await connection.begin()
  await forgotten.execute`update account set balance = ${1} where id = ${1}`
  await connection.release()
  await within(db.transaction(), async (next) => {
    await next.execute`update account set balance = ${2} where id = ${2}`
    ok((await thrown(() => forgotten.execute`delete from account`)) instanceof TransactionEndedError)
    ok((await thrown(() => forgotten.commit())) instanceof TransactionEndedError)
    await next.rollback()
  })
  deepStrictEqual(await balances(db), [100, 50])
})

claim('R4 does not say of a transaction that was rolled back that it was committed', async (db) => {
  const tx = await db.begin()
  await tx.execute`update account set balance = ${1}`
  await tx.rollback()
  ok((await thrown(() => tx.commit())) instanceof TransactionEndedError)
  await within(db.transaction(), (meant) => meant.rollback())
  await db.transact((meant) => meant.rollback())
  deepStrictEqual(await balances(db), [100, 50])
})

claim('R6 closes cursors that are still open when the block they belong to ends', async (db) => {
  let rows: AsyncIterator<unknown> | undefined
  const open = async (on: Pick<Database, 'cursor'>): Promise<void> => {
    rows = on.cursor('select * from account order by id', [], { batchSize: 1 })[Symbol.asyncIterator]()
    await rows.next()
  }
  for (const block of [db.connection(), db.transaction()]) {
    await within(block, open)
    ok((await thrown(async () => await rows?.next())) instanceof TransactionEndedError)
    deepStrictEqual(await balances(db), [100, 50])
  }
  await within(db.transaction(), async (tx) => {
    await within(tx.transaction(), open)
    deepStrictEqual(await balances(tx), [100, 50])
  })
})

claim('what cannot run beside a cursor is refused, and waits for nothing', async (db) => {
  await within(db.connection(), async (connection) => {
    const rows = connection.cursor('select * from account', [], { batchSize: 1 })[Symbol.asyncIterator]()
    const outcomes = await Promise.allSettled([
      rows.next(),
      connection.query`select 1`,
      within(connection.transaction(), () => {}),
    ])
    for (const outcome of outcomes) ok(outcome.status === 'fulfilled' || outcome.reason instanceof DatabaseError)
    await rows.return?.()
    deepStrictEqual(await balances(connection), [100, 50])
  })
})

claim('refuses to read no rows at a time', async (db) => {
  for (const batchSize of [0, -1, 1.5, Number.NaN]) {
    const cursor = db.cursor('select * from account', [], { batchSize })
    ok((await thrown(() => cursor[Symbol.asyncIterator]().next())) instanceof UsageError)
  }
})

claim('gives an error of a cursor to the loop, and its connection back', async (db) => {
  ok(
    (await thrown(async () => {
      for await (const _row of db.cursor`selec 1`) break
    })) instanceof StatementError,
  )
  const unread = db.cursor`select * from account`
  await unread.close()
  deepStrictEqual(await unread[Symbol.asyncIterator]().next(), { done: true, value: undefined })
})

claim('runs nothing in a cancelled scope', async (db) => {
  await within(new CancelScope(), async (scope) => {
    scope.cancel()
    strictEqual(await thrown(() => db.execute`delete from account`), scope.signal.reason)
    strictEqual(await thrown(() => within(db.transaction(), () => {})), scope.signal.reason)
    strictEqual(
      await thrown(async () => {
        for await (const _row of db.cursor`select 1`);
      }),
      scope.signal.reason,
    )
  })
  strictEqual((await db.query`select * from account`).length, 2)
})

claim('undoes a transaction whose scope is cancelled', async (db) => {
  await within(new CancelScope(), async (scope) => {
    await within(db.transaction(), async (tx) => {
      await tx.execute`update account set balance = ${0}`
      scope.cancel()
      await tx.query`select 1`
    })
  })
  deepStrictEqual(await balances(db), [100, 50])
})

claim('undoes all transactions of a group in which one fails', async (db) => {
  const error = await thrown(() =>
    within(new TaskGroup(), (group) => {
      group.spawn(() =>
        within(db.transaction(), (tx) => tx.execute`update account set balance = ${-1} where id = ${1}`),
      )
      group.spawn(() =>
        within(db.transaction(), async (tx) => {
          await tx.execute`update account set balance = ${0} where id = ${2}`
          for (;;) await tx.query`select 1`
        }),
      )
    }),
  )
  ok(error instanceof AggregateError)
  deepStrictEqual(await balances(db), [100, 50])
})

claim('tries a function in a transaction, and gives its result', async (db) => {
  const result = await db.transact(async (tx) => {
    await tx.execute`update account set balance = ${8} where id = ${1}`
    return await balances(tx)
  })
  deepStrictEqual(result, [8, 50])
  await thrown(() =>
    db.transact(async (tx) => {
      await tx.execute`update account set balance = ${9} where id = ${1}`
      throw new Error('meant to fail')
    }),
  )
  deepStrictEqual(await balances(db), [8, 50])
})

claims.push({
  claim: 'refuses what is given to it after it was closed, and can be closed twice',
  check: async ({ open }) => {
    const db = open()
    await within(db, (opened) => opened.query`select 1`)
    ok((await thrown(() => db.query`select 1`)) instanceof ClosedError)
    await db.close()
    ok((await thrown(() => within(db, () => {}))) instanceof Error)
  },
})

claims.push({
  claim: 'opens nothing before it is used',
  check: async ({ open }) => {
    const db = open()
    strictEqual(db.statistics().created, 0)
    await db.close()
  },
})

/** All of them. */
export const databaseContract: readonly DatabaseClaim[] = claims
