/** Ways of using a MariaDB server with a pool of ten connections. */
import mysql2 from 'mysql2/promise'
import { hold, within } from 'withal'
import { mysql } from 'withal/mysql'
import { mariadbServer } from '../../test/servers/mariadb-server.ts'
import { handedRound } from './handed-round.ts'
import type { Way } from './way.ts'

const size = 10

const find = 'select id, name from item where id = ?'
const take = 'update account set balance = balance - 1 where id = ?'
const give = 'update account set balance = balance + 1 where id = ?'
const look = 'select balance from account where id = ?'

/** All of them, on a server of their own, which ends with the process. */
export async function mysqlWays(): Promise<readonly Way[]> {
  const { value: server } = await hold(mariadbServer())
  server.unref()
  const url = server.url()
  await within(mysql(url), async (db) => {
    await db.execute('create table item (id integer primary key, name text)')
    await db.execute("insert into item select seq, concat('item number ', seq) from seq_1_to_1000")
    await db.execute('create table account (id integer primary key, balance integer not null)')
    await db.execute('insert into account select seq, 1000 from seq_1_to_1000')
  })
  return [await bareDriver(url), withal(url), mysql2Pool(url)]
}

async function bareDriver(url: string): Promise<Way> {
  const { acquire, release } = await handedRound(() => mysql2.createConnection(url), size)
  return {
    name: 'the bare driver',
    role: 'limit',
    async query(id) {
      const client = await acquire()
      try {
        return rowsOf(await client.execute(find, [id])).length
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

function withal(url: string): Way {
  const db = mysql(url, { max: size })
  return {
    name: 'withal/mysql',
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

function mysql2Pool(url: string): Way {
  const pool = mysql2.createPool({ uri: url, connectionLimit: size })
  return {
    name: 'mysql2 pool',
    role: 'peer',
    query: async (id) => rowsOf(await pool.execute(find, [id])).length,
    async transfer(from, to) {
      const client = await pool.getConnection()
      try {
        return await transferOn(client, from, to)
      } finally {
        client.release()
      }
    },
  }
}

async function transferOn(client: mysql2.Connection, from: number, to: number): Promise<number> {
  await client.query('start transaction')
  try {
    await client.execute(take, [from])
    await client.execute(give, [to])
    const rows = rowsOf(await client.execute(look, [from]))
    await client.query('commit')
    return rows.length
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

function rowsOf([rows]: readonly [unknown, unknown]): readonly unknown[] {
  return rows as readonly unknown[] // of a select
}
