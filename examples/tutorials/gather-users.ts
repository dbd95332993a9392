/**
 * Five fetches that take half a second each, at the same time: the results in order, in half a second.
 *
 * Prints:
 *   user 1, user 2, user 3, user 4, user 5
 *   in less than a second: true
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { contextManager, gather, stopwatch, within } from 'withal'

const slowServer = contextManager(async function* () {
  const server = createServer((request, response) => {
    setTimeout(() => response.end(`user ${request.url?.slice(1)}`), 500)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    yield `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
  } finally {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
})

await within(slowServer(), async (url) => {
  const watch = stopwatch()
  const users = await within(watch, () =>
    gather(
      [1, 2, 3, 4, 5].map((id) => async (signal: AbortSignal) => {
        const response = await fetch(`${url}/${id}`, { signal })
        return await response.text()
      }),
    ),
  )
  console.log(users.join(', '))
  console.log(`in less than a second: ${watch.elapsed < 1000}`)
})
