/** A stream of events that goes on over connections that are lost. */
import { checkDuration } from '../../clock.ts'
import { hold } from '../../contexts/index.ts'
import type { AsyncContextManager } from '../../contexts/index.ts'
import { sleep } from '../../tasks/index.ts'
import { ConnectError, ConnectionLostError } from './errors.ts'
import type { HttpStream } from './http-stream.ts'
import type { RequestOptions } from './options.ts'
import { addHeaders } from './request-headers.ts'
import type { HeaderMap } from './request-headers.ts'
import type { ServerSentEvent } from './server-sent-events.ts'

/** What `client.events` takes. */
export interface EventOptions extends RequestOptions {
  /** Default: `GET`. */
  readonly method?: string | undefined
  /** The `id` of the last event that is known: the server is asked for those after it. */
  readonly lastEventId?: string | undefined
  /** Milliseconds before connecting again, until the server says otherwise; `false` ends with the connection. Default: 3,000. */
  readonly reconnect?: number | false | undefined
}

/** Opens one connection. */
export type OpenStream = (method: string, options: RequestOptions) => AsyncContextManager<HttpStream>

/** Gives events until the server says that there are no more (status 204), over as many connections as that takes. */
export async function* eventSource(
  open: OpenStream,
  { method = 'GET', lastEventId = '', reconnect = 3_000, ...options }: EventOptions,
): AsyncGenerator<ServerSentEvent, void> {
  if (reconnect !== false) checkDuration(reconnect, 'reconnect')
  let id = lastEventId
  let delay = reconnect
  for (let hasConnected = false; ;) {
    try {
      await using handle = await hold(open(method, asked(options, id)))
      if (handle.value.status === 204) return
      hasConnected = true
      for await (const event of handle.value.events()) {
        id = event.id === '' ? id : event.id
        if (event.retry !== undefined && delay !== false) delay = event.retry
        yield event.id === id ? event : { ...event, id }
      }
    } catch (error) {
      // What has never been there is an error; what was there may come back.
      const mayComeBack = error instanceof ConnectionLostError || (hasConnected && error instanceof ConnectError)
      if (!mayComeBack || delay === false) throw error
    }
    if (delay === false) return
    await sleep(delay, options.signal === undefined ? undefined : { signal: options.signal })
  }
}

/** An event may be long in coming, so nothing is said of it where the caller says nothing. */
function asked(options: RequestOptions, id: string): RequestOptions {
  const headers: HeaderMap = new Map([
    ['accept', 'text/event-stream'],
    ['cache-control', 'no-store'],
  ])
  if (id !== '') headers.set('last-event-id', id)
  if (options.headers !== undefined) addHeaders(headers, options.headers)
  const given = typeof options.timeout === 'object' ? options.timeout : { total: options.timeout }
  return { ...options, headers, timeout: { body: Infinity, ...given } }
}
