import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { gather, isCancellation, moveOnAfter, within } from 'withal'
import { HttpError, httpClient, HttpTimeoutError } from 'withal/http'
import { onRequests, rawServer } from '../../../test/http-servers.ts'

const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'
const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n'

/** The same numbers in every run (mulberry32). */
let state = 20_261_126
function pick(below: number): number {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
  return ((mixed ^ (mixed >>> 14)) >>> 0) % below
}

test('R28 whatever servers do and whoever is cancelled, each request ends, and nothing is left under way', async () => {
  const server = rawServer((socket) =>
    onRequests(socket, () => {
      const fault = pick(12)
      if (fault === 0) socket.destroy()
      else if (fault === 1) socket.resetAndDestroy()
      else if (fault === 2) socket.end(answer.slice(0, pick(answer.length)))
      else if (fault === 3) socket.end('garbage\r\n\r\n')
      else if (fault === 4)
        socket.write(chunked) // it stalls
      else if (fault === 5) setTimeout(() => socket.write(answer), pick(10))
      else if (fault === 6) socket.end(answer.replace('content-length', 'connection: close\r\ncontent-length'))
      else if (fault !== 7) socket.write(answer) // 7 says nothing
    }),
  )
  const client = httpClient({
    timeout: { headers: 15, body: 15 },
    retries: { limit: 1, delay: 1 },
    limits: { perHost: 8 },
  })
  const seen = { answered: 0, failed: 0, cancelled: 0 }
  await within(server, client, async ({ url }) => {
    await gather(
      Array.from({ length: 600 }, (_, index) => async () => {
        const patience = pick(4) === 0 ? pick(40) : 60_000
        const result = await within(moveOnAfter(patience), async () => {
          try {
            if (index % 3 > 0) return (await client.get(url)).text()
            return await within(client.stream('GET', url), async (stream) =>
              index % 2 === 0 ? await stream.text() : 'hello',
            )
          } catch (error) {
            if (isCancellation(error)) throw error
            expect(error instanceof HttpError || error instanceof HttpTimeoutError, String(error)).toBe(true)
            return 'failed'
          }
        })
        if (result === undefined) seen.cancelled++
        else if (result === 'failed') seen.failed++
        else {
          expect(result).toBe('hello')
          seen.answered++
        }
      }),
    )
    expect(client.statistics()).toMatchObject({ running: 0, waiting: 0 })
  })
  await setImmediate()
  expect(client.statistics()).toMatchObject({ running: 0, waiting: 0, connections: 0 })
  expect(seen.answered + seen.failed + seen.cancelled).toBe(600)
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(0)
})
