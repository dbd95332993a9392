// A client where undici is installed: the same under every runtime.

import { createServer } from 'node:http'
import { gather, moveOnAfter, within } from 'withal'
import { httpClient } from 'withal/http'

const server = createServer((request, response) => {
  if (request.url === '/hang') return
  request.resume()
  request.on('end', () => response.end(`hello ${request.method}`))
})
await new Promise((resolve) => {
  server.listen(0, '127.0.0.1', resolve)
})
const baseUrl = `http://127.0.0.1:${server.address().port}`
const client = httpClient({ baseUrl })
await within(client, async () => {
  const texts = await gather([() => client.get('/'), () => client.post('/', { json: 1 })])
  expect(texts.map((one) => one.text()).join(), 'hello GET,hello POST')
  await within(moveOnAfter(20), () => client.get('/hang'))
  await within(client.stream('GET', '/'), async (stream) => expect(await stream.text(), 'hello GET'))
  expect(client.statistics().running, 0)
})
expect(client.statistics().connections, 0)
server.close()
server.closeAllConnections()
console.log('ok')

function expect(value, expected) {
  if (value !== expected) throw new Error(`${value} is not ${expected}`)
}
