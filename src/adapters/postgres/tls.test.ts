import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TimeoutError, UsageError, within } from 'withal'
import { ConnectionError, postgres } from 'withal/postgres'
import type { PostgresDatabase } from 'withal/postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { certificate } from '../../../test/certificate.ts'
import { postgresForTests } from '../../../test/servers/for-tests.ts'
import { hasPostgres } from '../../../test/servers/postgres-server.ts'
import { thrownAtOnceBy, thrownBy } from '../../../test/thrown.ts'

test('refuses a mode of TLS that falls back to none', () => {
  const error = thrownAtOnceBy(() => postgres('postgresql://localhost/a?sslmode=prefer'))
  expect(error).toBeInstanceOf(UsageError)
  expect(String(error)).toContain('Give one of: disable, no-verify')
})

describe.skipIf(!hasPostgres)('TLS (left out where PostgreSQL is not installed)', () => {
  const server = postgresForTests({ tls: certificate })
  const folder = mkdtempSync(join(tmpdir(), 'withal-tls-'))
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, certificate.cert)
  afterAll(() => rmSync(folder, { recursive: true }))

  const isEncrypted = (db: PostgresDatabase): Promise<boolean> =>
    db.queryValue<boolean>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`

  test('encrypts with the certificate of its authority, from an option and from the address', async () => {
    expect(await within(postgres(server().url(), { ssl: { ca: certificate.cert } }), isEncrypted)).toBe(true)
    for (const mode of ['verify-full', 'verify-ca', 'require']) {
      const address = `${server().url()}?sslmode=${mode}&sslrootcert=${encodeURIComponent(ca)}`
      expect(await within(postgres(address), isEncrypted)).toBe(true)
    }
    expect(await within(postgres(`${server().url()}?sslmode=no-verify`), isEncrypted)).toBe(true)
    expect(await within(postgres(`${server().url()}?sslmode=disable`), isEncrypted)).toBe(false)
  })

  test('takes no certificate that nobody has signed, and says what to give', async () => {
    const error = await thrownBy(() => within(postgres(`${server().url()}?sslmode=require`), () => {}))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(String(error)).toContain('ssl: { ca }')
  })

  test('R15 stops statements over TLS, too', async () => {
    await within(postgres(server().url(), { ssl: { ca: certificate.cert }, max: 1 }), async (db) => {
      const error = await thrownBy(() => db.query('select pg_sleep(60)', [], { timeout: 50 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(await isEncrypted(db)).toBe(true)
      expect(db.statistics()).toMatchObject({ created: 1, destroyed: 0 })
    })
  })
})
