import { expectTypeOf } from 'expect-type'
import { within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { httpClient } from 'withal/http'
import type { HttpClient, HttpResponse, HttpStream, ServerSentEvent } from 'withal/http'

const client = httpClient({ baseUrl: 'http://example.org' })

// Nothing is sent in this file: it is only compiled.
export const checks = async (): Promise<void> => {
  expectTypeOf(within(client, (session) => session)).resolves.toEqualTypeOf<HttpClient>()
  expectTypeOf(client.get('/')).resolves.toEqualTypeOf<HttpResponse>()
  expectTypeOf(client.stream('GET', '/')).toEqualTypeOf<AsyncContextManager<HttpStream>>()

  const response = await client.get('/')
  expectTypeOf(response.json()).toEqualTypeOf<unknown>()
  expectTypeOf(response.json<{ a: 1 }>()).toEqualTypeOf<{ a: 1 }>()
  expectTypeOf(response.raiseForStatus()).toEqualTypeOf<HttpResponse>()
  for await (const event of client.events('/')) expectTypeOf(event).toEqualTypeOf<ServerSentEvent>()

  // Optional properties may be given as undefined.
  await client.get('/', { query: undefined, timeout: undefined, signal: undefined, headers: { a: undefined } })
  await client.post('/', { body: async function* () {} })

  // @ts-expect-error -- there is no such option
  httpClient({ retry: 1 })
  // @ts-expect-error -- a body is bytes, text or a stream; data is `json`
  await client.post('/', { body: { a: 1 } })
  // @ts-expect-error -- a promise is no URL
  await client.get(Promise.resolve('/'))
}
