/** Where the programs of servers are, and how those that are missing are got. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants, existsSync, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** A kind of server that tests start for themselves. */
export interface ServerKind {
  /** As people call it. */
  readonly name: string
  /** One of its programs. */
  readonly program: string
  /** Debian's package. */
  readonly package: string
  /** Folders in which it may lie besides those of PATH; patterns. */
  readonly folders: readonly string[]
}

export const postgres: ServerKind = {
  name: 'PostgreSQL',
  program: 'initdb',
  package: 'postgresql',
  folders: ['/usr/lib/postgresql/*/bin', '/usr/local/pgsql/bin', '/opt/homebrew/opt/postgresql@*/bin'],
}

export const mariadb: ServerKind = {
  name: 'MariaDB',
  program: 'mariadbd',
  package: 'mariadb-server',
  folders: ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/opt/mariadb/bin'],
}

/** All kinds: what is missing of them is installed before the tests, where that may be done. */
export const serverKinds: readonly ServerKind[] = [postgres, mariadb]

/** The folder of its programs, or `undefined` where it is not installed. */
export function folderOf({ program, folders }: ServerKind): string | undefined {
  const found = [...folders.flatMap((pattern) => globSync(pattern).toSorted().toReversed()), ...pathFolders()]
  return found.find((folder) => isProgram(join(folder, program)))
}

/** Gets what is missing from Debian, where we may; elsewhere tests are left out, and this says which. */
export default function installServers(): void {
  const missing = serverKinds.filter((kind) => folderOf(kind) === undefined)
  if (missing.length === 0) return
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0) {
    for (const { name, program } of missing) console.warn(`No ${program} here: the tests with ${name} are left out.`)
    return
  }
  const quiet = ['--quiet=2', '--option', 'Dpkg::Use-Pty=0']
  execute('apt-get', ['update', ...quiet])
  execute('apt-get', ['install', '--yes', ...quiet, '--no-install-recommends', ...missing.map((kind) => kind.package)])
}

function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function execute(command: string, args: readonly string[]): void {
  // No server of the whole machine is started: tests have their own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  execFileSync(command, args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
}
