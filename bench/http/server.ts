/** Answers every request with a kilobyte of JSON, in a process of its own that ends with the one that has started it. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const items = Array.from({ length: 24 }, (_, id) => ({ id, name: `item ${id}`, price: id * 1.5 }))
const body = Buffer.from(JSON.stringify({ count: 1, items }))
const server = createServer((_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port)) // it listens on one
process.on('disconnect', () => process.exit())
