/**
 * A session, and in it an answer with a block of its own: its socket goes back when that block ends, also when the body was not read, or fails.
 *
 * Prints:
 *   inside: status 200, 1 request under way
 *   after the block: 0 under way, connections 1
 *   after a failure: 0 under way (the page is not what it should be)
 *   connections ever made: 1
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { contextManager, within } from 'withal'
import { httpClient } from 'withal/http'

const pageServer = contextManager(async function* () {
  const seen = { connections: 0 }
  const server = createServer((_request, response) => {
    response.write('<html>')
    setTimeout(() => response.end('</html>'), 20)
  })
  server.on('connection', () => seen.connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    yield { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen } // it listens on a port
  } finally {
    server.close()
    await once(server, 'close')
  }
})

await within(pageServer(), async ({ url, seen }) => {
  await within(httpClient(), async (session) => {
    await within(session.stream('GET', url), async (response) => {
      console.log(`inside: status ${response.status}, ${session.statistics().running} request under way`)
    })
    const { running, connections } = session.statistics()
    console.log(`after the block: ${running} under way, connections ${connections}`)

    await setImmediate() // a turn of the event loop, after which the socket may be used again
    try {
      await within(session.stream('GET', url), async () => {
        throw new Error('the page is not what it should be')
      })
    } catch (error) {
      console.log(`after a failure: ${session.statistics().running} under way (${(error as Error).message})`)
    }
  })
  console.log(`connections ever made: ${seen.connections}`)
})
