import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { ContextVar, leaves, moveOnAfter, sleep, within } from 'withal'
import { ConnectionLostError, httpClient, HttpTimeoutError } from 'withal/http'
import { echo, httpServer, onRequests, rawServer } from '../../../test/http-servers.ts'

/** Reads requests, and answers none. */
const silent = () => httpServer((request) => void request.resume())

test('a generator runs in the context of who has given it', async () => {
  const user = new ContextVar<string>('user')
  await within(httpServer(echo), httpClient(), async ({ url }, client) => {
    const body = async function* () {
      await sleep(0)
      yield user.get()
      await sleep(0)
      yield ` and ${user.get()}`
    }
    const response = await within(user.bind('Ann'), async () => await client.post(url, { body: body() }))
    expect(response.json<{ body: string }>().body).toBe('Ann and Ann')
  })
})

test('when a request is cancelled, what gives its body has ended before', async () => {
  await within(silent(), httpClient(), async ({ url }, client) => {
    const events: string[] = []
    const body = async function* () {
      try {
        yield 'x'
        await sleep(60_000)
      } finally {
        events.push('given up')
      }
    }
    await within(moveOnAfter(30), async () => {
      try {
        await client.post(url, { body: body() })
      } finally {
        events.push('over')
      }
    })
    expect(events).toEqual(['given up', 'over'])
  })
})

const stalling: [string, () => BodyInit | AsyncIterable<string> | Readable][] = [
  [
    'a generator',
    async function* () {
      yield 'x'
      await sleep(60_000)
    },
  ],
  ['a stream of the Web', () => new ReadableStream({ start: (controller) => controller.enqueue('x') })],
  ['a stream of Node', () => new Readable({ read() {} })],
]
test.for(stalling)('a limit of time ends %s that has stalled', async ([, make]) => {
  await within(silent(), httpClient({ timeout: 30 }), async (server, client) => {
    await expect(client.post(server.url, { body: make() as AsyncIterable<string> })).rejects.toThrow(HttpTimeoutError)
    expect(client.statistics().running).toBe(0)
    await server.whenQuiet()
  })
})

test('an answer that comes before the body is sent ends it', async () => {
  const server = rawServer((socket) =>
    onRequests(socket, () => socket.write('HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')),
  )
  await within(server, httpClient(), async ({ url }, client) => {
    let hasEnded = false
    const body = async function* () {
      try {
        yield 'x'
        await sleep(60_000)
      } finally {
        hasEnded = true
      }
    }
    const result = await client.post(url, { body: body() }).catch((error: unknown) => error)
    expect(result instanceof ConnectionLostError || (result as { status: number }).status === 413).toBe(true)
    expect(hasEnded).toBe(true)
  })
})

test('a stream of Node is sent, and its failure is what the request fails with', async () => {
  await within(httpServer(echo), httpClient(), async ({ url }, client) => {
    const response = await client.post(url, { body: Readable.from(['a', 'b']) })
    expect(response.json<{ body: string }>().body).toBe('ab')
    const broken = new Readable({
      read() {
        this.destroy(new RangeError('the disk is gone'))
      },
    })
    await expect(client.post(url, { body: broken })).rejects.toThrow(new RangeError('the disk is gone'))
  })
})

test('what fails while a body is given up does not hide why', async () => {
  await within(silent(), httpClient(), async ({ url }, client) => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const failure = new RangeError('cannot be closed')
    const body = async function* () {
      try {
        yield 'x'
        setImmediate(() => controller.abort(reason))
        await sleep(60_000)
      } finally {
        await Promise.reject(failure)
      }
    }
    const error = await client.post(url, { body: body(), signal: controller.signal }).catch((e: unknown) => e)
    expect(leaves(error)).toEqual([reason, failure])
  })
})

test('a body that slowly goes on is not cut off', async () => {
  await within(httpServer(echo), httpClient({ timeout: { headers: 60 } }), async ({ url }, client) => {
    const body = async function* () {
      for (let i = 0; i < 10; i++) {
        yield 'x'
        await sleep(15)
      }
    }
    expect((await client.post(url, { body: body() })).json<{ body: string }>().body).toBe('x'.repeat(10))
  })
})
