/** What an address says of TLS. There is no mode that falls back to none. */
import { readFileSync } from 'node:fs'
import { UsageError } from '../../errors/index.ts'

/** What `tls.connect` takes; `true`: TLS, with the certificate checked; `false`: none. */
export type Ssl = boolean | Readonly<Record<string, unknown>>

const modes = ['disable', 'no-verify', 'require', 'verify-ca', 'verify-full'] as const

/**
 * Reads `sslmode`, `sslrootcert`, `sslcert` and `sslkey`. `require` checks the certificate, too; `verify-ca` does not check the host.
 *
 * @throws UsageError  Another mode.
 * @throws  What reading a file throws.
 */
export function sslOf(parameters: URLSearchParams): Ssl | undefined {
  const files = { ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' }
  const given = Object.entries(files).filter(([, name]) => parameters.has(name))
  const certificates = Object.fromEntries(
    given.map(([key, name]) => [key, readFileSync(parameters.get(name) ?? '', 'utf8')]),
  )
  const mode = modeOf(parameters) ?? (given.length > 0 ? 'verify-full' : undefined)
  if (mode === undefined) return undefined
  if (mode === 'disable') return false
  if (mode === 'no-verify') return { ...certificates, rejectUnauthorized: false }
  if (mode === 'verify-ca') return { ...certificates, checkServerIdentity: () => undefined }
  return given.length > 0 ? certificates : true
}

function modeOf(parameters: URLSearchParams): (typeof modes)[number] | undefined {
  const given = parameters.get('sslmode')
  if (given === null) return /^(?:true|1)$/.test(parameters.get('ssl') ?? '') ? 'verify-full' : undefined
  const mode = modes.find((known) => known === given)
  if (mode !== undefined) return mode
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`sslmode\` is ${JSON.stringify(given)}. Give one of: ${modes.join(', ')}.`,
  )
}
