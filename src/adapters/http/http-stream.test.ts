import { once } from 'node:events'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Cancelled, CancelScope, hold, moveOnAfter, sleep, StateError, within } from 'withal'
import {
  ConnectionLostError,
  DecodingError,
  EventStreamError,
  httpClient,
  HttpTimeoutError,
  StatusError,
  TooLargeError,
} from 'withal/http'
import type { HttpClient, HttpStream, ServerSentEvent } from 'withal/http'
import { httpServer, onRequests, rawServer } from '../../../test/http-servers.ts'

/** Runs a body inside a stream of `/` of a server. */
const withStream = <R>(
  server: ReturnType<typeof httpServer>,
  body: (stream: HttpStream, client: HttpClient) => Promise<R>,
  options: Parameters<typeof httpClient>[0] = {},
): Promise<R | undefined> =>
  within(
    server,
    httpClient(options),
    ({ url }, client) => client.stream('GET', url),
    (_server, client, stream) => body(stream, client),
  )

/** All that comes, as `Array.fromAsync` gives it. */
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

const megabyte = Buffer.alloc(1024 * 1024, 'x')
const sends = (...pieces: (string | Buffer)[]) =>
  httpServer(async (_request, response) => {
    for (const piece of pieces) {
      response.write(piece)
      await sleep(1)
    }
    response.end()
  })

