/**
 * A server's process that cannot outlive the tests: it ends when the process that started it has ended in any way, or after some
 * minutes. Where the tests run as root it runs as nobody, since servers refuse to run as root.
 */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Seconds. No test needs a server for longer. */
const timeLimit = 900

const isRoot = process.getuid?.() === 0
/** `nobody`, who is on every Linux. */
const nobody = 65_534
const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']

// It waits for the end of its input, which is held by the process that started it, then asks the server to end, and kills it. Without
// the word `keep` nobody will ever come back for the files.
const guard = `
"$@" &
server=$!
echo "pid $server"
word=$(timeout ${timeLimit} cat)
kill -INT $server 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 $server 2>/dev/null || break
  sleep 0.2
done
kill -KILL $server 2>/dev/null
[ "$word" = keep ] || rm -rf -- "$PWD"
`

/** A process that runs until {@link GuardedProcess.end} is called. */
export class GuardedProcess {
  /** Of the server itself. */
  readonly pid: Promise<number>
  readonly #guard: ChildProcess
  readonly #closed: Promise<void>
  #output = ''

  /** @param folder  All its files; it is the working directory. */
  constructor(program: string, args: readonly string[], folder: string) {
    const command = [...(isRoot ? asNobody : []), program, ...args]
    this.#guard = spawn('/bin/sh', ['-c', guard, 'guard', ...command], { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] })
    this.#closed = new Promise((resolve) => this.#guard.once('close', () => resolve()))
    this.#guard.stdin?.on('error', () => {}) // it has ended already
    this.#guard.stderr?.on('data', (data) => (this.#output += String(data)))
    this.pid = new Promise((resolve, reject) => {
      this.#guard.stdout?.on('data', (data) => {
        this.#output += String(data)
        const found = /^pid (\d+)$/m.exec(this.#output)
        if (found !== null) resolve(Number(found[1]))
      })
      this.#guard.once('close', () => reject(new Error(`${program} did not start:\n${this.#output}`)))
    })
    this.pid.catch(() => {}) // who asks for it is told
  }

  /** What it has written so far, for messages. */
  get output(): string {
    return this.#output
  }

  /** Sends a signal to the server itself. */
  async signal(name: NodeJS.Signals): Promise<void> {
    process.kill(await this.pid, name)
  }

  /** Lets the program end without ending it: it ends by itself then, and its files go with it. */
  unref(): void {
    this.#guard.unref()
    for (const stream of this.#guard.stdio) (stream as Socket | null)?.unref()
  }

  /** Has it end, and waits until it is gone. */
  async end(): Promise<void> {
    this.#guard.stdin?.end('keep')
    await this.#closed
  }
}

/** Runs a program to its end, as the server will run. */
export function runAsServer(program: string, args: readonly string[], cwd: string): void {
  const [command = program, ...rest] = [...(isRoot ? asNobody : []), program, ...args]
  const { status, stderr, error } = spawnSync(command, rest, { cwd, encoding: 'utf8', timeout: 60_000 })
  if (status !== 0) throw new Error(`${program} failed: ${error?.message ?? stderr}`)
}

/** A folder for a server's files, which it may write to. */
export class ServerFolder implements Disposable {
  readonly path: string

  constructor(prefix: string) {
    this.path = mkdtempSync(join(tmpdir(), prefix))
    if (isRoot) chownSync(this.path, nobody, nobody)
  }

  /** Writes a file that only the server may read. */
  write(name: string, text: string): string {
    const path = join(this.path, name)
    writeFileSync(path, text, { mode: 0o600 })
    if (isRoot) chownSync(path, nobody, nobody)
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** A port of loopback that nobody has just now. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo // it listens on a port
  await new Promise((resolve) => probe.close(resolve))
  return port
}
