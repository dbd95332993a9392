/** Cookies, as RFC 6265 has them: what servers have set, and what each of them is to be sent. */
import { isIP } from 'node:net'

/** One cookie. */
export interface Cookie {
  readonly name: string
  readonly value: string
  /** The host it belongs to, and with `subdomains` all below it. */
  readonly domain: string
  readonly subdomains: boolean
  readonly path: string
  /** Whether it is only sent over TLS. */
  readonly secure: boolean
  /** Milliseconds since 1970; `Infinity`: as long as the jar. */
  readonly expires: number
}

/** Larger ones are ignored, and of more than so many the oldest are dropped. */
const largest = 4_096
const mostPerDomain = 50

/**
 * Keeps cookies. Given to a client (`cookies: jar`), it takes those of its answers and gives them to its requests, also to those that are redirected; one jar may
 * serve several clients. It knows no list of public suffixes: a server at `a.example.co.uk` can set cookies for `co.uk`, so do not share a jar
 * between servers that must not know each other.
 *
 * @example
 * import { CookieJar } from 'withal/http'
 * const jar = new CookieJar()
 * jar.store('https://example.org/account', 'session=7; Path=/; Secure')
 * jar.headerFor('https://example.org/orders') // => 'session=7'
 * jar.headerFor('http://example.org/orders') // => ''
 */
export class CookieJar {
  readonly #domains = new Map<string, Cookie[]>()

  /** All that are kept and have not expired. */
  all(): Cookie[] {
    const now = Date.now()
    return [...this.#domains.values()].flat().filter(({ expires }) => expires > now)
  }

  clear(): void {
    this.#domains.clear()
  }

  /** Takes what a server at a URL has said in `set-cookie`. What it may not set is ignored. */
  store(url: string | URL, setCookie: string | readonly string[]): void {
    const from = new URL(url)
    for (const text of typeof setCookie === 'string' ? [setCookie] : setCookie) {
      const cookie = parse(text, from)
      if (cookie !== undefined) this.#put(cookie)
    }
  }

  /** The header `cookie` for a request to a URL; empty where there is none. */
  headerFor(url: string | URL): string {
    if (this.#domains.size === 0) return ''
    const { hostname, pathname, protocol } = new URL(url)
    const now = Date.now()
    const found: Cookie[] = []
    for (const domain of isIP(hostname) === 0 ? domainsOf(hostname) : [hostname]) {
      for (const cookie of this.#domains.get(domain) ?? []) {
        const isForHost = cookie.subdomains || domain === hostname
        const isFit = isForHost && matchesPath(pathname, cookie.path) && (!cookie.secure || protocol === 'https:')
        if (isFit && cookie.expires > now) found.push(cookie)
      }
    }
    // Those of longer paths first; among equals the order in which they were set (the sort is stable).
    const sorted = found.toSorted((a, b) => b.path.length - a.path.length)
    return sorted.map(({ name, value }) => (name === '' ? value : `${name}=${value}`)).join('; ')
  }

  #put(cookie: Cookie): void {
    const others = (this.#domains.get(cookie.domain) ?? []).filter(
      ({ name, path, subdomains }) => name !== cookie.name || path !== cookie.path || subdomains !== cookie.subdomains,
    )
    if (cookie.expires > Date.now()) others.push(cookie)
    if (others.length > mostPerDomain) others.shift()
    if (others.length === 0) this.#domains.delete(cookie.domain)
    else this.#domains.set(cookie.domain, others)
  }
}

function parse(text: string, from: URL): Cookie | undefined {
  const [pair = '', ...rest] = text.split(';')
  const equals = pair.indexOf('=')
  const name = pair.slice(0, Math.max(0, equals)).trim()
  const value = pair.slice(equals + 1).trim()
  if (name.length + value.length > largest || (name === '' && value === '')) return undefined
  const said = attributesOf(rest)
  const secure = said.has('secure')
  if (secure && from.protocol !== 'https:') return undefined
  const place = domainOf(said.get('domain'), from.hostname)
  if (place === undefined) return undefined
  const given = said.get('path')
  const path = given?.startsWith('/') === true ? given : defaultPath(from.pathname)
  if (/^__secure-/i.test(name) && !secure) return undefined
  if (/^__host-/i.test(name) && (!secure || place.subdomains || path !== '/')) return undefined
  return { name, value, ...place, path, secure, expires: expiryOf(said) }
}

/** Names in lower case; the last one counts. */
function attributesOf(parts: readonly string[]): Map<string, string> {
  return new Map(
    parts.map((part) => {
      const [name = '', ...value] = part.split('=')
      return [name.trim().toLowerCase(), value.join('=').trim()]
    }),
  )
}

function domainOf(said: string | undefined, host: string): Pick<Cookie, 'domain' | 'subdomains'> | undefined {
  const domain = (said ?? '').replace(/^\./, '').toLowerCase()
  if (domain === '') return { domain: host, subdomains: false }
  if (domain === host) return { domain, subdomains: isIP(host) === 0 }
  return domain.includes('.') && isIP(host) === 0 && host.endsWith(`.${domain}`)
    ? { domain, subdomains: true }
    : undefined
}

/** `a.b.c` → `a.b.c`, `b.c`, `c`. */
function domainsOf(host: string): string[] {
  const parts = host.split('.')
  return parts.map((_, index) => parts.slice(index).join('.'))
}

function expiryOf(said: ReadonlyMap<string, string>): number {
  const age = said.get('max-age')
  if (age !== undefined && /^-?\d+$/.test(age)) return Number(age) <= 0 ? 0 : Date.now() + Number(age) * 1_000
  const date = Date.parse(said.get('expires') ?? '')
  return Number.isNaN(date) ? Infinity : date
}

function defaultPath(path: string): string {
  const last = path.lastIndexOf('/')
  return last <= 0 ? '/' : path.slice(0, last)
}

function matchesPath(path: string, of: string): boolean {
  return path === of || (path.startsWith(of) && (of.endsWith('/') || path[of.length] === '/'))
}
