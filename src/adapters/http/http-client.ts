/** A session with HTTP servers: connections that are kept, and closed at the end of its block. */
import type { AsyncContextManager } from '../../contexts/index.ts'
import { ClosedError, StateError, UsageError } from '../../errors/index.ts'
import type { Buffer } from 'node:buffer'
import { Connections } from './connections.ts'
import { CookieJar } from './cookies.ts'
import { codingsOf, decoded } from './decoding.ts'
import { defaultSettings, limitsOf, settingsOf } from './options.ts'
import { settingsNamed } from './named-settings.ts'
import type { ClientLimits, HttpClientOptions, RequestOptions, RequestSettings } from './options.ts'
import { eventSource } from './event-source.ts'
import type { EventOptions } from './event-source.ts'
import { HttpStreamManager } from './http-stream.ts'
import type { HttpStream } from './http-stream.ts'
import type { ServerSentEvent } from './server-sent-events.ts'
import { DefaultHeaders } from './request-headers.ts'
import { HttpResponse } from './response.ts'
import { send } from './send.ts'
import type { Sent } from './send.ts'
import type { ClientParts } from './client-parts.ts'
import { baseOf } from './target.ts'

/** What a client can say of itself. */
export interface HttpStatistics {
  /** Requests under way. */
  readonly running: number
  /** Requests that wait for their turn, since `limits` allow no more at once. */
  readonly waiting: number
  /** Connections that are open or being opened. */
  readonly connections: number
  /** Attempts that have ended, well or not. */
  readonly finished: number
}

/**
 * A session with HTTP servers. Entered, it can send requests; connections are kept and used again, and closed when its block ends. The scope
 * around a request cancels it. Nothing happens before it is entered.
 *
 * @throws UsageError  An option makes no sense.
 *   Entering it throws a `MissingClientError` when the package `undici` is not installed.
 * @example
 * import { createServer } from 'node:http'
 * import { listening, within } from 'withal'
 * import { httpClient } from 'withal/http'
 * const server = createServer((request, response) => response.end(JSON.stringify({ path: request.url })))
 * await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
 * const { port } = server.address() as { port: number }
 * await within(httpClient({ baseUrl: `http://127.0.0.1:${port}`, timeout: 5_000 }), async (client) => {
 *   const response = await client.get('/users', { query: { page: 2 } })
 *   return response.raiseForStatus().json()
 * }) // => { path: '/users?page=2' }
 * server.close()
 */
export function httpClient(options: HttpClientOptions = {}): HttpClient {
  return new HttpClient(options)
}

/** See {@link httpClient}. */
export class HttpClient implements AsyncContextManager<HttpClient>, AsyncDisposable {
  readonly name: string
  readonly #options: HttpClientOptions
  readonly #base: URL | undefined
  readonly #headers: DefaultHeaders
  readonly #settings: RequestSettings
  readonly #limits: ClientLimits
  readonly #proxy: URL | undefined
  readonly #cookies: CookieJar | undefined
  #state: 'new' | 'entering' | 'open' | 'closed' = 'new'
  #parts: ClientParts | undefined

