import { ClosedError, UsageError, within } from 'withal'
import {
  AuthenticationError,
  ConnectionError,
  mysql,
  ParameterError,
  StatementError,
  UnknownDatabaseError,
} from 'withal/mysql'
import { describe, expect, test } from 'vitest'
import { mariadbForTests } from '../../../test/servers/for-tests.ts'
import { freePort } from '../../../test/servers/guarded-process.ts'
import { hasMariadb } from '../../../test/servers/mariadb-server.ts'
import { thrownAtOnceBy, thrownBy } from '../../../test/thrown.ts'

const nothing = (): void => {}

test.for([
  '',
  'postgresql://localhost/a',
  'localhost',
  7,
  'mysql://user:hush@host:port/a',
  'mysql//user:hush@localhost/a',
  'mysql://user:hush%@localhost/a',
  'mysql://localhost/a?sslmode=require',
])('takes %j for no address, and does not repeat a password', (address) => {
  const error = thrownAtOnceBy(() => mysql(address as string))
  expect(error).toBeInstanceOf(UsageError)
  expect(String(error)).toContain('is no address of a MySQL database')
  expect(String(error)).not.toContain('hush')
})

test('says that nobody listens at a port, and what to look at', async () => {
  const port = await freePort()
  const error = await thrownBy(() => within(mysql(`mysql://a:hush@127.0.0.1:${port}/shop`), nothing))
  expect(error).toBeInstanceOf(ConnectionError)
  expect(String(error)).toContain(`MySQL at 127.0.0.1:${port}/shop could not be reached`)
  expect(String(error)).toContain('Look whether it is running')
  expect(String(error)).not.toContain('hush')
})

test('says that a host has no address', async () => {
  const error = await thrownBy(() => within(mysql('mysql://no-such-host.invalid/shop'), nothing))
  expect(error).toBeInstanceOf(ConnectionError)
  expect(String(error)).toContain('Look at the name of the host')
})

describe.skipIf(!hasMariadb)('at a server (left out where MariaDB is not installed)', () => {
  const server = mariadbForTests({ settings: { 'max-connections': '10' } })

  test.for([{ secret: 'hush' }, { secret: '' }, { user: 'nobody' }])('says that %j is not let in', async (who) => {
    const error = await thrownBy(() => within(mysql(server().url(who)), nothing))
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(String(error)).toContain('Look at the user, the password')
    expect(String(error)).not.toContain('hush')
  })

  test('takes a password beside the address, also from a function', async () => {
    const address = `mysql://withal@127.0.0.1:${server().port}/withal`
    const { password } = server()
    for (const given of [password, () => password, async () => password])
      expect(await within(mysql(address, { password: given }), (db) => db.queryValue`select 1`)).toBe(1)
  })

  test('says that there is no such database', async () => {
    const error = await thrownBy(() => within(mysql(server().url({ database: 'nowhere' })), nothing))
    expect(error).toBeInstanceOf(UnknownDatabaseError)
    expect(String(error)).toContain("Unknown database 'nowhere'")
  })

  test('says that the server speaks no TLS', async () => {
    const error = await thrownBy(() => within(mysql(server().url(), { ssl: true }), nothing))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(String(error)).toContain('Leave out `ssl`')
  })

  test('says which statement was wrong, and in which way', async () => {
    await within(mysql(server().url()), async (db) => {
      const error = await thrownBy(() => db.query`select lenth('a')`)
      expect(error).toBeInstanceOf(StatementError)
      expect(error).toMatchObject({ sqlState: '42000', statement: "select lenth('a')" })
      expect(String(error)).toContain('FUNCTION withal.lenth does not exist')
    })
  })

  test('says that a parameter is missing, or cannot be sent', async () => {
    await within(mysql(server().url()), async (db) => {
      for (const parameters of [[1], [1, 2, 3]])
        expect(String(await thrownBy(() => db.query('select ?, ?', parameters)))).toContain(
          'takes 2 parameters and was given',
        )
      const circle: Record<string, unknown> = {}
      circle['circle'] = circle
      const error = await thrownBy(() => db.query`select ${circle}`)
      expect(error).toBeInstanceOf(ParameterError)
      expect(String(error)).toContain('Parameter 1 cannot be sent')
      await db.execute`create or replace table whole (id integer)`
      expect(await thrownBy(() => db.execute`insert into whole values (${'x'})`)).toBeInstanceOf(ParameterError)
    })
  })

  test('says that the server has as many connections as it may, and gets one when there is one', async () => {
    await within(mysql(server().url(), { max: 11 }), async (full) => {
      // One more than it may have is kept for administrators, who this user is.
      const held = await Promise.all(Array.from({ length: 11 }, () => full.connect()))
      const error = await thrownBy(() =>
        within(mysql(server().url(), { acquireTimeout: 300 }), (db) => db.query`select 1`),
      )
      expect(error).toBeInstanceOf(ConnectionError)
      expect(String(error)).toContain('lower `max`')
      await Promise.all(held.map((connection) => connection.release()))
    })
    await within(mysql(server().url(), { max: 1 }), async (db) => expect(await db.queryValue`select 1`).toBe(1))
  })

  test('refuses a database that was closed', async () => {
    const db = mysql(server().url())
    await db.close()
    expect(await thrownBy(() => db.query`select 1`)).toBeInstanceOf(ClosedError)
  })
})
