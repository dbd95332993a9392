/**
 * A class with an awaited enter and exit: a log file, opened when the block begins, closed when it ends.
 *
 * Prints:
 *   the log says: started, working, stopped (failed)
 */
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { contextManager, within } from 'withal'
import type { AsyncContextManager, Outcome } from 'withal'

class AsyncLogger implements AsyncContextManager<AsyncLogger> {
  readonly #path: string
  #file: FileHandle | undefined

  constructor(path: string) {
    this.#path = path
  }

  async '~enterAsync'(): Promise<this> {
    this.#file = await open(this.#path, 'a')
    await this.write('started')
    return this
  }

  async '~exitAsync'(outcome: Outcome): Promise<void> {
    await this.write(`stopped (${outcome.status})`)
    await this.#file?.close()
  }

  async write(line: string): Promise<void> {
    await this.#file?.write(`${line}\n`)
  }
}

const temporaryFolder = contextManager(async function* () {
  const folder = await mkdtemp(join(tmpdir(), 'withal-'))
  try {
    yield folder
  } finally {
    await rm(folder, { recursive: true })
  }
})

await within(temporaryFolder(), async (folder) => {
  const path = join(folder, 'program.log')
  await within(new AsyncLogger(path), async (logger) => {
    await logger.write('working')
    throw new Error('no more work')
  }).catch(() => undefined)
  const lines = (await readFile(path, 'utf8')).trim().split('\n')
  console.log(`the log says: ${lines.join(', ')}`)
})
