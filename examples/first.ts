/**
 * A first program: a folder and a server that are there exactly as long as they are needed, whatever happens.
 * It needs nothing but Node.
 *
 * Prints:
 *   Hello from a folder that will soon be gone.
 *   The folder is gone: true
 *   The body failed: TypeError: fetch failed
 *   The folder is gone all the same: true
 */
import { once } from 'node:events'
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contextManager, within } from 'withal'

// What stands before `yield` opens it, what stands after it closes it.
const temporaryFolder = contextManager(async function* () {
  const folder = await mkdtemp(join(tmpdir(), 'withal-'))
  try {
    yield folder
  } finally {
    await rm(folder, { recursive: true })
  }
})

const fileServer = contextManager(async function* (folder: string) {
  const server = createServer((request, response) => {
    readFile(join(folder, request.url ?? '')).then(
      (content) => response.end(content),
      () => response.writeHead(404).end(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // It listens on a port, not on a socket file.
  try {
    yield `http://127.0.0.1:${port}`
  } finally {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
})

let used = ''

// The server is made from the folder. Left in any way, the server is closed first, then the folder is removed.
const page = await within(
  temporaryFolder(),
  (folder) => fileServer(folder),
  async (folder, url) => {
    used = folder
    await writeFile(join(folder, 'hello.txt'), 'Hello from a folder that will soon be gone.')
    const response = await fetch(`${url}/hello.txt`)
    return response.text()
  },
)
console.log(page)
console.log(`The folder is gone: ${await isGone(used)}`)

try {
  await within(temporaryFolder(), async (folder) => {
    used = folder
    await fetch('http://127.0.0.1:1/') // A port that nobody listens on.
  })
} catch (error) {
  console.log(`The body failed: ${String(error)}`)
  console.log(`The folder is gone all the same: ${await isGone(used)}`)
}

function isGone(path: string): Promise<boolean> {
  return access(path).then(
    () => false,
    () => true,
  )
}
