/** What a client and a request can be told, and what holds when they are told nothing. */
import type { ConnectionOptions } from 'node:tls'
import { checkDuration } from '../../clock.ts'
import { UsageError } from '../../errors/index.ts'
import type { WaitOptions } from '../../tasks/index.ts'
import type { CookieJar } from './cookies.ts'
import type { BodySource, FormValues } from './request-body.ts'
import type { RetryPolicy, Retries } from './retrying.ts'
import { retryPolicyOf } from './retrying.ts'
import { settingsNamed } from './named-settings.ts'
import type { HeaderValues } from './request-headers.ts'
import type { Hooks } from './hooks.ts'
import type { Query } from './target.ts'

/** How long each part of a request may take, in milliseconds; `Infinity` is no limit. */
export interface Timeouts {
  /** Until a connection is made. Default: 10,000. */
  readonly connect?: number | undefined
  /** Without any progress from the connection to the headers of the answer. Default: 30,000. */
  readonly headers?: number | undefined
  /** Between two pieces of the body. Default: 30,000. */
  readonly body?: number | undefined
  /** Waiting until fewer requests than `limits` allow are under way. Default: no limit. */
  readonly queue?: number | undefined
  /** All of it, with attempts and redirects. Default: no limit. */
  readonly total?: number | undefined
}

/** How much a client does at the same time, and takes. */
export interface Limits {
  /** Requests under way at the same time to one host: with HTTP/1.1 as many connections. Default: 100. */
  readonly perHost?: number | undefined
  /** Requests under way at the same time to all hosts. Default: no limit. */
  readonly total?: number | undefined
  /** How many may wait for their turn, per host; one more fails with a `FullError`. Default: no limit. */
  readonly waiting?: number | undefined
  /** The largest body that is read by itself, in bytes, before and after decoding. Default: 100 MiB. */
  readonly body?: number | undefined
  /** How long a connection that nobody uses is kept, in milliseconds, where the server says nothing. Default: 4,000. */
  readonly idleTimeout?: number | undefined
}

/** What {@link httpClient} takes. */
export interface HttpClientOptions {
  /** What relative URLs are appended to: `https://example.org/api` and `/users` make `https://example.org/api/users`. */
  readonly baseUrl?: string | URL | undefined
  /** Sent with every request; where there is a `baseUrl`, `authorization` and `cookie` only to its host. */
  readonly headers?: HeaderValues | undefined
  /** Milliseconds for each request in all, or for its parts. */
  readonly timeout?: number | Timeouts | undefined
  /** How often a request is tried again, or in detail when. Default: 0. */
  readonly retries?: number | Retries | undefined
  /** How many redirects are followed; 0 gives the redirect itself. Default: 10. */
  readonly redirects?: number | undefined
  readonly limits?: Limits | undefined
  /** Whether HTTP/2 is spoken where the server can; `'cleartext'` speaks it without TLS, too. Default: false. */
  readonly http2?: boolean | 'cleartext' | undefined
  /** `http://user:password@host:port` of a proxy. */
  readonly proxy?: string | URL | undefined
  /** For connections with TLS: `ca`, `cert`, `key`, `rejectUnauthorized`, … as `tls.connect` takes them. */
  readonly tls?: ConnectionOptions | undefined
  readonly hooks?: Hooks | undefined
  /** Whether cookies are kept and sent back, or the jar for them. Default: false. */
  readonly cookies?: boolean | CookieJar | undefined
  /** In messages and in the list of what is open. Default: the host of `baseUrl`. */
  readonly name?: string | undefined
}

/** What every request takes. */
export interface RequestOptions extends WaitOptions {
  /** Appended to the query of the URL. */
  readonly query?: Query | undefined
  /** Besides those of the client; `undefined` leaves one of them out. */
  readonly headers?: HeaderValues | undefined
  /** A body of JSON. */
  readonly json?: unknown
  /** A body of a form: with a `FormData` one of several parts. */
  readonly form?: FormValues | undefined
  /** A body as it stands. Streams are sent as they come; a function that makes one lets it be sent again. */
  readonly body?: BodySource | undefined
  /** Milliseconds for all of it, or for its parts; what is not said here is as the client has it. */
  readonly timeout?: number | Timeouts | undefined
  readonly retries?: number | Retries | undefined
  readonly redirects?: number | undefined
}

/** What a request goes by. */
export interface RequestSettings {
  readonly timeouts: Required<{ readonly [phase in keyof Timeouts]: number }>
  readonly retries: RetryPolicy
  readonly redirects: number
}

/** What holds when nothing is said. */
export const defaultSettings: RequestSettings = {
  timeouts: { connect: 10_000, headers: 30_000, body: 30_000, queue: Infinity, total: Infinity },
  retries: retryPolicyOf(0),
  redirects: 10,
}

/**
 * What was told, over what holds otherwise.
 *
 * @throws UsageError  It makes no sense.
 */
export function settingsOf(
  { timeout, retries, redirects }: Pick<RequestOptions, 'timeout' | 'retries' | 'redirects'>,
  otherwise: RequestSettings,
): RequestSettings {
  if (timeout === undefined && retries === undefined && redirects === undefined) return otherwise
  return {
    timeouts: timeout === undefined ? otherwise.timeouts : timeoutsOf(timeout, otherwise.timeouts),
    retries: retries === undefined ? otherwise.retries : retryPolicyOf(retries),
    redirects: redirects === undefined ? otherwise.redirects : wholeNumber(redirects, 'redirects'),
  }
}

function timeoutsOf(timeout: number | Timeouts, otherwise: RequestSettings['timeouts']): RequestSettings['timeouts'] {
  const given: Timeouts = typeof timeout === 'number' ? { total: timeout } : timeout
  if (typeof given !== 'object' || given === null) checkDuration(given, 'timeout')
  const timeouts = { ...otherwise }
  settingsNamed('timeout', given, Object.keys(otherwise))
  for (const [phase, limit] of Object.entries(given)) {
    if (limit === undefined) continue
    checkDuration(limit, typeof timeout === 'object' ? `timeout.${phase}` : 'timeout')
    timeouts[phase as keyof typeof timeouts] = limit // it is one of them
  }
  return timeouts
}

/** How much a client does, in full. */
export type ClientLimits = Required<{ readonly [limit in keyof Limits]: number }>

const defaultLimits: ClientLimits = {
  perHost: 100,
  total: Infinity,
  waiting: Infinity,
  body: 100 * 1024 * 1024,
  idleTimeout: 4_000,
}

/** @throws UsageError  A limit makes no sense. */
export function limitsOf(given: Limits = {}): ClientLimits {
  const limits = { ...defaultLimits }
  settingsNamed('limits', given, Object.keys(limits))
  for (const [name, limit] of Object.entries(given)) {
    if (limit === undefined) continue
    limits[name as keyof typeof limits] = wholeNumber(limit, `limits.${name}`) // it is one of them
  }
  if (limits.perHost < 1) wholeNumber(NaN, 'limits.perHost')
  if (limits.total < 1) wholeNumber(NaN, 'limits.total')
  return limits
}

function wholeNumber(value: unknown, name: string): number {
  if (value === Infinity || (Number.isInteger(value) && (value as number) >= 0)) return value as number // it is one
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`${name}\` is ${String(value)}. Give a whole number, or Infinity for no limit.`,
  )
}
