import { describe, expect, test } from 'vitest'
import { gather, moveOnAfter, othersOf, sleep, within } from 'withal'
import { ConnectError, httpClient, HttpTimeoutError, RedirectError } from 'withal/http'
import type { HttpClient, Hooks } from 'withal/http'
import { TestClock } from 'withal/testing'
import { echo, freePort, httpServer, onRequests, rawServer } from '../../../test/http-servers.ts'
import type { SeenRequest } from '../../../test/http-servers.ts'

/** Answers with the status that the path begins with, and sends on to the rest of it. */
const redirecting = () =>
  httpServer((request, response) => {
    const [, status, location] = /^\/(3\d\d)(\/.*)$/.exec(request.url!) ?? []
    if (status === undefined) return echo(request, response)
    response.writeHead(Number(status), { location: decodeURIComponent(location!.replace('/to:', '')) }).end('moved')
    return undefined
  })

const withRedirects = <R>(
  body: (client: HttpClient, url: string) => Promise<R>,
  options: Parameters<typeof httpClient>[0] = {},
): Promise<R | undefined> =>
  within(
    redirecting(),
    ({ url }) => httpClient({ baseUrl: url, ...options }),
    (server, client) => body(client, server.url),
  )

describe('redirects', () => {
  const rows: [number, string, string, string][] = [
    [301, 'GET', 'GET', ''],
    [301, 'POST', 'GET', ''],
    [302, 'POST', 'GET', ''],
    [302, 'PUT', 'PUT', 'body'],
    [303, 'PUT', 'GET', ''],
    [303, 'HEAD', 'HEAD', ''],
    [307, 'POST', 'POST', 'body'],
    [308, 'DELETE', 'DELETE', 'body'],
  ]
  test.for(rows)('%i turns %s into %s', async ([status, method, then, body]) => {
    await withRedirects(async (client, url) => {
      const given = method === 'GET' || method === 'HEAD' ? {} : { body: 'body' }
      const response = await client.request(method, `/${status}/x`, given)
      expect([response.url, response.redirects]).toEqual([`${url}/x`, [`${url}/${status}/x`]])
      if (then === 'HEAD') return
      const seen = response.json<{ method: string; body: string; headers: Record<string, string> }>()
      expect([seen.method, seen.body, seen.headers['content-type']]).toEqual([
        then,
        body,
        body === '' ? undefined : 'text/plain;charset=UTF-8',
      ])
    })
  })

  test('they are followed one after the other, over one connection', async () => {
    await within(redirecting(), httpClient(), async (server, client) => {
      const response = await client.get(`${server.url}/302/302/301/x`)
      expect(response.redirects).toHaveLength(3)
      expect(server.connections).toBeLessThanOrEqual(2)
    })
  })

  test('too many are an error, none asked for gives the first one', async () => {
    await withRedirects(async (client) => {
      const error = await client.get('/302/302/302/x', { redirects: 2 }).catch((e: unknown) => e)
      expect(error).toBeInstanceOf(RedirectError)
      expect(error).toMatchObject({ status: 302, code: 'WITHAL_HTTP_REDIRECT' })
      expect((error as Error).message).toContain('there are more than 2 redirects, the next one to "/x"')
      const response = await client.get('/302/x', { redirects: 0 })
      expect([response.status, response.headers.get('location'), response.text()]).toEqual([302, '/x', 'moved'])
    })
  })

  test('a loop ends', async () => {
    const server = httpServer((request, response) => void response.writeHead(302, { location: request.url }).end())
    await within(server, httpClient(), async ({ url }, client) => {
      await expect(client.get(url)).rejects.toThrow('there are more than 10 redirects')
    })
  })

  test('one to where no HTTP is spoken is not followed', async () => {
    await withRedirects(async (client) => {
      await expect(client.get('/302/to:file%3A%2F%2F%2Fetc%2Fpasswd')).rejects.toThrow(
        'it is redirected to "file:///etc/passwd", where no HTTP is spoken',
      )
    })
  })

  test('a stream cannot be sent again, a function that makes one can', async () => {
    await withRedirects(async (client) => {
      await expect(client.post('/307/x', { body: ['a'] })).rejects.toThrow('which cannot be sent again')
      expect((await client.post('/307/x', { body: () => ['a'] })).json<{ body: string }>().body).toBe('a')
    })
  })

  test('another host does not see what is secret', async () => {
    await within(httpServer(echo), async (other) => {
      await withRedirects(async (client, url) => {
        const headers = { authorization: 'secret', cookie: 'a=1', 'x-app': 'a' }
        const own = await client.get(`/302/to:${encodeURIComponent(`${url}/x`)}`, { headers })
        expect(own.json<SeenRequest>().headers).toMatchObject(headers)
        const away = await client.get(`/302/to:${encodeURIComponent(`${other.url}/x`)}`, { headers })
        const seen = away.json<SeenRequest>().headers
        expect([seen.authorization, seen.cookie, seen['x-app']]).toEqual([undefined, undefined, 'a'])
        expect(seen.host).toBe(new URL(other.url).host)
      })
    })
  })

  test('a stream is redirected, too', async () => {
    await withRedirects(async (client, url) => {
      await within(client.stream('GET', '/302/x'), async (stream) => {
        expect([stream.status, stream.url, (await stream.json<SeenRequest>()).url]).toEqual([200, `${url}/x`, '/x'])
      })
    })
  })
})

