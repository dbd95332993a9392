import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { CancelScope, ClosedError, gather, hold, sleep, StateError, UsageError, within } from 'withal'
import { httpClient, HttpTimeoutError, StatusError } from 'withal/http'
import type { HttpClient } from 'withal/http'
import { echo, httpServer } from '../../../test/http-servers.ts'
import type { SeenRequest } from '../../../test/http-servers.ts'

/** A client of a server that answers with what it has seen. */
const withEcho = <R>(body: (client: HttpClient, url: string) => Promise<R>): Promise<R | undefined> =>
  within(
    httpServer(echo),
    ({ url }) => httpClient({ baseUrl: url }),
    (server, client) => body(client, server.url),
  )

describe('verbs and bodies', () => {
  test('each verb is sent as what it is called', async () => {
    await withEcho(async (client) => {
      for (const verb of ['get', 'post', 'put', 'patch', 'delete'] as const) {
        expect((await client[verb]('/x')).json<SeenRequest>().method).toBe(verb.toUpperCase())
      }
      expect((await client.request('options', '/x')).json<SeenRequest>().method).toBe('OPTIONS')
      const head = await client.head('/x')
      expect([head.status, head.bytes().length]).toEqual([200, 0])
    })
  })

  const queries: [string, Parameters<HttpClient['get']>[1], string][] = [
    [
      'an object',
      { query: { a: 1, b: 'x y', c: true, none: undefined, empty: null, list: [1, 2] } },
      '?a=1&b=x+y&c=true&empty=&list=1&list=2',
    ],
    ['text', { query: 'a=1&b=%26' }, '?a=1&b=%26'],
    ['parameters', { query: new URLSearchParams([['a', '1']]) }, '?a=1'],
  ]
  test.for(queries)('a query is given as %s', async ([, options, expected]) => {
    await withEcho(async (client) => {
      expect((await client.get('/x', options)).json<SeenRequest>().url).toBe(`/x${expected}`)
    })
  })

  test('a query is appended to that of the URL', async () => {
    await withEcho(async (client) => {
      expect((await client.get('/x?a=1', { query: { b: 2 } })).json<SeenRequest>().url).toBe('/x?a=1&b=2')
    })
  })

  const stream = (...pieces: string[]) =>
    new ReadableStream<string>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece)
        controller.close()
      },
    })
  async function* generate(): AsyncGenerator<string | Uint8Array> {
    yield 'one, '
    await sleep(0)
    yield Buffer.from('two')
  }
  const bodies: [string, () => Parameters<HttpClient['post']>[1], string, string | undefined][] = [
    ['JSON', () => ({ json: { a: [1, null] } }), '{"a":[1,null]}', 'application/json'],
    ['JSON that is null', () => ({ json: null }), 'null', 'application/json'],
    ['a form', () => ({ form: { a: 1, b: 'x&y' } }), 'a=1&b=x%26y', 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['text', () => ({ body: 'grüße' }), 'grüße', 'text/plain;charset=UTF-8'],
    ['bytes', () => ({ body: new Uint8Array([97, 98]) }), 'ab', undefined],
    ['a part of a buffer', () => ({ body: new Uint8Array(Buffer.from('abcd')).subarray(1, 3) }), 'bc', undefined],
    ['an empty body', () => ({ body: '' }), '', 'text/plain;charset=UTF-8'],
    ['a Blob', () => ({ body: new Blob(['ab'], { type: 'text/x' }) }), 'ab', 'text/x'],
    ['a stream of the Web', () => ({ body: stream('a', 'b') }), 'ab', undefined],
    ['a generator', () => ({ body: generate() }), 'one, two', undefined],
    ['a function that makes one', () => ({ body: () => generate() }), 'one, two', undefined],
    ['a type of its own', () => ({ body: 'x', headers: { 'Content-Type': 'text/own' } }), 'x', 'text/own'],
  ]
  test.for(bodies)('a body is given as %s', async ([, options, expected, type]) => {
    await withEcho(async (client) => {
      const { body, headers } = (await client.post('/x', options())).json<{ body: string; headers: Headers }>()
      expect([body, headers['content-type' as never]]).toEqual([expected, type])
    })
  })

  test('a FormData is sent in parts, with files', async () => {
    await withEcho(async (client) => {
      const form = new FormData()
      form.set('na"me', 'Ann')
      form.set('file', new File(['content'], 'a.txt', { type: 'text/plain' }))
      const { body, headers } = (await client.post('/x', { form })).json<{
        body: string
        headers: Record<string, string>
      }>()
      const read = await new Response(body, { headers: { 'content-type': headers['content-type']! } }).formData()
      const file = read.get('file') as File
      expect([read.get('na"me'), file.name, file.type, await file.text()]).toEqual([
        'Ann',
        'a.txt',
        'text/plain',
        'content',
      ])
    })
  })

  test('DELETE may have a body, too', async () => {
    await withEcho(async (client) => {
      expect((await client.delete('/x', { json: 1 })).json<{ body: string }>().body).toBe('1')
    })
  })

  test('what the giver of a body throws is what the request fails with', async () => {
    await withEcho(async (client) => {
      const failing = async function* () {
        yield 'a'
        throw new RangeError('the file is gone')
      }
      await expect(client.post('/x', { body: failing() })).rejects.toThrow(new RangeError('the file is gone'))
      expect((await client.get('/x')).status).toBe(200)
    })
  })
})

