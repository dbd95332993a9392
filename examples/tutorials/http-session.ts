/**
 * One session for ten requests at the same time, the JSON of each: the session's connections are shared, and closed with its block.
 *
 * Prints:
 *   post 1, post 2, post 3, post 4, post 5, post 6, post 7, post 8, post 9, post 10
 *   requests: 10, connections: 4
 *   open connections after the block: 0
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { contextManager, gather, within } from 'withal'
import { httpClient } from 'withal/http'

const postServer = contextManager(async function* () {
  const seen = { requests: 0, connections: 0 }
  const server = createServer((request, response) => {
    seen.requests++
    response.end(JSON.stringify({ title: `post ${request.url?.split('/').at(-1)}` }))
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

await within(postServer(), async ({ url, seen }) => {
  const session = httpClient({ baseUrl: url, limits: { perHost: 4 } })
  await within(session, async (client) => {
    const titles = await gather(
      Array.from({ length: 10 }, (_, index) => async () => {
        const response = await client.get(`/posts/${index + 1}`)
        return response.raiseForStatus().json<{ title: string }>().title
      }),
    )
    console.log(titles.join(', '))
  })
  console.log(`requests: ${seen.requests}, connections: ${seen.connections}`)
  console.log(`open connections after the block: ${session.statistics().connections}`)
})
