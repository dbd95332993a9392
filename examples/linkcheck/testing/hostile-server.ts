/** A server that does everything wrong, by hand on a socket, for as long as a block lasts. What it does stands in the path. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { closing, contextManager, ensure, within } from 'withal'

const page = (text: string, more = ''): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n${more}connection: close\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`
const piece = '<p>more and more</p>'.repeat(100)

const behaviours: Readonly<Record<string, (socket: Socket) => void>> = {
  '/stalls': () => {},
  '/stalls-in-body': (socket) =>
    void socket.write(
      'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\ncontent-length: 99\r\n\r\n<p>',
    ),
  '/resets': (socket) => void socket.resetAndDestroy(),
  '/resets-in-body': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 99\r\n\r\n<p>', () => socket.destroy())
  },
  '/garbage': (socket) => void socket.end('SSH-2.0-OpenSSH_9.9\r\n\r\n'),
  '/no-gzip': (socket) => void socket.end(page('<p>this is no gzip</p>', 'content-encoding: gzip\r\n')),
  '/endless': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n')
    const more = (): void => {
      while (socket.writable && socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`));
    }
    socket.on('drain', more)
    more()
  },
  '/redirects-for-ever': (socket) =>
    void socket.end(
      'HTTP/1.1 302 Found\r\nlocation: /redirects-for-ever?x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
    ),
  '/redirects-nowhere': (socket) =>
    void socket.end('HTTP/1.1 302 Found\r\nlocation: http://\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'),
  '/redirects-to-mail': (socket) =>
    void socket.end('HTTP/1.1 302 Found\r\nlocation: mailto:x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'),
  '/busy-till-tomorrow': (socket) =>
    void socket.end(
      'HTTP/1.1 429 Too Many Requests\r\nretry-after: 86400\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
    ),
  '/busy-for-ever': (socket) =>
    void socket.end(
      'HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
    ),
  '/large-head': (socket) =>
    void socket.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`),
  '/well': (socket) => void socket.end(page('<p id=well>well</p>')),
}

/** Everything that it does. */
export const hostilePaths: readonly string[] = Object.keys(behaviours)

/** Gives its origin. `/` has a link to each of the others. */
export const hostileServer = contextManager(async function* hostileServer() {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {}) // whoever asked has had enough
    socket.once('data', (data) => {
      const [, path = ''] = data.toString().split(' ')
      const behaviour = behaviours[path.split('?')[0] ?? '']
      if (behaviour !== undefined) behaviour(socket)
      else if (path === '/') socket.end(page(hostilePaths.map((one) => `<a href="${one}">x</a>`).join('\n')))
      else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    })
  })
  yield* within(closing(server, () => server[Symbol.asyncDispose]()))
  yield* within(ensure(() => sockets.forEach((socket) => socket.destroy())))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port, not on a socket file
  yield `http://127.0.0.1:${port}`
})
