/** Where an answer sends a request on to. */
import type { Answer } from './attempt.ts'
import { RedirectError } from './errors.ts'
import type { HttpErrorDetails } from './errors.ts'
import { flat, withoutBodyHeaders, withoutSecretHeaders } from './request-headers.ts'
import type { Route } from './route.ts'
import { targetAt, withoutSecrets } from './target.ts'

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * The next route, `undefined` when this is the answer.
 *
 * @param most  How many are followed; with 0 the redirect itself is the answer.
 * @param sofar  How many have been.
 * @throws RedirectError  It cannot be followed.
 */
export function nextRoute(
  route: Route,
  { status, headers: { location } }: Answer,
  most: number,
  sofar: number,
  about: HttpErrorDetails,
): Route | undefined {
  if (!redirects.has(status) || typeof location !== 'string' || most === 0) return undefined
  const details = { ...about, status }
  if (sofar >= most) {
    throw new RedirectError(`there are more than ${most} redirects, the next one to ${shown(location)}.`, details)
  }
  const url = URL.parse(location, route.target.href)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new RedirectError(`it is redirected to ${shown(location)}, where no HTTP is spoken.`, details)
  }
  const target = targetAt(url)
  const becomesGet = isSeeOther(status, route.method)
  const body = becomesGet ? undefined : route.body
  if (body?.isRepeatable === false) {
    throw new RedirectError(
      'it is redirected, but its body is a stream, which cannot be sent again. Give a function that makes it.',
      details,
    )
  }
  const headers = new Map(route.headers)
  if (becomesGet) withoutBodyHeaders(headers)
  if (target.origin !== route.target.origin) withoutSecretHeaders(headers)
  headers.delete('host')
  const method = becomesGet ? 'GET' : route.method
  return { ...route, method, target, shownUrl: withoutSecrets(target.href), headers, flat: flat(headers), body }
}

/** The answer lies elsewhere and is to be got; so browsers treat a POST that was moved, too. */
function isSeeOther(status: number, method: string): boolean {
  return status === 303 ? method !== 'GET' && method !== 'HEAD' : status < 303 && method === 'POST'
}

function shown(location: string): string {
  return JSON.stringify(withoutSecrets(location))
}
