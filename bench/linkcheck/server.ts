/**
 * A website in a process of its own: `node server.ts <folder>` serves its files, from memory, `node server.ts <number>` makes so many pages as
 * they are asked for. Says its origin, and ends with its parent.
 */
import { globSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'

const given = process.argv[2] ?? ''
const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.css': 'text/css', '.svg': 'image/svg+xml' }
const files = new Map<string, { readonly type: string; readonly content: Buffer }>()
const pages = /^\d+$/.test(given) ? Number(given) : 0
if (pages === 0) {
  for (const name of globSync('**/*', { cwd: given, withFileTypes: true })) {
    if (!name.isFile()) continue
    const path = join(name.parentPath, name.name)
    const type = types[extname(path)] ?? 'application/octet-stream'
    files.set(path.slice(given.replace(/\/$/, '').length), { type, content: readFileSync(path) })
  }
}

/** A page of some 4 kB with 40 links: to ten new ones, and to others near and far. */
function generated(number: number): string {
  const links = Array.from({ length: 40 }, (_, index) => {
    const to = index < 10 ? number * 10 + index + 1 : (number * 7 + index * index * 31) % pages
    return to < pages ? `<li><a href="/${to}.html#part" title="A link among others">Page number ${to}</a></li>` : ''
  })
  return `<!doctype html><html><head><meta charset="utf-8"><title>Page ${number}</title></head><body><h1 id="part">Page ${number}</h1>
<p>Some text, <em>as pages have it</em>, in which nothing is to be found.</p><ul>${links.join('\n')}</ul></body></html>`
}

const server = createServer((request, response) => {
  const url = request.url ?? '/'
  const path = url.endsWith('/') ? `${url}index.html` : url
  const file = files.get(decodeURI(path))
  const number = path === '/index.html' ? 0 : Number.parseInt(path.slice(1), 10)
  if (file !== undefined) {
    response.writeHead(200, { 'content-type': file.type, 'content-length': file.content.length })
    response.end(request.method === 'HEAD' ? undefined : file.content)
  } else if (number < pages) response.writeHead(200, { 'content-type': 'text/html' }).end(generated(number))
  else response.writeHead(404).end()
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo // it listens on a port, not on a socket file
  process.send?.(`http://127.0.0.1:${port}`)
})
process.on('disconnect', () => process.exit())
