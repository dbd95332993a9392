/**
 * Many pages fetched at the same time, the length of each printed in order, whatever the order in which they come; at most three at once.
 *
 * Prints:
 *   /1: 100 letters
 *   /2: 200 letters
 *   /3: 300 letters
 *   /4: 400 letters
 *   /5: 500 letters
 *   came in another order: true
 *   at most at once: 3
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { contextManager, mapConcurrent, within } from 'withal'
import { httpClient } from 'withal/http'

const pageServer = contextManager(async function* () {
  const seen = { answered: [] as string[], now: 0, most: 0 }
  const server = createServer((request, response) => {
    seen.most = Math.max(seen.most, ++seen.now)
    const number = Number(request.url?.slice(1))
    setTimeout(
      () => {
        seen.now--
        seen.answered.push(request.url!)
        response.end('x'.repeat(number * 100))
      },
      number === 1 ? 100 : 5,
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    yield { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen } // it listens on a port
  } finally {
    server.close()
    await once(server, 'close')
  }
})

await within(
  pageServer(),
  ({ url }) => httpClient({ baseUrl: url }),
  async ({ seen }, client) => {
    const paths = ['/1', '/2', '/3', '/4', '/5']
    const lengths = await mapConcurrent(
      paths,
      async (path) => {
        const page = await client.get(path)
        return page.raiseForStatus().text().length
      },
      { concurrency: 3 },
    )
    paths.forEach((path, index) => console.log(`${path}: ${lengths[index]} letters`))
    console.log(`came in another order: ${seen.answered[0] !== '/1'}`)
    console.log(`at most at once: ${seen.most}`)
  },
)
