/** Programs that run in a process of their own: what they print, how they end, and what signals do to them. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildSync } from 'esbuild'
import { afterAll } from 'vitest'

/** The sources in one file that every runtime can import, so that a program starts fast; for the tests of one file. */
export function bundledSources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'withal-bundle-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'withal.mjs')
  const contents = `export * from './index.ts'; export { QuitError, reportLateError } from './errors/index.ts'`
  const stdin = { contents, resolveDir: join(import.meta.dirname, '../src') }
  buildSync({ stdin, outfile, bundle: true, format: 'esm', target: 'es2024', sourcemap: 'inline' })
  return pathToFileURL(outfile).href
}

/** How a program has ended. */
export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** No program of a test takes longer; one that hangs is killed, and its end says so. */
const timeLimit = 10_000

/** A running program. */
export class SpawnedProgram {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  #stdout = ''
  #stderr = ''
  #wake = Promise.withResolvers<void>()

  /** @param source  The text of a module. */
  constructor(source: string) {
    const args = ['--enable-source-maps', '--input-type=module', '--eval', source]
    const { NODE_OPTIONS: _, ...env } = process.env
    this.#child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env,
      timeout: timeLimit,
      killSignal: 'SIGKILL',
    })
    this.#child.stdout?.on('data', (data) => this.#printed((this.#stdout += String(data))))
    this.#child.stderr?.on('data', (data) => this.#printed((this.#stderr += String(data))))
    const { promise, resolve } = Promise.withResolvers<Ended>()
    this.#child.once('close', (code, signal) => {
      resolve({ code, signal, stdout: this.#stdout, stderr: this.#stderr })
      this.#printed('')
    })
    this.ended = promise
  }

  /** Waits until it has printed a text on stdout. */
  async until(text: string): Promise<void> {
    while (!this.#stdout.includes(text)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        const { stdout, stderr } = await this.ended
        if (stdout.includes(text)) return
        throw new Error(`the program ended without printing "${text}":\n${stdout}\n${stderr}`)
      }
      await this.#wake.promise
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  #printed(_text: string): void {
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }
}
