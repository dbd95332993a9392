/** The headers that go with a request. */
import { UsageError } from '../../errors/index.ts'

/** Headers as they may be given. A list gives its name several times; `undefined` leaves one of the client out. */
export type HeaderValues =
  | Headers
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string | number | readonly string[] | undefined>>

/** Names in lower case, and values; those with several are joined, as HTTP means them to be. */
export type HeaderMap = Map<string, string>

/** What no other host may see. */
const secrets = ['authorization', 'cookie', 'proxy-authorization']

/** What a client sends when nothing else is said. */
const usual: readonly (readonly [string, string])[] = [
  ['accept', '*/*'],
  ['accept-encoding', 'gzip, deflate, br'],
  ['user-agent', 'withal'],
]

/** The headers of a client, made ready once. */
export class DefaultHeaders {
  readonly #all: HeaderMap = new Map(usual)
  readonly #flat: string[]

  /** @throws UsageError  They make no sense. */
  constructor(given: HeaderValues | undefined) {
    if (given !== undefined) addHeaders(this.#all, given)
    this.#flat = flat(this.#all)
  }

  /** All of them, not to be changed. */
  get map(): HeaderMap {
    return this.#all
  }

  /** The same as undici takes them. */
  get flat(): string[] {
    return this.#flat
  }

  /** Those for a request: a copy. */
  for(given: HeaderValues | undefined, withSecrets: boolean): HeaderMap {
    const headers = new Map(this.#all)
    if (!withSecrets) withoutSecretHeaders(headers)
    if (given !== undefined) addHeaders(headers, given)
    return headers
  }

  /** Whether there is something in them that no other host may see. */
  get hasSecrets(): boolean {
    return secrets.some((name) => this.#all.has(name))
  }
}

/** Takes out what no other host may see. */
export function withoutSecretHeaders(headers: HeaderMap): void {
  for (const name of secrets) headers.delete(name)
}

/** Takes out what belongs to a body that is not sent after all. */
export function withoutBodyHeaders(headers: HeaderMap): void {
  for (const name of headers.keys()) {
    if (name.startsWith('content-') || name === 'transfer-encoding') headers.delete(name)
  }
}

/** As undici takes them. */
export function flat(headers: HeaderMap): string[] {
  const list: string[] = []
  for (const [name, value] of headers) list.push(name, value)
  return list
}

/**
 * Adds those that were given to others.
 *
 * @throws UsageError  They make no sense.
 */
export function addHeaders(headers: HeaderMap, given: HeaderValues): void {
  if (typeof given !== 'object' || given === null) throw noHeaders(given)
  if (Symbol.iterator in given) {
    for (const [name, value] of given) set(headers, name, value)
    return
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) headers.delete(name.toLowerCase())
    else
      set(
        headers,
        name,
        Array.isArray(value)
          ? (value as readonly string[]).join(name.toLowerCase() === 'cookie' ? '; ' : ', ')
          : textOf(value),
      )
  }
}

/** Numbers are written; an object is no value. */
function textOf(value: unknown): unknown {
  return typeof value === 'object' ? value : String(value)
}

const token = /^[\^_`a-z0-9!#$%&'*+.|~-]+$/i
// What is not allowed in a value: all below the space, save the tab, and DEL (RFC 9110, 5.5).
// eslint-disable-next-line no-control-regex -- those are the characters that are looked for
const forbidden = /[\u0000-\u0008\u000a-\u001f\u007f]|[^\u0000-\u00ff]/

function set(headers: HeaderMap, name: unknown, value: unknown): void {
  if (typeof name !== 'string' || !token.test(name)) {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `${JSON.stringify(name)} is no name of a header.`)
  }
  if (typeof value !== 'string' || forbidden.test(value)) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `The value of the header \`${name}\` cannot be sent: it is no text, or has a line break or a letter beyond Latin-1 in it.`,
    )
  }
  headers.set(name.toLowerCase(), value)
}

function noHeaders(given: unknown): UsageError {
  return new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`headers\` is ${String(given)}. Give an object, a Headers, or pairs of name and value.`,
  )
}
