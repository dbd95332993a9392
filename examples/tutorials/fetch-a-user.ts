/**
 * A client session as a manager: the name and the e-mail address of one user, from an API that speaks JSON; and what is said of one who does not exist.
 *
 * Prints:
 *   Ann Other <ann@example.org>
 *   StatusError 404: {"error":"no user 7"}
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { contextManager, within } from 'withal'
import { httpClient, StatusError } from 'withal/http'

interface User {
  readonly name: string
  readonly email: string
}

const users: Readonly<Record<string, User>> = { 1: { name: 'Ann Other', email: 'ann@example.org' } }

const userServer = contextManager(async function* () {
  const server = createServer((request, response) => {
    const id = request.url?.split('/').at(-1) ?? ''
    const user = users[id]
    response.statusCode = user === undefined ? 404 : 200
    response.end(JSON.stringify(user ?? { error: `no user ${id}` }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    yield `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
  } finally {
    server.close()
    await once(server, 'close')
  }
})

await within(
  userServer(),
  (baseUrl) => httpClient({ baseUrl, timeout: 5_000 }),
  async (_url, client) => {
    const fetchUser = async (id: number): Promise<User> =>
      (await client.get(`/users/${id}`)).raiseForStatus().json<User>()

    const { name, email } = await fetchUser(1)
    console.log(`${name} <${email}>`)
    try {
      await fetchUser(7)
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      console.log(`${error.name} ${error.status}: ${error.response.text()}`)
    }
  },
)