describe('headers', () => {
  test('those of the client go with every request, and those of the request win', async () => {
    await within(
      httpServer(echo),
      ({ url }) => httpClient({ baseUrl: url, headers: { 'X-One': '1', 'X-Two': '2', 'X-Three': '3' } }),
      async (_server, client) => {
        const response = await client.get('/x', { headers: { 'x-two': 'two', 'x-THREE': undefined } })
        const { headers } = response.json<SeenRequest>()
        expect(headers).toMatchObject({ 'x-one': '1', 'x-two': 'two', 'user-agent': 'withal', accept: '*/*' })
        expect(headers).not.toHaveProperty('x-three')
        expect((await client.get('/x')).json<SeenRequest>().headers).toMatchObject({ 'x-two': '2', 'x-three': '3' })
      },
    )
  })

  test('user and password of a URL become a header', async () => {
    await withEcho(async (client, url) => {
      const response = await client.get(`${url.replace('//', '//ann:p%40ss@')}/x`)
      expect(response.json<SeenRequest>().headers.authorization).toBe(
        `Basic ${Buffer.from('ann:p@ss').toString('base64')}`,
      )
      expect(response.url).toBe(`${url}/x`)
    })
  })

  test('the secrets of a client with a base go to no other host', async () => {
    await within(
      httpServer(echo),
      httpServer(echo),
      ({ url }) => httpClient({ baseUrl: url, headers: { authorization: 'secret', 'x-app': 'a' } }),
      async (_own, other, client) => {
        expect((await client.get('/x')).json<SeenRequest>().headers.authorization).toBe('secret')
        const { headers } = (await client.get(`${other.url}/x`)).json<SeenRequest>()
        expect([headers.authorization, headers['x-app']]).toEqual([undefined, 'a'])
      },
    )
  })

  test('the headers of the answer are as the platform has them', async () => {
    await within(
      httpServer((_request, response) => {
        response.setHeader('X-Thing', 'a')
        response.setHeader('Set-Cookie', ['a=1', 'b=2'])
        response.end()
      }),
      httpClient(),
      async ({ url }, client) => {
        const { headers } = await client.get(url)
        expect([headers.get('x-thing'), headers.getSetCookie()]).toEqual(['a', ['a=1', 'b=2']])
      },
    )
  })
})

describe('answers', () => {
  test('an answer of 400 or more is no error before it is asked for', async () => {
    await within(
      httpServer((_request, response) => void response.writeHead(404, 'Not Here').end('{"why":"gone"}')),
      httpClient(),
      async ({ url }, client) => {
        const response = await client.get(`${url}/users/1?token=abc&page=2`)
        expect([response.ok, response.status, response.statusText, response.json()]).toEqual([
          false,
          404,
          'Not Here',
          { why: 'gone' },
        ])
        const error = (await Promise.resolve()
          .then(() => response.raiseForStatus())
          .catch((e: unknown) => e)) as StatusError
        expect(error).toBeInstanceOf(StatusError)
        expect(error).toMatchObject({
          name: 'StatusError',
          code: 'WITHAL_HTTP_STATUS',
          status: 404,
          method: 'GET',
          attempt: 1,
          response,
        })
        expect(error.message).toBe(
          `GET ${url}/users/1?token=…&page=2: the server answers 404 Not Here: "{\\"why\\":\\"gone\\"}".`,
        )
      },
    )
  })

  test('raiseForStatus gives the answer itself otherwise', async () => {
    await withEcho(async (client) => {
      const response = await client.get('/x')
      expect(response.raiseForStatus()).toBe(response)
    })
  })

  const texts: [string, string | undefined, Buffer, string][] = [
    ['UTF-8 where nothing is said', undefined, Buffer.from('grüße'), 'grüße'],
    ['the charset that is named', 'text/plain; charset="iso-8859-1"', Buffer.from('grüße', 'latin1'), 'grüße'],
    ['UTF-8 without its mark', 'text/plain; charset=utf-8', Buffer.from('\uFEFFx'), 'x'],
    ['UTF-8 for a charset that nobody knows', 'text/plain; charset=martian', Buffer.from('ü'), 'ü'],
    ['UTF-16', 'text/plain;charset=utf-16le', Buffer.from('ü', 'utf16le'), 'ü'],
  ]
  test.for(texts)('text is read as %s', async ([, type, body, expected]) => {
    await within(
      httpServer((_request, response) => {
        if (type !== undefined) response.setHeader('content-type', type)
        response.end(body)
      }),
      httpClient(),
      async ({ url }, client) => expect((await client.get(url)).text()).toBe(expected),
    )
  })
})

