/** What the errors of undici and of the platform mean. */
import { ClosedError, UsageError } from '../../errors/index.ts'
import { ConnectError, ConnectionLostError, HttpTimeoutError, ProtocolError } from './errors.ts'
import type { HttpErrorDetails } from './errors.ts'

/** How far a request had come. */
export type Progress = 'connecting' | 'sent' | 'answered'

interface PlatformError extends Error {
  readonly code?: unknown
}

/** Why a request failed, given what undici says. */
export function failureOf(error: unknown, details: HttpErrorDetails, progress: Progress, connectLimit: number): Error {
  const { code, message } = error as PlatformError
  const caused = { ...details, cause: error }
  switch (code) {
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH':
      return new UsageError('WITHAL_INVALID_ARGUMENT', `${details.method} ${details.url} cannot be sent: ${message}.`, {
        cause: error,
      })
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return clientClosed(details)
    case 'UND_ERR_CONNECT_TIMEOUT':
      return new HttpTimeoutError('connect', connectLimit, caused)
  }
  if (progress === 'connecting') return new ConnectError(connectText(error as PlatformError), caused)
  if (isNoHttp(error as PlatformError)) {
    return new ProtocolError(`what came back is no HTTP (${message}). Look whether the port is right.`, caused)
  }
  const when = progress === 'sent' ? 'before an answer came' : 'before the body was complete'
  return new ConnectionLostError(`the connection was lost ${when} (${reasonOf(error as PlatformError)}).`, caused)
}

/** A request of a client whose block is being left, or has been. */
export function clientClosed({ method, url }: Pick<HttpErrorDetails, 'method' | 'url'>): ClosedError {
  return new ClosedError(
    `${method} ${url}: the client was closed. Wait for all requests inside its block, or open a new one.`,
  )
}

function isNoHttp({ name, code }: PlatformError): boolean {
  if (name === 'HTTPParserError') return code !== 'HPE_INVALID_EOF_STATE' // that is an end too early
  return code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
}

const connectTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there (ECONNREFUSED). Look whether the server runs, and at host and port.',
  ENOTFOUND: 'the name of the host is not known (ENOTFOUND). Look at its spelling.',
  EAI_AGAIN: 'the name of the host could not be looked up (EAI_AGAIN). Look at the network.',
  ECONNRESET: 'the server closed the connection while it was being made (ECONNRESET).',
  UND_ERR_PRX_CONN: 'the proxy closed the connection. Look whether it runs, and at its host and port.',
}

function connectText(error: PlatformError): string {
  const { code } = error
  const known = typeof code === 'string' ? connectTexts[code] : undefined
  return known ?? `no connection could be made: ${reasonOf(error)}.`
}

function reasonOf({ code, message }: PlatformError): string {
  const text = message === '' ? 'no reason is given' : message
  return typeof code === 'string' && !code.startsWith('UND_ERR') && !text.includes(code) ? `${code}: ${text}` : text
}
