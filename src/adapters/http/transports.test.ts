import { once } from 'node:events'
import { createServer as createHttpServer, request as forward } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createSecureServer, createServer } from 'node:http2'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { contextManager, gather, moveOnAfter, within } from 'withal'
import { ConnectError, httpClient } from 'withal/http'
import { certificate } from '../../../test/certificate.ts'
import { echo, freePort, httpServer } from '../../../test/http-servers.ts'

const tls = { ca: certificate.cert, servername: 'localhost' }

/** Speaks HTTP/2, with TLS also HTTP/1.1. */
const http2Server = contextManager(async function* (secure: boolean) {
  const server = secure ? createSecureServer({ ...certificate, allowHTTP1: true }) : createServer()
  const sessions = new Set<{ destroy(): void }>()
  let connections = 0
  server.on('session', (session) => {
    connections++
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  server.on('request', (request, response) => {
    if (request.url === '/hang') return
    response.end(`HTTP/${request.httpVersion} ${request.url}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on one
  try {
    yield { url: `${secure ? 'https' : 'http'}://127.0.0.1:${port}`, sessions, connections: () => connections }
  } finally {
    for (const session of sessions) session.destroy()
    server.close()
    await once(server, 'close')
  }
})

describe('HTTP/2', () => {
  test('is spoken where the server can, and only where it is asked for', async () => {
    await within(http2Server(true), async ({ url }) => {
      await within(httpClient({ http2: true, tls }), async (client) => {
        expect((await client.get(`${url}/a`)).text()).toBe('HTTP/2.0 /a')
      })
      await within(httpClient({ tls }), async (client) => {
        expect((await client.get(`${url}/a`)).text()).toBe('HTTP/1.1 /a')
      })
    })
  })

  test('is spoken without TLS where that is asked for', async () => {
    await within(http2Server(false), httpClient({ http2: 'cleartext' }), async ({ url }, client) => {
      expect((await client.post(`${url}/a`, { body: 'x' })).text()).toBe('HTTP/2.0 /a')
    })
  })

  test('a server that cannot is asked in HTTP/1.1', async () => {
    await within(httpServer(echo), httpClient({ http2: true }), async ({ url }, client) => {
      expect((await client.get(url)).status).toBe(200)
    })
  })

  test('many requests at once share connections, and leaving closes them', async () => {
    await within(http2Server(true), async (server) => {
      await within(httpClient({ http2: true, tls }), async (client) => {
        await client.get(`${server.url}/first`)
        const all = await gather(Array.from({ length: 50 }, (_, i) => () => client.get(`${server.url}/${i}`)))
        expect(all.map((one) => one.text())).toEqual(Array.from({ length: 50 }, (_, i) => `HTTP/2.0 /${i}`))
        expect(server.connections()).toBeLessThan(10)
      })
      while (server.sessions.size > 0) await new Promise((resolve) => setImmediate(resolve))
    })
  })

  test('cancelling one request leaves the connection to the others', async () => {
    await within(http2Server(true), httpClient({ http2: true, tls }), async (server, client) => {
      await client.get(`${server.url}/first`)
      await within(moveOnAfter(30), async () => void (await client.get(`${server.url}/hang`)))
      expect(client.statistics().running).toBe(0)
      expect((await client.get(`${server.url}/a`)).text()).toBe('HTTP/2.0 /a')
    })
  })

  test('a body is read piece by piece', async () => {
    await within(
      http2Server(true),
      httpClient({ http2: true, tls }),
      ({ url }, client) => client.stream('GET', `${url}/a`),
      async (_server, _client, stream) => expect(await stream.text()).toBe('HTTP/2.0 /a'),
    )
  })
})

/** A proxy that notes what it is asked. */
const proxyServer = contextManager(async function* () {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? 'nobody'}`)
    const { 'proxy-authorization': _own, ...headers } = request.headers
    const onward = forward(request.url!, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  }
  const server = createHttpServer(handle)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  server.on('connect', (request, socket: Socket) => {
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? 'nobody'}`)
    const { hostname, port } = new URL(`http://${request.url}`)
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    sockets.add(onward)
    onward.on('error', () => socket.destroy())
    socket.on('error', () => onward.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    yield { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
})

describe('a proxy', () => {
  test('passes plain requests on, with user and password of its own', async () => {
    await within(
      httpServer(echo),
      proxyServer(),
      (_server, { host }) => httpClient({ proxy: `http://ann:pw@${host}` }),
      async ({ url }, { asked }, client) => {
        const seen = (await client.post(`${url}/a?b=1`, { json: 1 })).json<{
          url: string
          body: string
          headers: object
        }>()
        expect([seen.url, seen.body]).toEqual(['/a?b=1', '1'])
        expect(JSON.stringify(seen.headers)).not.toContain('Basic')
        expect(asked).toHaveLength(1)
        expect(asked[0]).toContain(`Basic ${Buffer.from('ann:pw').toString('base64')}`)
      },
    )
  })

  test('makes tunnels for TLS, which are closed with the client', async () => {
    await within(http2Server(true), proxyServer(), async (server, { host, asked }) => {
      const client = httpClient({ proxy: `http://${host}`, tls })
      await within(client, async () => {
        expect((await client.get(`${server.url}/a`)).text()).toBe('HTTP/1.1 /a')
        expect(client.statistics().connections).toBeGreaterThan(0)
      })
      expect(client.statistics().connections).toBe(0)
      expect(asked).toEqual([`CONNECT ${server.url.slice('https://'.length)} nobody`])
    })
  })

  test('that is not there is told, without its password', async () => {
    const proxy = `http://ann:hidden@127.0.0.1:${await freePort()}`
    await within(httpClient({ proxy }), async (client) => {
      const error = await client.get('http://127.0.0.1:1/').catch((e: unknown) => e)
      expect(error).toBeInstanceOf(ConnectError)
      expect((error as Error).message).toContain('nobody listens there')
      expect(String(error)).not.toContain('hidden')
    })
  })
})