  /** Clients are made by {@link httpClient}. */
  constructor(options: HttpClientOptions) {
    checkOptions(options)
    this.#options = options
    this.#base = baseOf(options.baseUrl)
    this.#headers = new DefaultHeaders(options.headers)
    this.#settings = settingsOf(options, defaultSettings)
    this.#limits = limitsOf(options.limits)
    this.#proxy = baseOf(options.proxy, 'proxy')
    checkHooks(options.hooks)
    checkHttp2(options.http2)
    this.#cookies = jarOf(options.cookies)
    this.name = options.name ?? (this.#base === undefined ? 'HTTP client' : `HTTP client of ${this.#base.host}`)
  }

  get(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('GET', url, options)
  }

  post(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('POST', url, options)
  }

  put(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('PUT', url, options)
  }

  patch(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('PATCH', url, options)
  }

  delete(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('DELETE', url, options)
  }

  head(url: string | URL, options?: RequestOptions): Promise<HttpResponse> {
    return this.request('HEAD', url, options)
  }

  /**
   * Sends a request and reads the answer with its body, so that the connection is free again. An answer of 400 or more is no error:
   * see `raiseForStatus`.
   *
   * @param url  A whole one, or a path that is appended to `baseUrl`.
   * @throws HttpError         One of its classes says what went wrong; it names method, URL, attempt and, where there was one, status.
   * @throws HttpTimeoutError  It took too long; `phase` says what did. It has been stopped.
   * @throws Cancelled         The surrounding scope was cancelled; the request has been stopped. With `signal` its reason.
   * @throws InvalidUrlError   The URL is none, or relative without `baseUrl`.
   * @throws ClosedError       The block of the client has ended.
   */
  async request(method: string, url: string | URL, options: RequestOptions = {}): Promise<HttpResponse> {
    const parts = this.#open()
    const { answer, to } = await send(parts, { method, url, options, streamed: false })
    const { status, statusText, headers } = answer
    let body = answer.body as Buffer // it was not to be streamed
    const codings = codingsOf(headers['content-encoding'])
    if (codings.length > 0) {
      const details = { method: to.method, url: to.shownUrl, attempt: to.attempt, status }
      body = await decoded(body, codings, this.#limits.body, details)
    }
    return new HttpResponse(status, statusText, headers, to, body)
  }

  /**
   * Sends a request whose answer is read piece by piece, inside a block: what is left unread at its end is read if it is little, else the
   * connection is cut. What `request` throws, entering it does.
   *
   * @example
   * import { within } from 'withal'
   * import { httpClient } from 'withal/http'
   * const lengthOf = (url: string) =>
   *   within(
   *     httpClient(),
   *     (client) => client.stream('GET', url),
   *     async (_client, response) => {
   *       let length = 0
   *       for await (const piece of response) length += piece.length
   *       return length
   *     },
   *   )
   */
  stream(method: string, url: string | URL, options: RequestOptions = {}): AsyncContextManager<HttpStream> {
    const start = (): Promise<Sent> => send(this.#open(), { method, url, options, streamed: true })
    return new HttpStreamManager(start, this.#limits.body)
  }

  /**
   * The events that a server sends (`text/event-stream`), as they come. When the connection is lost or ends, it is made again after a while, and the
   * server asked to go on after the last event (`last-event-id`); status 204 ends it. Leaving the loop closes the connection. Nothing is sent
   * before it is iterated.
   *
   * @throws EventStreamError  The server answers with something else.
   *   Iterating it throws what `request` throws; a first connection that cannot be made is not tried again.
   */
  events(url: string | URL, options: EventOptions = {}): AsyncGenerator<ServerSentEvent, void> {
    return eventSource((method, one) => this.stream(method, url, one), options)
  }

  /** What it does now. */
  statistics(): HttpStatistics {
    return this.#parts?.connections.statistics ?? { running: 0, waiting: 0, connections: 0, finished: 0 }
  }

  async '~enterAsync'(): Promise<this> {
    if (this.#state !== 'new') {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `${this.name} has been entered already. It can be entered once: make a new one for each block.`,
      )
    }
    this.#state = 'entering'
    const { http2 = false, tls = {}, hooks = {} } = this.#options
    const connections = await Connections.open({
      limits: this.#limits,
      http2,
      proxy: this.#proxy,
      tls,
      connectTimeout: this.#settings.timeouts.connect,
    })
    this.#parts = {
      connections,
      base: this.#base,
      headers: this.#headers,
      settings: this.#settings,
      hooks,
      cookies: this.#cookies,
    }
    this.#state = 'open'
    return this
  }

  async '~exitAsync'(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    await this.#parts?.connections.close(this.name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this['~exitAsync']()
  }

  #open(): ClientParts {
    if (this.#state === 'open') return this.#parts! // it has them while it is open
    if (this.#state === 'closed') {
      throw new ClosedError(
        `${this.name} was used after its block had ended. Wait for all requests inside the block, or open a new one.`,
      )
    }
    throw new StateError(
      'WITHAL_NOT_ENTERED',
      `${this.name} has not been entered. Use it inside: \`within(client, async (client) => …)\`.`,
    )
  }
}

function jarOf(cookies: unknown): CookieJar | undefined {
  if (cookies instanceof CookieJar) return cookies
  if (cookies === true) return new CookieJar()
  if (cookies === undefined || cookies === false) return undefined
  throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`cookies\` is ${String(cookies)}. Give true, or a CookieJar.`)
}

function checkHooks(hooks: unknown): void {
  if (hooks === undefined) return
  for (const [name, hook] of Object.entries(settingsNamed('hooks', hooks, ['request', 'response', 'error']))) {
    if (hook === undefined || typeof hook === 'function') continue
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`hooks.${name}\` is ${String(hook)}. Give a function.`)
  }
}

function checkHttp2(http2: unknown): void {
  if (http2 === undefined || typeof http2 === 'boolean' || http2 === 'cleartext') return
  throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`http2\` is ${String(http2)}. Give true, false or 'cleartext'.`)
}

const known = [
  'baseUrl',
  'headers',
  'timeout',
  'retries',
  'redirects',
  'limits',
  'http2',
  'proxy',
  'tls',
  'hooks',
  'cookies',
  'name',
]

function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`httpClient\` was given ${String(options)}. Give it an object of options.`,
    )
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`httpClient\` has no option \`${unknown}\`. It has: ${known.join(', ')}.`,
  )
}