describe('the block of a client', () => {
  test('R28 a body is read at once, so its connection serves the next request', async () => {
    await within(httpServer(echo), httpClient(), async (server, client) => {
      for (let i = 0; i < 20; i++) await client.get(server.url)
      expect(server.connections).toBeLessThanOrEqual(2) // undici lets a turn of the event loop pass before it uses one again
    })
  })

  test('leaving closes every connection', async () => {
    await within(httpServer(echo), async (server) => {
      await within(httpClient(), async (client) => {
        await gather(Array.from({ length: 10 }, () => () => client.get(server.url)))
        expect(client.statistics()).toMatchObject({ running: 0, waiting: 0, finished: 10 })
        expect(client.statistics().connections).toBeGreaterThan(0)
      })
      await server.whenQuiet()
      expect(server.sockets.size).toBe(0)
    })
  })

  test('requests that are under way when it is left are ended', async () => {
    await within(
      httpServer(() => {}),
      async (server) => {
        let pending: Promise<unknown> | undefined
        const client = httpClient()
        await within(client, async () => {
          pending = client.get(server.url).catch((error: unknown) => error)
          while (server.sockets.size === 0) await sleep(1)
        })
        expect(await pending).toBeInstanceOf(ClosedError)
        expect(client.statistics()).toMatchObject({ running: 0, connections: 0 })
      },
    )
  })

  test('a request that waits for another attempt ends with it', async () => {
    const answered = Promise.withResolvers<void>()
    const hooks = { response: () => answered.resolve() }
    const outcome = await within(
      httpServer((_request, response) => void response.writeHead(503).end()),
      async ({ url }) => {
        let request: Promise<unknown> | undefined
        await within(
          httpClient({ hooks, retries: { limit: 1, delay: 3_600_000, maxDelay: 3_600_000 } }),
          async (client) => {
            request = client.get(url).catch((error: unknown) => error)
            await answered.promise
            await sleep(0)
          },
        )
        return await request
      },
    )
    expect(outcome).toBeInstanceOf(ClosedError)
  })

  test('it says so when it is used before and after', async () => {
    const client = httpClient({ name: 'the client' })
    await expect(client.get('http://127.0.0.1/')).rejects.toThrow(StateError)
    await expect(client.get('http://127.0.0.1/')).rejects.toThrow('the client has not been entered')
    await within(client, async () => {})
    await expect(client.get('http://127.0.0.1/')).rejects.toThrow(ClosedError)
    await expect(within(client, async () => {})).rejects.toThrow('has been entered already')
  })

  test('it can be held natively', async () => {
    await within(httpServer(echo), async (server) => {
      {
        await using client = await hold(httpClient())
        expect((await client.value.get(server.url)).status).toBe(200)
      }
      await server.whenQuiet()
    })
  })

  test('PL-07 the scope of whoever asked first does not live on in a connection', async () => {
    await within(httpServer(echo), httpClient(), async (server, client) => {
      await within(new CancelScope(), async (scope) => {
        await client.get(server.url)
        scope.cancel()
      }).catch(() => {})
      expect((await client.get(server.url)).status).toBe(200)
    })
  })
})

describe('compressed bodies', () => {
  test('are asked for and decoded', async () => {
    await within(
      httpServer((request, response) => {
        response.setHeader('content-encoding', 'gzip')
        response.end(gzipSync(`asked for ${request.headers['accept-encoding']}`))
      }),
      httpClient(),
      async ({ url }, client) => expect((await client.get(url)).text()).toBe('asked for gzip, deflate, br'),
    )
  })
})

test('a request that has no time is not sent', async () => {
  await within(httpClient(), async (client) => {
    for (const timeout of [0, -1, { total: 0 }]) {
      const error = await client.get('http://127.0.0.1:1/', { timeout }).catch((e: unknown) => e)
      expect(error).toBeInstanceOf(HttpTimeoutError)
      expect(error).toMatchObject({ phase: 'total' })
    }
    expect(client.statistics().finished).toBe(0)
  })
})

