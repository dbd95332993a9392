/** The runtimes that the package promises to work under, and how each runs a program. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
export const chromium = '/usr/bin/chromium'

interface Runtime {
  readonly name: string
  readonly command: readonly [string, ...string[]]
}

const pinned = join(root, 'test/runtimes/node_modules')
export const runtimes: readonly Runtime[] = [
  { name: 'Node 22', command: [join(pinned, 'node22/bin/node')] },
  { name: 'Node 24', command: [join(root, 'node_modules/node/bin/node')] },
  { name: 'Node 26', command: [join(pinned, 'node26/bin/node')] },
  { name: 'Bun', command: [join(pinned, '.bin/bun')] },
  // Without any permission: the root must not need one.
  {
    name: 'Deno',
    command: [join(pinned, '.bin/deno'), 'run', '--no-prompt', '--no-remote', '--node-modules-dir=manual'],
  },
]

/** Runs a program and gives what it printed; fails with all its output when it fails. */
export function runProgram(command: readonly [string, ...string[]], cwd: string): Promise<string> {
  const [file, ...args] = command
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd, timeout: 30_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim())
      else reject(new Error(`${error.message}\n${stdout}${stderr}`))
    })
  })
}
