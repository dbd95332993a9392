/** Servers for tests of HTTP, on loopback and a free port, that are gone with their block: a real one, and one that says whatever it is told to. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createSocketServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { contextManager } from 'withal'

/** What a server has seen of a request. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** A server that runs. */
export interface RunningServer {
  /** `http://127.0.0.1:port`. */
  readonly url: string
  readonly server: Server
  /** How many connections were ever made to it. */
  connections: number
  /** The connections that are open. */
  readonly sockets: ReadonlySet<Socket>
  /** Resolves when the last open connection is closed. */
  whenQuiet(): Promise<void>
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** A server of Node. */
export const httpServer = contextManager(async function* (handle: Handler) {
  const server = createServer((request, response) => {
    Promise.resolve(handle(request, response)).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500)
      response.end(String(error))
    })
  })
  server.keepAliveTimeout = 60_000
  const sockets = watched(server)
  const url = await listen(server)
  const running: RunningServer = { url, server, connections: 0, ...sockets }
  server.on('connection', () => running.connections++)
  try {
    yield running
  } finally {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
})

/** Answers with what it has seen of the request, as JSON. */
export const echo: Handler = async (request, response) => {
  const body = await buffer(request)
  const { method, url, headers } = request
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ method, url, headers, body: body.toString() }))
}

/** A server that is told what to do with each connection, from 1. */
export const rawServer = contextManager(async function* (handle: (socket: Socket, count: number) => void) {
  const server = createSocketServer()
  const { sockets, whenQuiet } = watched(server)
  let count = 0
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => {}) // the other side goes away as it likes
    handle(socket, ++count)
  })
  const url = await listen(server)
  try {
    yield { url, sockets, whenQuiet, connections: () => count }
  } finally {
    server.close()
    for (const socket of sockets) socket.destroy()
    await once(server, 'close')
  }
})

/** Calls back for each request (without a body) that comes on a connection of a raw server, from 1. */
export function onRequests(socket: Socket, answer: (count: number, head: string) => void): void {
  let text = ''
  let count = 0
  socket.on('data', (data) => {
    text += data.toString('latin1')
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      const head = text.slice(0, end)
      text = text.slice(end + 4)
      answer(++count, head)
    }
  })
}

/** A port where nobody listens. */
export async function freePort(): Promise<number> {
  const server = createSocketServer()
  await listen(server)
  const { port } = server.address() as AddressInfo // it listens on one
  server.close()
  await once(server, 'close')
  return port
}

interface Listening {
  on(event: 'connection', listener: (socket: Socket) => void): unknown
  listen(port: number, host: string): unknown
  address(): unknown
}

async function listen(server: Listening): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server as unknown as NodeJS.EventEmitter, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on one
}

function watched(server: Listening): Pick<RunningServer, 'sockets' | 'whenQuiet'> {
  const sockets = new Set<Socket>()
  const quiet = new Set<() => void>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => {
      sockets.delete(socket)
      if (sockets.size === 0) for (const resolve of quiet) resolve()
    })
  })
  const whenQuiet = async (): Promise<void> => {
    if (sockets.size > 0) await new Promise<void>((resolve) => quiet.add(resolve))
  }
  return { sockets, whenQuiet }
}
