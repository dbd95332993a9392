/** A folder as a website on this machine only, for as long as a block lasts. */
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { closing, contextManager, TaskGroup, within } from 'withal'

/** Gives its origin: `http://127.0.0.1:40123`. */
export const serveFolder = contextManager(async function* servedFolder(folder: string) {
  const requests = yield* within(new TaskGroup({ name: 'requests', background: true }))
  const server = createServer((request, response) => {
    requests.spawn(() => answer(folder, request, response))
  })
  yield* within(
    closing(server, async () => {
      server.closeAllConnections()
      await server[Symbol.asyncDispose]()
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on a port, not on a socket file
  yield `http://127.0.0.1:${port}`
})

/** Never fails: what goes wrong is the answer. */
async function answer(folder: string, { method, url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = pathOf(url)
  const found = path === undefined ? undefined : await find(folder, path)
  if (found === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such file.')
  } else if (found.file === undefined) {
    response.writeHead(301, { location: found.location }).end()
  } else {
    const type = types[extname(found.file).toLowerCase()] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type, 'content-length': found.size })
    if (method === 'HEAD') response.end()
    else await pipeline(createReadStream(found.file), response).catch(() => response.destroy())
  }
}

/** The path of a request, decoded. It cannot lead out of the folder: there is no `..` left in a URL, and none is let in by `%2e` or `%5c`. */
function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(new URL(url, 'http://localhost').pathname)
    return /[\0\\]|\/\.\.(?:\/|$)/.test(path) ? undefined : path
  } catch {
    return undefined
  }
}

type Found =
  { readonly file: string; readonly size: number } | { readonly file: undefined; readonly location: string } | undefined

/** As websites do: the index of a folder, `about.html` under the name of `about`, and one address only for each page. */
async function find(folder: string, path: string): Promise<Found> {
  if (path.endsWith('/index.html')) {
    const index = await sizeOf(join(folder, path))
    return index === undefined
      ? undefined
      : { file: undefined, location: encodeURI(path.slice(0, -'index.html'.length)) }
  }
  for (const name of path.endsWith('/') ? [`${path}index.html`] : [path, `${path}.html`]) {
    const file = join(folder, name)
    const size = await sizeOf(file)
    if (size !== undefined) return { file, size }
  }
  const index = path.endsWith('/') ? undefined : await sizeOf(join(folder, path, 'index.html'))
  return index === undefined ? undefined : { file: undefined, location: `${encodeURI(path)}/` }
}

async function sizeOf(file: string): Promise<number | undefined> {
  const found = await stat(file).catch(() => undefined)
  return found?.isFile() === true ? found.size : undefined
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.gif': 'image/gif',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
  '.webp': 'image/webp',
  '.xhtml': 'application/xhtml+xml',
  '.xml': 'application/xml',
}
