/** Ways of using a database with a pool of ten connections. */
import { Kysely, PostgresDialect } from 'kysely'
import type { Generated } from 'kysely'
import pg from 'pg'
import postgresJs from 'postgres'
import { within } from 'withal'
import { postgres } from 'withal/postgres'
import { handedRound } from './handed-round.ts'
import { address, schema } from './server.ts'
import type { Way } from './way.ts'

const size = 10

const find = { name: 'find', text: 'select id, name from item where id = $1' }
const take = { name: 'take', text: 'update account set balance = balance - 1 where id = $1' }
const give = { name: 'give', text: 'update account set balance = balance + 1 where id = $1' }
const look = { name: 'look', text: 'select balance from account where id = $1' }

/** All of them, on a server of their own. */
export async function ways(): Promise<readonly Way[]> {
  const url = await address()
  await within(postgres(url), (db) => db.execute(schema))
  return [await bareDriver(url), withal(url), pgPool(url), kysely(url), postgresPackage(url)]
}

/** The driver with one connection for each worker, and nothing in between: who comes when all are busy waits for the next that is free. */
async function bareDriver(url: string): Promise<Way> {
  const { acquire, release } = await handedRound(async () => {
    const client = new pg.Client(url)
    await client.connect()
    return client
  }, size)
  return {
    name: 'the bare driver',
    role: 'limit',
    async query(id) {
      const client = await acquire()
      try {
        return (await client.query({ ...find, values: [id] })).rows.length
      } finally {
        release(client)
      }
    },
    async transfer(from, to) {
      const client = await acquire()
      try {
        return await transferOn(client, from, to)
      } finally {
        release(client)
      }
    },
  }
}

async function transferOn(client: pg.ClientBase, from: number, to: number): Promise<number> {
  await client.query('begin')
  try {
    await client.query({ ...take, values: [from] })
    await client.query({ ...give, values: [to] })
    const { rows } = await client.query({ ...look, values: [from] })
    await client.query('commit')
    return rows.length
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

function withal(url: string): Way {
  const db = postgres(url, { max: size })
  return {
    name: 'withal/postgres',
    role: 'library',
    query: async (id) => (await db.query`select id, name from item where id = ${id}`).length,
    transfer: (from, to) =>
      within(db.transaction(), async (tx) => {
        await tx.execute`update account set balance = balance - 1 where id = ${from}`
        await tx.execute`update account set balance = balance + 1 where id = ${to}`
        return (await tx.query`select balance from account where id = ${from}`).length
      }),
  }
}

function pgPool(url: string): Way {
  const pool = new pg.Pool({ connectionString: url, max: size })
  return {
    name: 'pg.Pool',
    role: 'peer',
    query: async (id) => (await pool.query({ ...find, values: [id] })).rows.length,
    async transfer(from, to) {
      const client = await pool.connect()
      try {
        return await transferOn(client, from, to)
      } finally {
        client.release()
      }
    },
  }
}

interface Tables {
  readonly item: { readonly id: Generated<number>; readonly name: string }
  readonly account: { readonly id: Generated<number>; readonly balance: number }
}

function kysely(url: string): Way {
  const pool = new pg.Pool({ connectionString: url, max: size })
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) })
  return {
    name: 'Kysely on pg.Pool',
    role: 'peer',
    query: async (id) => (await db.selectFrom('item').select(['id', 'name']).where('id', '=', id).execute()).length,
    transfer: (from, to) =>
      db.transaction().execute(async (tx) => {
        const change = (id: number, by: number): Promise<unknown> =>
          tx
            .updateTable('account')
            .set((row) => ({ balance: row('balance', '+', by) }))
            .where('id', '=', id)
            .execute()
        await change(from, -1)
        await change(to, 1)
        return (await tx.selectFrom('account').select('balance').where('id', '=', from).execute()).length
      }),
  }
}

function postgresPackage(url: string): Way {
  const db = postgresJs(url, { max: size })
  return {
    name: 'postgres (npm)',
    role: 'peer',
    query: async (id) => (await db`select id, name from item where id = ${id}`).length,
    transfer: async (from, to) =>
      await db.begin(async (tx) => {
        await tx`update account set balance = balance - 1 where id = ${from}`
        await tx`update account set balance = balance + 1 where id = ${to}`
        return (await tx`select balance from account where id = ${from}`).length
      }),
  }
}
