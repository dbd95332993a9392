/** A proxy between a client and a server that does what networks do: it stalls, resets, truncates and refuses. */
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { contextManager } from 'withal'
import type { AsyncContextManager } from 'withal'

/** One connection through the proxy. */
interface Pair {
  readonly client: Socket
  readonly server: Socket
}

/** See above. What is done holds for the connections there are, `refuse` for those that come. */
export class FaultProxy {
  readonly port: number
  /** Where new connections lead. */
  target: number
  readonly #pairs: Set<Pair>
  isRefusing = false
  isStalling = false
  /** How many bytes of the server's next answers still pass, before their connection is cut. */
  bytesLeft = Infinity

  constructor(port: number, target: number, pairs: Set<Pair>) {
    this.port = port
    this.target = target
    this.#pairs = pairs
  }

  /** How many connections go through it. */
  get connections(): number {
    return this.#pairs.size
  }

  /** Nothing passes any more, and nobody is told. New connections are taken, and hear nothing. */
  stall(): void {
    this.isStalling = true
    for (const { client, server } of this.#pairs) {
      client.pause()
      server.pause()
    }
  }

  /** All goes on. */
  resume(): void {
    this.isStalling = false
    for (const { client, server } of this.#pairs) {
      client.resume()
      server.resume()
    }
  }

  /** Cuts all connections at once, without a word. */
  reset(): void {
    for (const pair of this.#pairs) cut(pair)
  }

  /** Lets so many bytes of answers pass, and then cuts their connection in the middle of what is being said. */
  truncateAfter(bytes: number): void {
    this.bytesLeft = bytes
  }

  /** Whether those who come are cut off at once. */
  refuse(isRefusing = true): void {
    this.isRefusing = isRefusing
  }
}

/** Listens on a port of its own, and passes all that comes to another one of loopback. */
export const faultProxy: (target: number) => AsyncContextManager<FaultProxy> = contextManager(async function* (
  target: number,
) {
  const pairs = new Set<Pair>()
  const listener = createServer({ noDelay: true }, (client) => accept(proxy, pairs, client))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const proxy = new FaultProxy((listener.address() as AddressInfo).port, target, pairs) // it listens on a port
  try {
    yield proxy
  } finally {
    const closed = new Promise((resolve) => listener.close(resolve))
    for (const pair of pairs) cut(pair)
    await closed
  }
})

function accept(proxy: FaultProxy, pairs: Set<Pair>, client: Socket): void {
  client.on('error', () => {}) // the other side is told by the cut
  if (proxy.isRefusing) {
    client.resetAndDestroy()
    return
  }
  const server = connect({ port: proxy.target, host: '127.0.0.1', noDelay: true })
  const pair: Pair = { client, server }
  pairs.add(pair)
  server.on('error', () => cut(pair))
  client.on('data', (data) => server.write(data))
  server.on('data', (data: Buffer) => {
    client.write(data.subarray(0, Math.min(data.length, proxy.bytesLeft)))
    proxy.bytesLeft -= data.length
    if (proxy.bytesLeft < 0) {
      proxy.bytesLeft = Infinity
      client.end()
      cut(pair)
    }
  })
  client.on('end', () => server.end())
  server.on('end', () => client.end())
  for (const socket of [client, server]) {
    socket.on('close', () => {
      pairs.delete(pair)
      client.destroy()
      server.destroy()
    })
  }
  if (proxy.isStalling) {
    client.pause()
    server.pause()
  }
}

function cut({ client, server }: Pair): void {
  if (client.writableEnded) client.destroySoon()
  else client.resetAndDestroy()
  server.destroy()
}
