/** Where a database is, and what stands for that in messages: never the password. */
import { UsageError } from '../../errors/index.ts'
import { withoutSecret } from '../database/network.ts'
import type { PgConfig } from './pg.ts'
import { sslOf } from './ssl.ts'

/** What an address means. */
export type Address =
  | { readonly kind: 'server'; readonly config: PgConfig; readonly name: string }
  /** PGlite, in a folder, or (empty) in memory. */
  | { readonly kind: 'embedded'; readonly folder: string; readonly name: string }

/** @throws UsageError  It is none. What was given stands in the text without its password. */
export function addressOf(given: unknown): Address {
  if (typeof given !== 'string') throw noAddress(String(given))
  return /^pglite:/i.test(given) ? embedded(given) : atServer(given)
}

function embedded(given: string): Address {
  const folder = decode(/^pglite:(?:\/\/)?(.*)$/i.exec(given)?.[1] ?? '', given)
  if (folder === '') throw noAddress(given)
  if (folder === 'memory' || folder === ':memory:') return { kind: 'embedded', folder: '', name: 'PGlite in memory' }
  return { kind: 'embedded', folder, name: `PGlite at ${folder}` }
}

function atServer(given: string): Address {
  const url = parse(given)
  const { env } = process
  const parameters = Object.fromEntries(url.searchParams)
  const { host: socket, port: socketPort, ...others } = parameters
  const host = socket ?? (decode(url.hostname.replace(/^\[(.*)\]$/, '$1'), given) || env['PGHOST'] || 'localhost')
  const port = url.port || socketPort || env['PGPORT'] || '5432'
  const user = decode(url.username, given) || env['PGUSER']
  const database = decode(url.pathname.slice(1), given) || env['PGDATABASE'] || user
  return {
    kind: 'server',
    name: `PostgreSQL at ${host}:${port}${database === undefined ? '' : `/${database}`}`,
    config: defined({
      ...others,
      host,
      port: Number(port),
      user,
      password: decode(url.password, given) || undefined,
      database,
      ssl: sslOf(url.searchParams),
    }),
  }
}

/** Without what is undefined: `pg` takes that for a value. */
export function defined(config: PgConfig): PgConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}

function parse(given: string): URL {
  if (!URL.canParse(given)) throw noAddress(given)
  const url = new URL(given)
  if (url.protocol !== 'postgres:' && url.protocol !== 'postgresql:') throw noAddress(given)
  return url
}

function decode(text: string, given: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw noAddress(given)
  }
}

function noAddress(given: string): UsageError {
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `${JSON.stringify(withoutSecret(given))} is no address of a PostgreSQL database. ` +
      "Give 'postgresql://user:password@host:5432/database', with what is special in the password written as %40; " +
      "or 'pglite://memory', 'pglite://./data' for an embedded one.",
  )
}
