/**
 * Two managers in one statement, an HTTP client and a cache: entered from left to right, left in reverse, the second made from the first.
 *
 * Prints:
 *   client opened
 *   cache opened
 *   sunny (asked)
 *   sunny (from the cache)
 *   cache closed with 1 entry
 *   client closed
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { contextManager, within } from 'withal'
import { httpClient } from 'withal/http'
import type { HttpClient } from 'withal/http'

const weatherServer = contextManager(async function* () {
  const server = createServer((_request, response) => response.end('sunny'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    yield `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
  } finally {
    server.close()
    await once(server, 'close')
  }
})

const loggedClient = contextManager(async function* (baseUrl: string) {
  try {
    const client = yield* within(httpClient({ baseUrl }))
    console.log('client opened')
    yield client
  } finally {
    console.log('client closed')
  }
})

const cachedTexts = contextManager(async function* (client: HttpClient) {
  const texts = new Map<string, string>()
  console.log('cache opened')
  try {
    yield async (path: string): Promise<string> => {
      const known = texts.get(path)
      if (known !== undefined) return `${known} (from the cache)`
      const text = (await client.get(path)).raiseForStatus().text()
      texts.set(path, text)
      return `${text} (asked)`
    }
  } finally {
    console.log(`cache closed with ${texts.size} entry`)
  }
})

await within(weatherServer(), async (url) => {
  await within(
    loggedClient(url),
    (client) => cachedTexts(client),
    async (_client, textOf) => {
      console.log(await textOf('/weather'))
      console.log(await textOf('/weather'))
    },
  )
})
