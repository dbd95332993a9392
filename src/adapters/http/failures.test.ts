import { readFileSync } from 'node:fs'
import { createServer as createSecureServer } from 'node:https'
import { describe, expect, test } from 'vitest'
import {
  Cancelled,
  CancelScope,
  contextManager,
  FullError,
  gather,
  moveOnAfter,
  sleep,
  TimeoutError,
  within,
} from 'withal'
import {
  ConnectError,
  ConnectionLostError,
  DecodingError,
  HttpError,
  httpClient,
  httpErrorCodes,
  HttpTimeoutError,
  ProtocolError,
  TooLargeError,
} from 'withal/http'
import { freePort, echo, httpServer, onRequests, rawServer } from '../../../test/http-servers.ts'
import { certificate } from '../../../test/certificate.ts'

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  )

test('every code is explained in docs/http.md, and no other', () => {
  const page = readFileSync(new URL('../../../docs/http.md', import.meta.url), 'utf8')
  const section = page.slice(page.indexOf('\n## Codes'))
  const documented = [...section.matchAll(/^### (\w+)$/gm)].map((match) => match[1])
  expect(new Set(documented)).toEqual(new Set(httpErrorCodes))
  expect(documented).toHaveLength(httpErrorCodes.length)
  for (const entry of section.split(/^### /m).slice(1)) expect(entry).toContain('What to do:')
})

describe('connecting', () => {
  test('a refused connection names method, URL and attempt, and no password', async () => {
    const port = await freePort()
    await within(httpClient(), async (client) => {
      const error = await failureOf(client.get(`http://ann:hidden@127.0.0.1:${port}/a?api_key=hidden`))
      expect(error).toBeInstanceOf(ConnectError)
      expect(error).toBeInstanceOf(HttpError)
      expect(error).toMatchObject({
        name: 'ConnectError',
        code: 'WITHAL_HTTP_CONNECT',
        method: 'GET',
        attempt: 1,
        status: undefined,
      })
      expect((error as Error).message).toBe(
        `GET http://127.0.0.1:${port}/a?api_key=…: nobody listens there (ECONNREFUSED). Look whether the server runs, and at host and port.`,
      )
      expect((error as ConnectError).cause).toMatchObject({ code: 'ECONNREFUSED' })
    })
  })

  test('an unknown host is told', async () => {
    await within(httpClient(), async (client) => {
      const error = await failureOf(client.get('http://nobody.invalid/'))
      expect(error).toBeInstanceOf(ConnectError)
      expect((error as Error).message).toMatch(/the name of the host (is not known|could not be looked up)/)
    })
  })

  const secureServer = contextManager(async function* () {
    const server = createSecureServer(certificate, (_request, response) => response.end('safe'))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    try {
      yield `https://localhost:${(server.address() as { port: number }).port}/`
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    }
  })
  const overIpv4 = { family: 4 } as object // `localhost` may mean ::1 first

  test('a certificate that is not trusted is told, and can be trusted', async () => {
    await within(secureServer(), async (url) => {
      await within(httpClient({ tls: overIpv4 }), async (client) => {
        const error = await failureOf(client.get(url))
        expect(error).toBeInstanceOf(ConnectError)
        expect((error as Error).message).toContain(
          'no connection could be made: DEPTH_ZERO_SELF_SIGNED_CERT: self-signed',
        )
      })
      await within(httpClient({ tls: { ...overIpv4, ca: certificate.cert } }), async (client) => {
        expect((await client.get(url)).text()).toBe('safe')
      })
    })
  })
})

describe('answers that are none', () => {
  const faults: [string, string | undefined, new (...args: never[]) => HttpError, string][] = [
    ['closed without an answer', undefined, ConnectionLostError, 'the connection was lost before an answer came'],
    ['garbage', 'SSH-2.0-OpenSSH_9.9\r\n', ProtocolError, 'what came back is no HTTP'],
    ['a broken status line', 'HTTP/1.1 abc\r\n\r\n', ProtocolError, 'what came back is no HTTP'],
    [
      'half a head',
      'HTTP/1.1 200 OK\r\ncontent-le',
      ConnectionLostError,
      'the connection was lost before an answer came',
    ],
    [
      'a body that is too short',
      'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc',
      ConnectionLostError,
      'the connection was lost before the body was complete',
    ],
    [
      'half a chunk',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\nabc',
      ConnectionLostError,
      'the connection was lost before the body was complete',
    ],
    [
      'chunks that are none',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nabc',
      ProtocolError,
      'what came back is no HTTP',
    ],
    ['a head without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`, ProtocolError, 'what came back is no HTTP'],
  ]
  test.for(faults)('%s', async ([, answer, errorClass, text]) => {
    const server = rawServer((socket) => onRequests(socket, () => socket.end(answer ?? '')))
    await within(server, httpClient(), async ({ url }, client) => {
      const error = await failureOf(client.post(url))
      expect(error).toBeInstanceOf(errorClass)
      expect((error as Error).message).toContain(`POST ${url}/: ${text}`)
    })
  })

  test('a connection that is reset', async () => {
    const server = rawServer((socket) => onRequests(socket, () => socket.resetAndDestroy()))
    await within(server, httpClient(), async ({ url }, client) => {
      expect(await failureOf(client.post(url))).toBeInstanceOf(ConnectionLostError)
    })
  })

  test('a body without length that ends with its connection is complete', async () => {
    const server = rawServer((socket) => onRequests(socket, () => socket.end('HTTP/1.1 200 OK\r\n\r\nabc')))
    await within(server, httpClient(), async ({ url }, client) => {
      expect((await client.get(url)).text()).toBe('abc')
    })
  })

  test('a body that is not what its headers say', async () => {
    await within(
      httpServer((_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('abc')),
      httpClient(),
      async ({ url }, client) => {
        const error = await failureOf(client.get(url))
        expect(error).toBeInstanceOf(DecodingError)
        expect((error as Error).message).toContain('the body is no gzip, as its headers say')
      },
    )
  })

  test('a body that is no JSON', async () => {
    await within(
      httpServer((_request, response) => void response.writeHead(502).end('<html>')),
      httpClient(),
      async ({ url }, client) => {
        const response = await client.get(url)
        expect(() => response.json()).toThrow(DecodingError)
        expect(() => response.json()).toThrow(`GET ${url}/: status 502, and the body is no JSON: "<html>".`)
      },
    )
  })

  const tooLarge: [string, Record<string, string>][] = [
    ['says its length', { 'content-length': '1000' }],
    ['does not', {}],
  ]
  test.for(tooLarge)('a body that is larger than allowed, and %s', async ([, headers]) => {
    await within(
      httpServer((_request, response) => void response.writeHead(200, headers).end('x'.repeat(1_000))),
      httpClient({ limits: { body: 999 } }),
      async ({ url }, client) => {
        const error = await failureOf(client.get(url))
        expect(error).toBeInstanceOf(TooLargeError)
        expect((error as Error).message).toContain('the body is larger than 999 bytes')
      },
    )
  })
})

/** With TLS, a connection to it is never made. */
const silent = () => rawServer((socket) => void socket.resume())

describe('limits of time', () => {
  const rows: [string, Parameters<typeof httpClient>[0], string, string][] = [
    ['headers that do not come', { timeout: { headers: 20 } }, '/nothing', 'headers'],
    ['a body that stalls', { timeout: { body: 20 } }, '/stall', 'body'],
    ['all of it, before an answer', { timeout: 20 }, '/nothing', 'total'],
    ['all of it, in the body', { timeout: 20 }, '/stall', 'total'],
  ]
  test.for(rows)('%s', async ([, options, path, phase]) => {
    await within(
      httpServer((request, response) => {
        if (request.url === '/stall') response.writeHead(200).write('abc')
      }),
      ({ url }) => httpClient({ baseUrl: url, ...options }),
      async (server, client) => {
        const error = await failureOf(client.get(path))
        expect(error).toBeInstanceOf(HttpTimeoutError)
        expect(error).toBeInstanceOf(TimeoutError)
        expect(error).toMatchObject({
          name: 'HttpTimeoutError',
          code: 'WITHAL_TIMEOUT',
          phase,
          allowed: 20,
          method: 'GET',
          attempt: 1,
        })
        expect((error as Error).message).toContain(`within 20 ms. Raise \`timeout.${phase}\`.`)
        await server.whenQuiet() // its connection has been cut
      },
    )
  })

  test('a body that goes on coming is not cut', async () => {
    await within(
      httpServer(async (_request, response) => {
        for (let i = 0; i < 10; i++) {
          response.write('x')
          await sleep(10)
        }
        response.end()
      }),
      httpClient({ timeout: { body: 5_000 } }),
      async ({ url }, client) => expect((await client.get(url)).text()).toBe('x'.repeat(10)),
    )
  })

  test('a connection that is not made', async () => {
    await within(silent(), httpClient({ timeout: { connect: 20 } }), async ({ url }, client) => {
      const error = await failureOf(client.get(url.replace('http:', 'https:')))
      expect(error).toMatchObject({ name: 'HttpTimeoutError', phase: 'connect', allowed: 20 })
    })
  })

  test('waiting for a place', async () => {
    await within(
      httpServer(() => {}),
      httpClient({ limits: { perHost: 1, waiting: 1 }, timeout: { queue: 20 } }),
      async ({ url }, client) => {
        const scope = new CancelScope()
        await within(scope, async () => {
          const [, second, third] = await Promise.all([
            client.get(url).catch(() => {}),
            failureOf(client.get(url)),
            failureOf(client.get(url)),
            sleep(50).then(() => scope.cancel()),
          ])
          expect(third).toBeInstanceOf(FullError)
          expect(second).toMatchObject({ name: 'HttpTimeoutError', phase: 'queue' })
        }).catch((error: unknown) => {
          if (!(error instanceof Cancelled)) throw error
        })
      },
    )
  })
})

describe('cancelling', () => {
  test('the scope around a request stops it, and cuts its connection', async () => {
    await within(
      httpServer(() => {}),
      httpClient(),
      async (server, client) => {
        const scope = moveOnAfter(20)
        await within(scope, async () => await client.get(server.url))
        await server.whenQuiet()
        expect(client.statistics()).toMatchObject({ running: 0 })
        await within(moveOnAfter(20), async () =>
          expect(await failureOf(client.get(server.url))).toBeInstanceOf(Cancelled),
        )
      },
    )
  })

  test('a request in a cancelled scope is not sent', async () => {
    await within(httpServer(echo), httpClient(), async (server, client) => {
      const scope = new CancelScope()
      await within(scope, async () => {
        scope.cancel()
        await client.get(server.url)
      })
      expect(server.connections).toBe(0)
    })
  })

  test('a signal stops it with its reason', async () => {
    await within(
      httpServer(() => {}),
      httpClient(),
      async ({ url }, client) => {
        const controller = new AbortController()
        const reason = new Error('enough')
        const pending = failureOf(client.get(url, { signal: controller.signal }))
        await sleep(20)
        controller.abort(reason)
        expect(await pending).toBe(reason)
        expect(await failureOf(client.get(url, { signal: controller.signal }))).toBe(reason)
      },
    )
  })

  test('one that waits for a place leaves the queue', async () => {
    await within(
      httpServer(() => {}),
      httpClient({ limits: { perHost: 1 } }),
      async ({ url }, client) => {
        await within(moveOnAfter(20), async () => {
          await Promise.all([client.get(url), client.get(url)])
        })
        expect(client.statistics()).toMatchObject({ running: 0, waiting: 0 })
      },
    )
  })

  test('one that is still connecting is stopped, too', async () => {
    await within(silent(), async (server) => {
      await within(httpClient(), async (client) => {
        await within(moveOnAfter(20), async () => void (await client.get(server.url.replace('http:', 'https:'))))
        expect(client.statistics()).toMatchObject({ running: 0, connections: 1 })
      })
      await server.whenQuiet() // it was closed with its client
    })
  })

  test('R10 10,000 requests under one signal leave no listener', async () => {
    const { signal } = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = signal
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++
      addEventListener.apply(signal, args)
    }
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--
      removeEventListener.apply(signal, args)
    }
    await within(
      httpServer((_request, response) => void response.end('x')),
      httpClient(),
      async ({ url }, client) => {
        const times = 10_000
        await gather(
          Array.from({ length: 50 }, () => async () => {
            for (let i = 0; i < times / 50; i++) await client.get(url, { signal })
          }),
        )
        expect(client.statistics().finished).toBe(times)
      },
    )
    expect(listeners).toBe(0)
  })
})

describe('a connection that was closed while nobody used it', () => {
  /** Answers the first request on each connection, and closes it when a second one comes. */
  const forgetful = () =>
    rawServer((socket, connection) =>
      onRequests(socket, (count) => {
        if (count > 1) socket.destroy()
        else socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n${connection}`)
      }),
    )

  test('R28 an idempotent request that meets one is sent again, once', async () => {
    await within(forgetful(), httpClient({ limits: { perHost: 1 } }), async (server, client) => {
      expect((await client.get(server.url)).text()).toBe('1')
      const second = await client.get(server.url)
      expect([second.text(), second.attempt]).toEqual(['2', 1])
      expect((await client.put(server.url, { body: 'x' })).text()).toBe('3')
      expect(server.connections()).toBe(3)
    })
  })

  test('R28 any other one is not', async () => {
    await within(forgetful(), httpClient({ limits: { perHost: 1 } }), async (server, client) => {
      await client.get(server.url)
      expect(await failureOf(client.post(server.url))).toBeInstanceOf(ConnectionLostError)
      await client.get(server.url)
      const { status } = await client.post(server.url, { headers: { 'idempotency-key': '7' } })
      expect(status).toBe(200)
    })
  })

  test('R28 one whose body is a stream is not', async () => {
    await within(forgetful(), httpClient({ limits: { perHost: 1 } }), async (server, client) => {
      await client.get(server.url)
      expect(await failureOf(client.put(server.url, { body: ['x'] }))).toBeInstanceOf(ConnectionLostError)
    })
  })

  test('R28 it is sent again only once', async () => {
    const server = rawServer((socket, connection) =>
      onRequests(socket, (count) => {
        if (connection > 1 || count > 1) socket.destroy()
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n')
      }),
    )
    await within(server, httpClient({ limits: { perHost: 1 } }), async ({ url, connections }, client) => {
      await client.get(url)
      expect(await failureOf(client.get(url))).toBeInstanceOf(ConnectionLostError)
      expect(connections()).toBe(2)
    })
  })
})