describe('wrong calls', () => {
  const wrong: [string, Parameters<typeof httpClient>[0], string][] = [
    ['an option that there is not', { retry: 2 } as never, 'has no option `retry`. It has: baseUrl'],
    ['a limit that there is not', { limits: { hosts: 2 } as never }, 'There is no `limits.hosts`'],
    ['a limit of nothing', { limits: { perHost: 0 } }, '`limits.perHost` is NaN'],
    ['a timeout that is no number', { timeout: NaN }, '`timeout` is NaN'],
    ['a phase that there is not', { timeout: { read: 2 } as never }, 'There is no `timeout.read`'],
    ['retries below zero', { retries: -1 }, '`retries` is -1'],
    ['a base that is no URL', { baseUrl: 'example.org' }, '`baseUrl` is "example.org", which is none'],
    [
      'a base of another kind',
      { baseUrl: 'ftp://ann:secret@example.org' },
      '`baseUrl` is "ftp://example.org". Only http: and https:',
    ],
    ['a base with a query', { baseUrl: 'http://example.org/?a=1' }, 'with a query'],
    ['a header that is none', { headers: { 'a b': '1' } }, '"a b" is no name of a header'],
    ['a header with a line break', { headers: { a: 'x\r\nb: y' } }, 'The value of the header `a` cannot be sent'],
    ['no options', null as never, '`httpClient` was given null'],
    ['a header without a value', { headers: { a: null as never } }, 'The value of the header `a` cannot be sent'],
    ['a proxy that is no URL', { proxy: 'example.org' }, '`proxy` is "example.org", which is none'],
    [
      'a user that is no text',
      { baseUrl: 'http://a%zz:secret@example.org' },
      '"http://example.org", whose user or password',
    ],
    ['a hook that there is not', { hooks: { requests: () => {} } as never }, 'There is no `hooks.requests`'],
    ['a hook that is no function', { hooks: { request: 5 as never } }, '`hooks.request` is 5'],
    ['limits that are none', { limits: 5 as never }, '`limits` is 5'],
    ['a setting of retries that there is not', { retries: { limits: 2 } as never }, 'There is no `retries.limits`'],
    ['no retries', { retries: null as never }, '`retries` is null'],
    ['no timeout', { timeout: null as never }, '`timeout` is null'],
    ['HTTP/2 by another word', { http2: 'yes' as never }, '`http2` is yes'],
  ]
  test.for(wrong)('%s', ([, options, text]) => {
    expect(() => httpClient(options)).toThrow(UsageError)
    expect(() => httpClient(options)).toThrow(text)
  })

  const requests: [string, (client: HttpClient) => Promise<unknown>, string][] = [
    [
      'a relative URL without a base',
      (client) => client.get('/users'),
      'The URL is "/users", which is none. Give one with http://',
    ],
    ['no URL', (client) => client.get(undefined as never), 'The URL is undefined (undefined)'],
    ['a scheme that is not HTTP', (client) => client.get('file:///etc/passwd'), 'Only http: and https:'],
    ['a port that is none', (client) => client.get('http://127.0.0.1:99999/'), 'Look at host and port'],
    ['two bodies', (client) => client.post('http://127.0.0.1:1/', { json: 1, body: 'x' }), 'A request has one body'],
    [
      'JSON of a function',
      (client) => client.post('http://127.0.0.1:1/', { json: () => 1 }),
      'which JSON cannot express',
    ],
    [
      'a body that is none',
      (client) => client.post('http://127.0.0.1:1/', { body: { a: 1 } as never }),
      'for data there is `json`',
    ],
    [
      'no options of a request',
      (client) => client.get('http://127.0.0.1:1/', null as never),
      'The options of a request',
    ],
    [
      'a user that is no text',
      (client) => client.get('http://a%zz:secret@127.0.0.1:1/'),
      '"http://127.0.0.1:1/", whose user or password',
    ],
    ['a method that is none', (client) => client.request('GE T', 'http://127.0.0.1:1/'), '"GE T" is no method'],
    [
      'a signal that is none',
      (client) => client.get('http://127.0.0.1:1/', { signal: {} as never }),
      '`signal` is not an AbortSignal',
    ],
  ]
  test.for(requests)('%s', async ([, request, text]) => {
    await within(httpClient(), async (client) => {
      const error = await request(client).catch((e: unknown) => e)
      expect(error).toBeInstanceOf(UsageError)
      expect((error as Error).message).toContain(text)
      expect(client.statistics()).toEqual({ running: 0, waiting: 0, connections: 0, finished: 0 })
    })
  })
})
