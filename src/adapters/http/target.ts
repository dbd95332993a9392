/** Where a request goes. */
import { InvalidUrlError } from './errors.ts'

/** One value of a query. `undefined` leaves it out; `null` is an empty one. */
export type QueryValue = string | number | boolean | bigint | null | undefined

/** What is appended to the query of a URL. A list gives its name several times. */
export type Query = string | URLSearchParams | Readonly<Record<string, QueryValue | readonly QueryValue[]>>

/** Where a request goes. */
export interface Target {
  readonly origin: string
  /** With the query. */
  readonly path: string
  /** All of it, without user and password. */
  readonly href: string
  /** User and password of the URL, as the header `authorization`. */
  readonly authorization: string | undefined
}

/**
 * Finds out where a URL leads.
 *
 * @param base  Ends without a slash.
 * @throws InvalidUrlError  Nowhere.
 */
export function targetOf(given: string | URL, base: URL | undefined, query?: Query): Target {
  const url = resolve(given, base)
  if (query !== undefined) appendQuery(url, query)
  return targetAt(url)
}

/** What a URL means; its parts are read, nothing is kept. */
export function targetAt(url: URL): Target {
  const { origin, pathname, search } = url
  const authorization = url.username === '' && url.password === '' ? undefined : basic(url.username, url.password)
  return { origin, path: pathname + search, href: origin + pathname + search, authorization }
}

/**
 * What relative URLs are appended to.
 *
 * @throws InvalidUrlError  It is no URL.
 */
export function baseOf(given: string | URL | undefined, name: 'baseUrl' | 'proxy' = 'baseUrl'): URL | undefined {
  if (given === undefined) return undefined
  const base = parse(given, `\`${name}\``)
  if (base.search !== '' || base.hash !== '') {
    throw new InvalidUrlError(
      `\`${name}\` is ${shown(given)}, with a query or a fragment. Give them with each request: \`query\`.`,
    )
  }
  base.pathname = base.pathname.replace(/\/+$/, '')
  return base
}

function resolve(given: string | URL, base: URL | undefined): URL {
  if (base === undefined || typeof given !== 'string' || hasScheme.test(given)) return parse(given, 'The URL')
  if (given.startsWith('//')) return parse(base.protocol + given, 'The URL')
  const separator = given === '' || given.startsWith('/') || given.startsWith('?') ? '' : '/'
  const path = base.pathname === '/' ? '' : base.pathname
  const credentials = base.username === '' && base.password === '' ? '' : `${base.username}:${base.password}@`
  return parse(`${base.protocol}//${credentials}${base.host}${path}${separator}${given}`, 'The URL')
}

const hasScheme = /^[a-z][a-z0-9+.-]*:/i

function parse(given: unknown, what: string): URL {
  if (typeof given !== 'string' && !(given instanceof URL)) {
    throw new InvalidUrlError(`${what} is ${String(given)} (${typeof given}). Give a string or a URL.`)
  }
  const url = URL.parse(String(given))
  if (url === null) throw new InvalidUrlError(`${what} is ${shown(given)}, which is none. ${adviceFor(String(given))}`)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new InvalidUrlError(`${what} is ${shown(given)}. Only http: and https: can be asked.`)
  }
  if (!isDecodable(url.username + url.password)) {
    throw new InvalidUrlError(
      `${what} is ${shown(given)}, whose user or password has a % in it that stands for nothing. Write it as %25.`,
    )
  }
  return url
}

function isDecodable(text: string): boolean {
  if (!text.includes('%')) return true
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function adviceFor(given: string): string {
  return hasScheme.test(given)
    ? 'Look at host and port.'
    : 'Give one with http:// or https://, or give the client a `baseUrl`.'
}

function shown(given: unknown): string {
  return JSON.stringify(withoutSecrets(String(given)))
}

function appendQuery(url: URL, query: Query): void {
  const added = typeof query === 'string' ? new URLSearchParams(query) : query
  const entries = added instanceof URLSearchParams ? [...added] : entriesOf(added)
  for (const [name, value] of entries) url.searchParams.append(name, value)
}

/** Names and values of a query or a form. */
export function entriesOf(values: Exclude<Query, string | URLSearchParams>): [string, string][] {
  const entries: [string, string][] = []
  for (const [name, value] of Object.entries(values)) {
    const list: readonly QueryValue[] = Array.isArray(value) ? value : [value as QueryValue] // read-only lists, too
    for (const one of list) if (one !== undefined) entries.push([name, one === null ? '' : String(one)])
  }
  return entries
}

function basic(username: string, password: string): string {
  const plain = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(plain).toString('base64')}`
}

const secretValue = /([?&][^=&#]*(?:password|passwd|secret|token|api[-_]?key|signature)[^=&#]*=)[^&#]*/gi

/** A URL as messages may show it: without user and password, and without what its query calls a secret. */
export function withoutSecrets(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/?#]*@/i, '$1//').replace(secretValue, '$1…')
}
