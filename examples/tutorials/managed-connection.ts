/**
 * A manager of one's own round a network connection: opened, used for `GET /data`, and closed in any case.
 *
 * Prints:
 *   connecting
 *   { values: [ 1, 2, 3 ] }
 *   closing after 1 request
 *   connecting
 *   closing after 1 request
 *   the caller sees: nothing but trouble
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { contextManager, within } from 'withal'
import { httpClient } from 'withal/http'

const dataServer = contextManager(async function* () {
  const server = createServer((_request, response) => response.end('{"values":[1,2,3]}'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    yield `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
  } finally {
    server.close()
    await once(server, 'close')
  }
})

const managedConnection = contextManager(async function* (baseUrl: string) {
  console.log('connecting')
  const client = yield* within(httpClient({ baseUrl }))
  try {
    yield client
  } finally {
    console.log(`closing after ${client.statistics().finished} request`)
  }
})

await within(dataServer(), async (url) => {
  await within(managedConnection(url), async (connection) => {
    const response = await connection.get('/data')
    console.log(response.raiseForStatus().json())
  })
  await within(managedConnection(url), async (connection) => {
    await connection.get('/data')
    throw new Error('nothing but trouble')
  }).catch((error: Error) => console.log(`the caller sees: ${error.message}`))
})