describe('reading piece by piece', () => {
  test('pieces come as they are sent', async () => {
    await withStream(sends('a', 'bc', 'd'), async (stream) => {
      expect(stream.status).toBe(200)
      const pieces: string[] = []
      for await (const piece of stream) pieces.push(Buffer.from(piece).toString())
      expect(pieces.join('')).toBe('abcd')
      expect(pieces.length).toBeGreaterThan(1)
    })
  })

  test('a loop that was left can be gone on with', async () => {
    await withStream(sends('a', 'b', 'c'), async (stream) => {
      for await (const piece of stream) {
        expect(Buffer.from(piece).toString()).toBe('a')
        break
      }
      expect(await stream.text()).toBe('bc')
    })
  })

  test('the server has to wait for whoever reads', async () => {
    let written = 0
    const endless = httpServer(async (_request, response) => {
      while (!response.destroyed) {
        if (!response.write(megabyte)) await Promise.race([once(response, 'drain'), once(response, 'close')])
        written++
      }
    })
    await withStream(endless, async (stream) => {
      for await (const piece of stream) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
      await sleep(100)
      const before = written
      await sleep(100)
      expect(written).toBe(before)
    })
  })

  test('a slow reader is not too late', async () => {
    await withStream(
      sends(megabyte, megabyte, megabyte),
      async (stream) => {
        let size = 0
        for await (const piece of stream) {
          if (size === 0) await sleep(150)
          size += piece.length
        }
        expect(size).toBe(3 * megabyte.length)
      },
      { timeout: { body: 100 } },
    )
  })

  test('what does not come in time is told', async () => {
    await withStream(
      httpServer((_request, response) => void response.write('a')),
      async (stream) => {
        await expect(stream.text()).rejects.toThrow(HttpTimeoutError)
      },
      { timeout: { body: 20 } },
    )
  })

  test('the scope around a reader ends his waiting, not the stream', async () => {
    let finish: (() => void) | undefined
    const server = httpServer((_request, response) => {
      response.write('a')
      finish = () => response.end('b')
    })
    await withStream(server, async (stream) => {
      const pieces = stream[Symbol.asyncIterator]()
      await pieces.next()
      await within(moveOnAfter(20), async () => void (await pieces.next()))
      finish?.()
      expect(await stream.text()).toBe('b')
    })
  })

  test('lines come without their ends', async () => {
    await withStream(sends('one\ntw', 'o\r', '\n\nfo', 'ur'), async (stream) => {
      expect(await all(stream.lines())).toEqual(['one', 'two', '', 'four'])
    })
  })

  test('letters that are cut between two pieces are whole', async () => {
    const text = Buffer.from('grüße')
    await withStream(sends(text.subarray(0, 3), text.subarray(3)), async (stream) => {
      expect(await all(stream.lines())).toEqual(['grüße'])
    })
  })

  test('whole bodies and lines are limited', async () => {
    await withStream(
      sends('12345678', '12345678'),
      async (stream) => await expect(stream.text()).rejects.toThrow(TooLargeError),
      {
        limits: { body: 10 },
      },
    )
    await withStream(
      sends('12345678', '12345678'),
      async (stream) => await expect(all(stream.lines())).rejects.toThrow('a line is larger than 10 bytes'),
      { limits: { body: 10 } },
    )
  })

  test('JSON, bytes and headers are there, too', async () => {
    await withStream(sends('{"a":', '1}'), async (stream) => expect(await stream.json()).toEqual({ a: 1 }))
    await withStream(sends('ab'), async (stream) => expect(await stream.bytes()).toEqual(Buffer.from('ab')))
  })

  test('raiseForStatus takes the beginning of the body along', async () => {
    const server = httpServer((_request, response) => void response.writeHead(503).end('busy'))
    await withStream(server, async (stream) => {
      const error = await stream.raiseForStatus().catch((e: unknown) => e)
      expect(error).toBeInstanceOf(StatusError)
      expect((error as StatusError).response.text()).toBe('busy')
    })
    await withStream(sends('x'), async (stream) => expect(await stream.raiseForStatus()).toBe(stream))
  })

  test('a body that is lost on the way is told', async () => {
    const server = rawServer((socket) =>
      onRequests(socket, () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc')),
    )
    await within(
      server,
      httpClient(),
      ({ url }, client) => client.stream('GET', url),
      async (_server, _client, stream) => await expect(stream.text()).rejects.toThrow(ConnectionLostError),
    )
  })

  const codings: [string, (data: Buffer) => Buffer][] = [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['gzip, br', (data) => brotliCompressSync(gzipSync(data))],
  ]
  test.for(codings)('%s is decoded', async ([coding, encode]) => {
    const encoded = encode(Buffer.concat([megabyte, Buffer.from('end')]))
    const server = () =>
      httpServer(async (_request, response) => {
        response.setHeader('content-encoding', coding)
        response.write(encoded.subarray(0, 10))
        await sleep(1)
        response.end(encoded.subarray(10))
      })
    await withStream(server(), async (stream) => {
      const text = await stream.text()
      expect([text.length, text.slice(-4)]).toEqual([megabyte.length + 3, 'xend'])
    })
    await withStream(server(), async (stream) => {
      for await (const piece of stream) {
        expect(piece.length).toBeGreaterThan(0)
        break
      }
    })
    await within(server(), httpClient(), async ({ url }, client) => {
      expect((await client.get(url)).bytes().length).toBe(megabyte.length + 3)
    })
    await within(server(), httpClient({ limits: { body: 100_000 } }), async ({ url }, client) => {
      await expect(client.get(url)).rejects.toThrow('decoded, the body is larger than 100000 bytes')
    })
  })

  test('what is not decodable is told', async () => {
    const server = httpServer(
      (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'),
    )
    await withStream(server, async (stream) => await expect(stream.text()).rejects.toThrow(DecodingError))
  })
})

describe('leaving', () => {
  test('R28 little that is unread is read, and the connection used again', async () => {
    await within(
      httpServer((_request, response) => void response.end('little')),
      httpClient(),
      async (server, client) => {
        for (let i = 0; i < 5; i++) {
          await within(client.stream('GET', server.url), async (stream) => expect(stream.status).toBe(200))
        }
        expect(server.connections).toBeLessThanOrEqual(2)
        expect(client.statistics().running).toBe(0)
      },
    )
  })

  test('R28 much that is unread is cut off', async () => {
    const server = httpServer((_request, response) => void response.end(Buffer.alloc(50 * 1024 * 1024)))
    await within(server, httpClient(), async (running, client) => {
      await within(client.stream('GET', running.url), async () => {})
      expect(client.statistics().running).toBe(0)
      await running.whenQuiet()
    })
  })

  test('R28 a body that has stalled is cut off after a second', async () => {
    const server = httpServer((_request, response) => void response.write('a'))
    await within(server, httpClient(), async (running, client) => {
      await within(client.stream('GET', running.url), async () => {})
      expect(client.statistics().running).toBe(0)
      await running.whenQuiet()
    })
  })

  test('it is left in a cancelled scope, too', async () => {
    const server = httpServer((_request, response) => void response.write('a'))
    await within(server, httpClient(), async (running, client) => {
      await within(new CancelScope(), async (scope) => {
        await within(client.stream('GET', running.url), async (stream) => {
          scope.cancel()
          await stream.text()
        })
      })
      expect(client.statistics().running).toBe(0)
      await running.whenQuiet()
    })
  })

  test('its place is free again, and not before', async () => {
    await within(
      sends('a'),
      httpClient({ limits: { perHost: 1 }, timeout: { queue: 20 } }),
      async ({ url }, client) => {
        await within(client.stream('GET', url), async (stream) => {
          await expect(client.get(url)).rejects.toThrow(
            'no place came free among the requests to this host within 20 ms',
          )
          await stream.text()
        })
        expect((await client.get(url)).text()).toBe('a')
      },
    )
  })

  test('reading after the end is refused', async () => {
    const stream = await withStream(sends('a'), async (one) => one)
    await expect(stream!.text()).rejects.toThrow(StateError)
    await expect(stream!.text()).rejects.toThrow('the body was read after its block had ended')
  })

  test('two readers at once are refused', async () => {
    await withStream(sends('a', 'b'), async (stream) => {
      await stream[Symbol.asyncIterator]().next()
      const [one, two] = await Promise.allSettled([stream.text(), stream.text()])
      expect([one.status, two.status].toSorted((a, b) => a.localeCompare(b))).toEqual(['fulfilled', 'rejected'])
    })
  })

  test('it can be held natively, and is sent only when it is entered', async () => {
    await within(sends('a'), httpClient(), async (server, client) => {
      client.stream('GET', server.url)
      expect(server.connections).toBe(0)
      {
        await using stream = await hold(client.stream('GET', server.url))
        expect(await stream.value.text()).toBe('a')
      }
      expect(client.statistics()).toMatchObject({ running: 0, finished: 1 })
    })
  })

  test('both ways can go on at the same time', async () => {
    const server = httpServer((request, response) => void request.pipe(response))
    let wake: (() => void) | undefined
    const body = async function* () {
      yield 'one'
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      yield 'two'
    }
    await within(
      server,
      httpClient(),
      ({ url }, client) => client.stream('POST', url, { body: body() }),
      async (_server, _client, stream) => {
        const first = await stream[Symbol.asyncIterator]().next()
        expect(String(first.value && Buffer.from(first.value))).toBe('one')
        wake?.()
        expect(await stream.text()).toBe('two')
      },
    )
  })
})

describe('events', () => {
  const events = (...texts: string[]) =>
    httpServer((request, response) => {
      const count = Number(request.headers['last-event-id'] ?? 0)
      const text = texts[count]
      if (text === undefined) response.writeHead(204).end()
      else response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text)
    })
  const collect = (text: string): Promise<ServerSentEvent[] | undefined> =>
    withStream(events(text), async (stream) => await all(stream.events()))
  const event = (data: string, more: Partial<ServerSentEvent> = {}): ServerSentEvent => ({
    event: 'message',
    data,
    id: '',
    retry: undefined,
    ...more,
  })

  const streams: [string, string, ServerSentEvent[]][] = [
    ['one', 'data: a\n\n', [event('a')]],
    ['several lines', 'data: a\ndata:b\ndata\n\n', [event('a\nb\n')]],
    ['kinds', 'event: add\ndata: 1\n\ndata: 2\n\n', [event('1', { event: 'add' }), event('2')]],
    [
      'ids that stay',
      'id: 7\ndata: 1\n\ndata: 2\n\nid\ndata: 3\n\n',
      [event('1', { id: '7' }), event('2', { id: '7' }), event('3')],
    ],
    ['all ends of lines', 'data: a\r\n\r\ndata: b\r\rdata: c\n\n', [event('a'), event('b'), event('c')]],
    ['comments and what nobody knows', ': hello\nother: x\ndata: a\n\n', [event('a')]],
    ['nothing without data', 'event: add\n\nid: 1\n\n', []],
    ['none that is not complete', 'data: a\n\ndata: b\n', [event('a')]],
    ['a byte order mark', '\uFEFFdata: a\n\n', [event('a')]],
    ['how long to wait', 'retry: 10\ndata: a\n\nretry: x\ndata: b\n\n', [event('a', { retry: 10 }), event('b')]],
  ]
  test.for(streams)('are read: %s', async ([, text, expected]) => {
    expect(await collect(text)).toEqual(expected)
  })

  test('go on over connections that end, after the last one, until there are no more', async () => {
    const server = events('retry: 1\nid: 1\ndata: a\n\n', 'id: 2\ndata: b\n\ndata: half', 'data: c\nid: 3\n\n')
    await within(server, httpClient(), async ({ url }, client) => {
      const got = await all(client.events(url))
      expect(got.map(({ id, data }) => id + data)).toEqual(['1a', '2b', '3c'])
    })
  })

  test('go on after a connection that is lost', async () => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 1000\r\n\r\n'
    const server = rawServer((socket, count) =>
      onRequests(socket, () => socket.end(count < 3 ? `${head}id: ${count}\ndata: x\n\n` : 'HTTP/1.1 204 No\r\n\r\n')),
    )
    await within(server, httpClient(), async ({ url }, client) => {
      const got = await all(client.events(url, { reconnect: 1 }))
      expect(got.map(({ id }) => id)).toEqual(['1', '2'])
    })
  })

  test('end with the first connection where that is asked for', async () => {
    await within(events('data: a\n\n', 'data: b\n\n'), httpClient(), async ({ url }, client) => {
      expect(await all(client.events(url, { reconnect: false }))).toHaveLength(1)
    })
  })

  test('leaving the loop closes the connection', async () => {
    const server = httpServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: a\n\n')
    })
    await within(server, httpClient(), async (running, client) => {
      for await (const { data } of client.events(running.url)) {
        expect(data).toBe('a')
        break
      }
      expect(client.statistics().running).toBe(0)
      await within(moveOnAfter(20), async () => {
        for await (const { data } of client.events(running.url)) expect(data).toBe('a')
      })
      expect(client.statistics().running).toBe(0)
      await running.whenQuiet()
    })
  })

  test('a cancelled scope ends the wait before connecting again', async () => {
    await within(events('data: a\n\n'), httpClient(), async ({ url }, client) => {
      await within(moveOnAfter(30), async () => {
        await expect(all(client.events(url))).rejects.toThrow(Cancelled)
      })
    })
  })

  const none: [string, number, string][] = [
    ['another type', 200, 'text/html'],
    ['another status', 500, 'text/event-stream'],
  ]
  test.for(none)('are none: %s', async ([, status, type]) => {
    const server = httpServer(
      (_request, response) => void response.writeHead(status, { 'content-type': type }).end('x'),
    )
    await within(server, httpClient(), async ({ url }, client) => {
      const error = await all(client.events(url)).catch((e: unknown) => e)
      expect(error).toBeInstanceOf(EventStreamError)
      expect((error as Error).message).toContain(`status ${status}, content-type "${type}"`)
    })
  })
})
