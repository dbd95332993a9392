/** Where a request goes, and with what: made from what was given, and again for each redirect. */
import { UsageError } from '../../errors/index.ts'
import type { RequestBody } from './request-body.ts'
import { flat } from './request-headers.ts'
import type { HeaderMap } from './request-headers.ts'
import type { ClientParts, GivenRequest } from './client-parts.ts'
import { targetOf, withoutSecrets } from './target.ts'
import type { Target } from './target.ts'

/** See above. */
export interface Route {
  readonly method: string
  readonly target: Target
  /** As errors and hooks may show it. */
  readonly shownUrl: string
  readonly headers: HeaderMap
  /** The same as undici takes them. */
  readonly flat: string[]
  readonly body: RequestBody | undefined
  /** Whether the caller says that it may be done twice, whatever the method: by an `idempotency-key`. */
  readonly isRepeatable: boolean
}

/** @throws InvalidUrlError, UsageError  What was given makes no sense. */
export function routeOf(
  { base, headers: defaults }: ClientParts,
  { method: given, url, options }: GivenRequest,
  body: RequestBody | undefined,
): Route {
  const method = methodOf(given)
  const target = targetOf(url, base, options.query)
  const isOwnHost = base === undefined || base.origin === target.origin
  const shownUrl = withoutSecrets(target.href)
  const { authorization } = target
  const asUsual = options.headers === undefined && authorization === undefined && body?.type === undefined
  if (asUsual && (isOwnHost || !defaults.hasSecrets)) {
    const { map, flat: list } = defaults
    return { method, target, shownUrl, body, headers: map, flat: list, isRepeatable: map.has('idempotency-key') }
  }
  const headers = defaults.for(options.headers, isOwnHost)
  if (authorization !== undefined && !headers.has('authorization')) headers.set('authorization', authorization)
  if (body?.type !== undefined && !headers.has('content-type')) headers.set('content-type', body.type)
  const isRepeatable = headers.has('idempotency-key')
  return { method, target, shownUrl, body, headers, flat: flat(headers), isRepeatable }
}

const usual: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])

function methodOf(given: unknown): string {
  if (typeof given !== 'string') throw noMethod(given)
  if (usual.has(given)) return given
  const method = given.toUpperCase()
  if (!/^[A-Z0-9!#$%&'*+.^_`|~-]+$/.test(method) || method === 'CONNECT') throw noMethod(given)
  return method
}

function noMethod(given: unknown): UsageError {
  return new UsageError('WITHAL_INVALID_ARGUMENT', `${JSON.stringify(given)} is no method of a request.`)
}