/** Answers with each of these statuses in turn; the last one stays. */
const answering = (...answers: (number | [number, Record<string, string>])[]) => {
  let count = 0
  return httpServer((_request, response) => {
    const answer = answers[Math.min(count++, answers.length - 1)]!
    const [status, headers] = typeof answer === 'number' ? [answer, {}] : answer
    response.writeHead(status, headers).end(`answer ${count}`)
  })
}
const fast = { limit: 2, delay: 1 }

describe('trying again', () => {
  test('a passing failure of the server is tried again', async () => {
    await within(answering(503, 429, 200), httpClient({ retries: fast }), async ({ url }, client) => {
      const response = await client.get(url)
      expect([response.status, response.text(), response.attempt]).toEqual([200, 'answer 3', 3])
    })
  })

  test('nothing is tried again where that is not asked for', async () => {
    await within(answering(503, 200), httpClient(), async ({ url }, client) => {
      expect((await client.get(url)).status).toBe(503)
      expect((await client.get(url, { retries: 1 })).status).toBe(200)
    })
  })

  const once: [string, (client: HttpClient, url: string) => ReturnType<HttpClient['get']>][] = [
    ['a lasting failure', (client, url) => client.get(url, { retries: { ...fast, statuses: [500] } })],
    ['a method that may do harm', (client, url) => client.post(url)],
    ['a body that is a stream', (client, url) => client.put(url, { body: ['x'] })],
    [
      'more patience than there is',
      (client, url) => client.get(url, { retries: { delay: 60_000, maxDelay: 60_000, jitter: 0 }, timeout: 30_000 }),
    ],
  ]
  test.for(once)('it is not, with %s', async ([, request]) => {
    await within(answering(503, 200), httpClient({ retries: fast }), async ({ url }, client) => {
      const response = await request(client, url)
      expect([response.status, response.attempt]).toEqual([503, 1])
    })
  })

  test('a method that may do harm is, with a key that makes it harmless, or where it is allowed', async () => {
    await within(answering(503, 200, 503, 200), httpClient({ retries: fast }), async ({ url }, client) => {
      expect((await client.post(url, { json: 1, headers: { 'Idempotency-Key': '7' } })).attempt).toBe(2)
      expect((await client.post(url, { json: 1, retries: { ...fast, methods: ['post'] } })).attempt).toBe(2)
    })
  })

  test('the last answer is given when it does not get better', async () => {
    await within(answering(503), httpClient({ retries: fast }), async ({ url }, client) => {
      const response = await client.get(url)
      expect([response.status, response.attempt, response.text()]).toEqual([503, 3, 'answer 3'])
    })
  })

  test('a server that is not there yet is tried again, whatever the method, and earlier errors are kept', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    await within(httpClient({ retries: fast }), async (client) => {
      const error = await client.post(url, { json: 1 }).catch((e: unknown) => e)
      expect(error).toBeInstanceOf(ConnectError)
      expect(error).toMatchObject({ attempt: 3 })
      expect((error as Error).message).toContain(`POST ${url}/ (attempt 3): nobody listens there`)
      expect(othersOf(error)).toHaveLength(2)
    })
  })

  test('an answer that does not come in time is tried again', async () => {
    const server = rawServer((socket, connection) =>
      onRequests(socket, () => {
        if (connection > 1) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      }),
    )
    await within(server, httpClient({ retries: fast, timeout: { headers: 30 } }), async ({ url }, client) => {
      expect((await client.get(url)).attempt).toBe(2)
    })
  })

  test('the whole time counts all attempts', async () => {
    await within(
      httpServer(() => {}),
      httpClient({ timeout: { headers: 40, total: 60 } }),
      async ({ url }, client) => {
        const error = await client.get(url, { retries: { limit: 10, delay: 1 } }).catch((e: unknown) => e)
        expect(error).toBeInstanceOf(HttpTimeoutError)
        expect(error).toMatchObject({ phase: 'total', allowed: 60, attempt: 2 })
      },
    )
  })

  const waits: [string, string, number][] = [
    ['seconds', '7', 7_000],
    ['a date that has passed', new Date(0).toUTCString(), 0],
    ['what nobody understands', 'soon', 1],
  ]
  test.for(waits)('retry-after is obeyed: %s', async ([, value, delay]) => {
    const clock = new TestClock()
    await within(
      clock,
      answering([429, { 'retry-after': value }], 200),
      httpClient({ retries: { limit: 1, delay: 1, jitter: 0 } }),
      async (_clock, { url }, client) => {
        const settled = { attempt: 0 }
        const pending = client.get(url).then((response) => (settled.attempt = response.attempt))
        while (client.statistics().finished < 1 || client.statistics().running > 0) await realTurn()
        if (delay > 1) {
          await clock.advance(delay - 1)
          expect(settled.attempt).toBe(0)
        }
        while (settled.attempt === 0) {
          await realTurn()
          await clock.advance(1)
        }
        expect(await pending).toBe(2)
      },
    )
  })

  test('a server that asks for too much patience has its answer given', async () => {
    await within(
      answering([429, { 'retry-after': '3600' }], 200),
      httpClient({ retries: fast }),
      async ({ url }, client) => {
        expect((await client.get(url)).status).toBe(429)
      },
    )
  })

  test('the scope around ends the wait', async () => {
    await within(answering(503), httpClient({ retries: { delay: 60_000 } }), async ({ url }, client) => {
      const result = await within(moveOnAfter(50), async () => await client.get(url))
      expect(result).toBeUndefined()
    })
  })

  test('a stream is tried again, too', async () => {
    await within(answering(503, 200), httpClient({ retries: fast }), async ({ url }, client) => {
      await within(client.stream('GET', url), async (stream) => expect(await stream.text()).toBe('answer 2'))
    })
  })
})

const realTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve)
  })

test.for([{ perHost: 3 }, { total: 3 }])('no more requests run at once than limits allow: %o', async (limits) => {
  let [now, most] = [0, 0]
  const server = httpServer(async (_request, response) => {
    most = Math.max(most, ++now)
    await sleep(2)
    now--
    response.end()
  })
  await within(server, httpClient({ limits }), async ({ url }, client) => {
    await gather(Array.from({ length: 30 }, () => () => client.get(url)))
    expect(most).toBe(3)
  })
})

describe('hooks', () => {
  const record = (calls: string[], more: Hooks = {}): Hooks => ({
    request: ({ method, attempt }) => void calls.push(`${method} ${attempt}`),
    response: ({ status }) => void calls.push(String(status)),
    error: ({ error }) => void calls.push((error as Error).name),
    ...more,
  })

  test('are called for every attempt and every redirect', async () => {
    const calls: string[] = []
    await withRedirects(async (client) => void (await client.get('/302/x')), { hooks: record(calls) })
    await within(answering(503, 200), httpClient({ retries: fast, hooks: record(calls) }), async ({ url }, client) => {
      await client.get(url)
      await client.get(`http://127.0.0.1:${await freePort()}`, { retries: 0 }).catch(() => {})
    })
    expect(calls).toEqual(['GET 1', '302', 'GET 1', '200', 'GET 1', '503', 'GET 2', '200', 'GET 1', 'ConnectError'])
  })

  test('may change the headers, of this request alone', async () => {
    let count = 0
    const hooks: Hooks = {
      request: async ({ headers }) => {
        await sleep(0)
        if (++count === 1) headers.set('x-signature', 'abc')
      },
    }
    await withRedirects(
      async (client) => {
        expect((await client.get('/x')).json<SeenRequest>().headers['x-signature']).toBe('abc')
        expect((await client.get('/x')).json<SeenRequest>().headers).not.toHaveProperty('x-signature')
      },
      { hooks },
    )
  })

  test('what they throw is what the request fails with', async () => {
    const hooks: Hooks = {
      response: () => {
        throw new RangeError('not this one')
      },
    }
    await withRedirects(
      async (client) => {
        await expect(client.get('/x')).rejects.toThrow(new RangeError('not this one'))
        expect(client.statistics().running).toBe(0)
      },
      { hooks },
    )
  })

  test('what they throw of a failure does not hide it', async () => {
    const hooks: Hooks = {
      error: () => {
        throw new RangeError('cannot log')
      },
    }
    await within(httpClient({ hooks }), async (client) => {
      const error = await client.get(`http://127.0.0.1:${await freePort()}`).catch((e: unknown) => e)
      expect(error).toBeInstanceOf(RangeError)
      expect((error as Error).cause).toBeInstanceOf(ConnectError)
    })
  })
})
