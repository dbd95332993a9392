/**
 * What can go wrong with a request. The class tells whose doing it was; the `cause` is the error of undici or of the platform.
 *
 *     HttpError                     `method`, `url`, `status`, `attempt`
 *     ├─ ConnectError               no connection could be made: nothing was sent
 *     ├─ ConnectionLostError        the connection was lost before the answer was complete
 *     ├─ ProtocolError              what came back is no HTTP
 *     ├─ StatusError                `raiseForStatus()` met 400 or more: `response` (response.ts)
 *     ├─ RedirectError              a redirect that is not followed: too many, or to where there is no HTTP
 *     ├─ DecodingError              the body is not what its headers or its reader take it for
 *     ├─ TooLargeError              the body is larger than allowed
 *     └─ EventStreamError           what was to be a stream of events is something else
 *
 * Beside them stand `HttpTimeoutError` (a `TimeoutError` with the same fields), `InvalidUrlError` (a `UsageError`), and
 * `MissingClientError` (undici is not installed).
 */
import { TimeoutError, UsageError } from '../../errors/index.ts'

/** Every code an error of `withal/http` can have, besides those of docs/errors.md; docs/http.md explains each. */
export const httpErrorCodes = [
  'WITHAL_HTTP_CONNECT',
  'WITHAL_HTTP_CONNECTION_LOST',
  'WITHAL_HTTP_PROTOCOL',
  'WITHAL_HTTP_STATUS',
  'WITHAL_HTTP_REDIRECT',
  'WITHAL_HTTP_DECODING',
  'WITHAL_HTTP_TOO_LARGE',
  'WITHAL_HTTP_EVENT_STREAM',
  'WITHAL_HTTP_MISSING_CLIENT',
] as const

/** One of {@link httpErrorCodes}. */
export type HttpErrorCode = (typeof httpErrorCodes)[number]

/** What an error of a request knows. */
export interface HttpErrorDetails {
  readonly method: string
  /** Where it went, without user, password and what else the query calls a secret. */
  readonly url: string
  /** The number of the attempt, from 1; redirects do not count. */
  readonly attempt: number
  /** The status of the answer, where there was one. */
  readonly status?: number | undefined
  readonly cause?: unknown
}

/** A request failed. */
export class HttpError extends Error implements HttpErrorDetails {
  readonly code: HttpErrorCode
  readonly method: string
  readonly url: string
  readonly attempt: number
  readonly status: number | undefined
  constructor(code: HttpErrorCode, what: string, details: HttpErrorDetails) {
    super(textOf(what, details), 'cause' in details ? { cause: details.cause } : undefined)
    this.code = code
    this.method = details.method
    this.url = details.url
    this.attempt = details.attempt
    this.status = details.status
  }
}

/** No connection could be made: the name is not known, nobody listens, the certificate is not trusted. Nothing was sent. */
export class ConnectError extends HttpError {
  constructor(what: string, details: HttpErrorDetails) {
    super('WITHAL_HTTP_CONNECT', what, details)
  }
}

/** The connection was lost before the answer was complete. Whether the server has acted on the request, nobody knows. */
export class ConnectionLostError extends HttpError {
  constructor(what: string, details: HttpErrorDetails) {
    super('WITHAL_HTTP_CONNECTION_LOST', what, details)
  }
}

/** What came back is no HTTP. */
export class ProtocolError extends HttpError {
  constructor(what: string, details: HttpErrorDetails) {
    super('WITHAL_HTTP_PROTOCOL', what, details)
  }
}

/** A redirect that cannot be followed. */
export class RedirectError extends HttpError {
  constructor(what: string, details: HttpErrorDetails) {
    super('WITHAL_HTTP_REDIRECT', what, details)
  }
}

/** A body is not what its `content-encoding` says, or no JSON. */
export class DecodingError extends HttpError {
  constructor(what: string, details: HttpErrorDetails) {
    super('WITHAL_HTTP_DECODING', what, details)
  }
}

/** A body is larger than `limits.body`. The rest of it was not read. */
export class TooLargeError extends HttpError {
  constructor(what: string, details: HttpErrorDetails) {
    super('WITHAL_HTTP_TOO_LARGE', what, details)
  }
}

/** The server does not answer with a stream of events. */
export class EventStreamError extends HttpError {
  constructor(what: string, details: HttpErrorDetails) {
    super('WITHAL_HTTP_EVENT_STREAM', what, details)
  }
}

/** What can take too long: waiting for a free place, connecting, until the headers come, between two pieces of the body, or all of it. */
export type TimeoutPhase = 'queue' | 'connect' | 'headers' | 'body' | 'total'

/** A request took longer than it may. It has been stopped. */
export class HttpTimeoutError extends TimeoutError implements HttpErrorDetails {
  readonly phase: TimeoutPhase
  readonly method: string
  readonly url: string
  readonly attempt: number
  readonly status: number | undefined
  constructor(phase: TimeoutPhase, allowed: number, details: HttpErrorDetails) {
    super(
      textOf(`${phaseTexts[phase]} within ${allowed} ms. Raise \`timeout.${phase}\`.`, details),
      allowed,
      'cause' in details ? { cause: details.cause } : undefined,
    )
    this.phase = phase
    this.method = details.method
    this.url = details.url
    this.attempt = details.attempt
    this.status = details.status
  }
}

const phaseTexts: Readonly<Record<TimeoutPhase, string>> = {
  queue: 'no place came free among the requests to this host',
  connect: 'no connection was made',
  headers: 'no answer came',
  body: 'no more of the body came',
  total: 'it was not done',
}

/** The URL of a request makes no sense. Nothing was sent. */
export class InvalidUrlError extends UsageError {
  /** @param what  What was given, what is wrong, what to do. */
  constructor(what: string) {
    super('WITHAL_INVALID_ARGUMENT', what)
  }
}

/** The package undici is not installed. */
export class MissingClientError extends Error {
  readonly code: HttpErrorCode = 'WITHAL_HTTP_MISSING_CLIENT'
}

function textOf(what: string, { method, url, attempt }: HttpErrorDetails): string {
  return `${method} ${url}${attempt > 1 ? ` (attempt ${attempt})` : ''}: ${what}`
}

nameErrors({
  HttpError,
  ConnectError,
  ConnectionLostError,
  ProtocolError,
  RedirectError,
  DecodingError,
  TooLargeError,
  EventStreamError,
  HttpTimeoutError,
  InvalidUrlError,
  MissingClientError,
})

/** Puts the names on the prototypes, not enumerable, as the platform does; minifiers may rename classes. */
export function nameErrors(classes: Readonly<Record<string, { readonly prototype: Error }>>): void {
  for (const [name, errorClass] of Object.entries(classes)) {
    Object.defineProperty(errorClass.prototype, 'name', { value: name, writable: true, configurable: true })
  }
}
