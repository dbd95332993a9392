/** Runs a module in headless Chromium, from a server on the loopback that serves the project's files and nothing else. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { extname, join, normalize } from 'node:path'
import type { AddressInfo } from 'node:net'
import { chromium as browsers } from 'playwright-core'
import { chromium } from './runtimes.ts'

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript' }

/** Opens a page that runs the module; gives what it printed, and throws what it threw. */
export async function runInBrowser(project: string, module: string): Promise<string> {
  const page = `<!doctype html>
    <link rel="icon" href="data:," />
    <script type="importmap">{ "imports": { "withal": "/node_modules/withal/dist/index.js" } }</script>
    <script type="module" src="/${module}"></script>`
  const server = await serve(project, page)
  try {
    const { port } = server.address() as AddressInfo // It listens on a port, not on a socket file.
    return await printedBy(`http://127.0.0.1:${port}/`)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

async function serve(project: string, page: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(request.url ?? '/')
    const content = path === '/' ? Promise.resolve(page) : readFile(join(project, path))
    content.then(
      (body) => response.setHeader('content-type', types[extname(path)] ?? 'text/html').end(body),
      () => response.writeHead(404).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function printedBy(url: string): Promise<string> {
  const browser = await browsers.launch({ executablePath: chromium, args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    const printed = page
      .waitForEvent('console', (message) => message.type() === 'log')
      .then((message) => message.text())
    const failed = page.waitForEvent('pageerror').then((error) => Promise.reject(error))
    const [text] = await Promise.all([Promise.race([printed, failed]), page.goto(url)])
    return text
  } finally {
    await browser.close()
  }
}
