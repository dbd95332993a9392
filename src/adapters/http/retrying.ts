/** When a request is worth another attempt, and when that is made. */
import { checkDuration } from '../../clock.ts'
import { UsageError } from '../../errors/index.ts'
import { settingsNamed } from './named-settings.ts'
import { ConnectError, ConnectionLostError, HttpTimeoutError } from './errors.ts'

/** How a request is tried again. Times are milliseconds. */
export interface Retries {
  /** How often at most, after the first time. Default: 2. */
  readonly limit?: number | undefined
  /** What passes before the second attempt. Default: 100. */
  readonly delay?: number | undefined
  /** By what that is multiplied each time. Default: 2. */
  readonly factor?: number | undefined
  /** The longest of these. Default: 10,000. */
  readonly maxDelay?: number | undefined
  /** The part of each delay that is drawn by lot, from 0 to 1. Default: 0.5. */
  readonly jitter?: number | undefined
  /** Which answers are worth another attempt. Default: 408, 425, 429, 500, 502, 503, 504. */
  readonly statuses?: readonly number[] | undefined
  /** For which methods something may be done twice. Default: GET, HEAD, OPTIONS, PUT, DELETE, TRACE, QUERY. */
  readonly methods?: readonly string[] | undefined
  /** What a server may ask for by `retry-after`; when it asks for more, its answer is given. Default: 60,000. */
  readonly maxRetryAfter?: number | undefined
}

/** The same in full. */
export interface RetryPolicy {
  readonly limit: number
  readonly delay: number
  readonly factor: number
  readonly maxDelay: number
  readonly jitter: number
  readonly statuses: ReadonlySet<number>
  readonly methods: ReadonlySet<string>
  readonly maxRetryAfter: number
}

/** Done twice, they have the same effect as done once (RFC 9110, 9.2.2). */
const idempotentMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE', 'QUERY'])
const known = ['limit', 'delay', 'factor', 'maxDelay', 'jitter', 'statuses', 'methods', 'maxRetryAfter']
const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** @throws UsageError  It makes no sense. */
export function retryPolicyOf(given: number | Retries): RetryPolicy {
  if (typeof given === 'object') settingsNamed('retries', given, known)
  const {
    limit = 2,
    delay = 100,
    factor = 2,
    maxDelay = 10_000,
    jitter = 0.5,
    maxRetryAfter = 60_000,
    ...which
  } = typeof given === 'object' ? given : { limit: given }
  if (!(limit === Infinity || (Number.isInteger(limit) && limit >= 0)))
    throw invalid('retries', limit, 'a whole number')
  checkDuration(delay, 'retries.delay')
  checkDuration(maxDelay, 'retries.maxDelay')
  checkDuration(maxRetryAfter, 'retries.maxRetryAfter')
  if (!(factor >= 1)) throw invalid('retries.factor', factor, 'a number of at least 1')
  if (!(jitter >= 0 && jitter <= 1)) throw invalid('retries.jitter', jitter, 'a number from 0 to 1')
  const statuses = which.statuses === undefined ? passingStatuses : new Set(which.statuses)
  const methods =
    which.methods === undefined ? idempotentMethods : new Set(which.methods.map((one) => one.toUpperCase()))
  return { limit, delay, factor, maxDelay, jitter, maxRetryAfter, statuses, methods }
}

function invalid(name: string, value: unknown, wanted: string): UsageError {
  return new UsageError('WITHAL_INVALID_ARGUMENT', `\`${name}\` is ${String(value)}. Give ${wanted}.`)
}

/** Whether a method has the same effect done twice as done once. */
export function isIdempotent(method: string): boolean {
  return idempotentMethods.has(method)
}

/** Whether an error is worth another attempt: what was never sent always is, the rest if it may be done twice. */
export function isWorthRetrying(error: unknown, method: string, { methods }: RetryPolicy): boolean {
  if (error instanceof ConnectError) return true
  if (error instanceof HttpTimeoutError) {
    return error.phase === 'connect' || (error.phase !== 'total' && error.phase !== 'queue' && methods.has(method))
  }
  return error instanceof ConnectionLostError && methods.has(method)
}

/** How long to wait before the attempt after this one (from 1). */
export function delayAfter(attempt: number, { delay, factor, maxDelay, jitter }: RetryPolicy): number {
  return Math.min(delay * factor ** (attempt - 1), maxDelay) * (1 - jitter * Math.random())
}

/** What a server asks for by `retry-after`, in milliseconds: seconds, or a date. `undefined` when it says nothing. */
export function retryAfterOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1_000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}
