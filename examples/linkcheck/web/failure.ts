/** What went wrong with a request, in the words of a report. */
import { StateError, TimeoutError, UsageError } from 'withal'
import { ConnectError, HttpError, HttpTimeoutError, InvalidUrlError } from 'withal/http'

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name of the host could not be looked up',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no way to the network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody else',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by nobody known',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is that of another host',
}

const kinds: Readonly<Record<string, string>> = {
  WITHAL_HTTP_CONNECT: 'no connection',
  WITHAL_HTTP_CONNECTION_LOST: 'the connection was lost',
  WITHAL_HTTP_PROTOCOL: 'what came back is no HTTP',
  WITHAL_HTTP_DECODING: 'the content cannot be decompressed',
  WITHAL_HTTP_TOO_LARGE: 'the answer is too large',
}

/** `undefined` when it was no failure of the request: that passes. */
export function failureOf(error: unknown): string | undefined {
  if (error instanceof HttpTimeoutError)
    return error.phase === 'connect' ? 'no connection in time' : 'no answer in time'
  if (error instanceof TimeoutError) return 'no answer in time'
  if (error instanceof ConnectError) return causes[codeOf(error.cause)] ?? `no connection (${codeOf(error.cause)})`
  if (error instanceof HttpError) return kinds[error.code] ?? error.message
  if (error instanceof InvalidUrlError) return 'is no valid URL'
  if (error instanceof UsageError && !(error instanceof StateError)) return 'cannot be asked for'
  return undefined
}

/** Whether it is of no use to ask that host in another way: there was no connection. */
export function isWithoutConnection(error: unknown): boolean {
  return error instanceof ConnectError || (error instanceof HttpTimeoutError && error.phase === 'connect')
}

function codeOf(cause: unknown): string {
  const { code, errors } = (cause ?? {}) as { code?: unknown; errors?: readonly unknown[] }
  if (typeof code === 'string') return code
  return errors === undefined ? 'unknown' : codeOf(errors[0])
}
