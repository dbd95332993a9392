/** Where a database is, and what stands for that in messages: never the password. */
import { UsageError } from '../../errors/index.ts'
import { withoutSecret } from '../database/network.ts'
import type { MysqlConfig } from './mysql2.ts'

/** What an address means. */
export interface Address {
  /** As messages call it. */
  readonly name: string
  /** What the driver is told. */
  readonly config: MysqlConfig
  /** Whether it asks for TLS. */
  readonly isEncrypted: boolean
}

/** @throws UsageError  It is none. What was given stands in the text without its password. */
export function addressOf(given: unknown): Address {
  if (typeof given !== 'string') throw noAddress(String(given))
  const url = parse(given)
  const known = new Set(['socket', 'ssl'])
  const unknown = [...url.searchParams.keys()].find((key) => !known.has(key))
  if (unknown !== undefined) throw noAddress(withoutSecret(given), `It knows no parameter \`${unknown}\`. `)
  const host = decode(url.hostname, given) || 'localhost'
  const port = url.port === '' ? 3306 : Number(url.port)
  const user = decode(url.username, given)
  const password = decode(url.password, given)
  const database = decode(url.pathname.slice(1), given)
  const socket = url.searchParams.get('socket')
  const place = socket ?? `${host}:${port}`
  return {
    name: `MySQL at ${place}${database === '' ? '' : `/${database}`}`,
    isEncrypted: isYes(url.searchParams.get('ssl')),
    config: {
      ...(socket === null ? { host: host.replace(/^\[(.*)\]$/, '$1'), port } : { socketPath: socket }),
      ...(user === '' ? {} : { user }),
      ...(password === '' ? {} : { password }),
      ...(database === '' ? {} : { database }),
    },
  }
}

function isYes(text: string | null): boolean {
  return text !== null && !['0', 'false', 'no'].includes(text)
}

function parse(given: string): URL {
  let url: URL
  try {
    url = new URL(given)
  } catch {
    throw noAddress(withoutSecret(given))
  }
  if (url.protocol === 'mysql:' || url.protocol === 'mariadb:') return url
  throw noAddress(withoutSecret(given))
}

function decode(text: string, given: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw noAddress(withoutSecret(given))
  }
}

function noAddress(given: string, why = ''): UsageError {
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `${JSON.stringify(given)} is no address of a MySQL database. ${why}` +
      "Give 'mysql://user:password@host:3306/database', with what is special in the password written as %40; " +
      "'?ssl=true' for an encrypted connection, '?socket=/path' for one on the same machine.",
  )
}
