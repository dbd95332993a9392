import { ClosedError, UsageError, within } from 'withal'
import {
  AuthenticationError,
  ConnectionError,
  ParameterError,
  postgres,
  StatementError,
  UnknownDatabaseError,
} from 'withal/postgres'
import { describe, expect, test } from 'vitest'
import { postgresForTests } from '../../../test/servers/for-tests.ts'
import { freePort } from '../../../test/servers/guarded-process.ts'
import { hasPostgres } from '../../../test/servers/postgres-server.ts'
import { thrownAtOnceBy, thrownBy } from '../../../test/thrown.ts'

const nothing = (): void => {}

test.for(['', 'mysql://localhost/a', 'postgresql://user:hush@host:port/a', 'pglite://', 'localhost:5432', 7])(
  'takes %j for no address, and does not repeat a password',
  (address) => {
    const error = thrownAtOnceBy(() => postgres(address as string))
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain('is no address of a PostgreSQL database')
    expect(String(error)).not.toContain('hush')
  },
)

test('refuses an option that it does not know', () => {
  const options = { maximum: 3 } as object
  expect(String(thrownAtOnceBy(() => postgres('postgresql://localhost/a', options)))).toContain('no option `maximum`')
})

test('says that nobody listens at a port, and what to look at', async () => {
  const port = await freePort()
  const error = await thrownBy(() => within(postgres(`postgresql://a:hush@127.0.0.1:${port}/shop`), nothing))
  expect(error).toBeInstanceOf(ConnectionError)
  expect(String(error)).toContain(`PostgreSQL at 127.0.0.1:${port}/shop could not be reached`)
  expect(String(error)).toContain('Look whether it is running')
  expect(String(error)).not.toContain('hush')
})

test('says that a host has no address', async () => {
  const error = await thrownBy(() => within(postgres('postgresql://no-such-host.invalid/shop'), nothing))
  expect(error).toBeInstanceOf(ConnectionError)
  expect(String(error)).toContain('Look at the name of the host')
})

describe.skipIf(!hasPostgres)('at a server (left out where PostgreSQL is not installed)', () => {
  const server = postgresForTests()

  test('says that a password is wrong, not which', async () => {
    const error = await thrownBy(() => within(postgres(server().url({ secret: 'hush' })), nothing))
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(String(error)).toContain('Look at the user and the password')
    expect(String(error)).not.toContain('hush')
  })

  test('says that a password is missing', async () => {
    const error = await thrownBy(() =>
      within(postgres(`postgresql://withal@127.0.0.1:${server().port}/withal`), nothing),
    )
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(String(error)).toContain('Give one')
  })

  test('takes a password beside the address, also from a function', async () => {
    const address = `postgresql://withal@127.0.0.1:${server().port}/withal`
    const { password } = server()
    for (const given of [password, () => password, async () => password])
      expect(await within(postgres(address, { password: given }), (db) => db.queryValue`select 1`)).toBe(1)
  })

  test('says that there is no such database', async () => {
    const error = await thrownBy(() => within(postgres(server().url({ database: 'nowhere' })), nothing))
    expect(error).toBeInstanceOf(UnknownDatabaseError)
    expect(String(error)).toContain('database "nowhere" does not exist')
  })

  test('says that the server speaks no TLS', async () => {
    const error = await thrownBy(() => within(postgres(server().url(), { ssl: true }), nothing))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(String(error)).toContain('Leave out `ssl`')
  })

  test('says where in a statement the mistake is, and what the server advises', async () => {
    await within(postgres(server().url()), async (db) => {
      const error = await thrownBy(() => db.query`select lenth('a')`)
      expect(error).toBeInstanceOf(StatementError)
      expect(error).toMatchObject({ sqlState: '42883', position: 8, statement: "select lenth('a')" })
      expect(String(error)).toContain('No function matches')
    })
  })

  test('says that a parameter is missing, or of the wrong type', async () => {
    await within(postgres(server().url()), async (db) => {
      for (const [text, parameters] of [
        ['select $1', []],
        ['select $1::int', ['x']],
        ['select $1::int', [1, 2]],
      ] as const)
        expect(await thrownBy(() => db.query(text, parameters))).toBeInstanceOf(ParameterError)
    })
  })

  test('refuses a database that was closed', async () => {
    const db = postgres(server().url())
    await db.close()
    expect(await thrownBy(() => db.query`select 1`)).toBeInstanceOf(ClosedError)
  })
})
