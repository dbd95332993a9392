/** A MariaDB server of the tests' own, that can be killed and started again. */
import { dirname, join } from 'node:path'
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import mysql2 from 'mysql2/promise'
import { contextManager, within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { folderOf, mariadb } from './binaries.ts'
import { freePort, GuardedProcess, runAsServer, ServerFolder } from './guarded-process.ts'

/** Whether there can be one here. */
export const hasMariadb: boolean = folderOf(mariadb) !== undefined

/** What the server can be told. */
export interface MariadbServerOptions {
  /** Options of the server: `{ 'max-connections': '5' }`. */
  readonly settings?: Readonly<Record<string, string>>
  /** A key and a certificate, in PEM: then it speaks TLS, too. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

const password = 'sesame, open'

/** A running server, with a user `withal` who may do everything, and a database of that name. */
export class MariadbServer {
  readonly port: number
  readonly password: string = password
  readonly #program: string
  readonly #folder: string
  readonly #settings: readonly string[]
  #process: GuardedProcess | undefined

  constructor(port: number, program: string, folder: string, settings: readonly string[]) {
    this.port = port
    this.#program = program
    this.#folder = folder
    this.#settings = settings
  }

  /** The path of its socket. */
  get socket(): string {
    return join(this.#folder, 'socket')
  }

  /** The address of a database, by default with the right password and straight to the server. */
  url({ database = 'withal', port = this.port, user = 'withal', secret = password } = {}): string {
    return `mysql://${user}:${encodeURIComponent(secret)}@127.0.0.1:${port}/${database}`
  }

  /** Starts it, and waits until it takes connections. */
  async start(): Promise<void> {
    this.#process = new GuardedProcess(this.#program, this.#settings, this.#folder)
    await this.#process.pid
    for (let tries = 0; !(await this.#answers()); tries++) {
      if (tries > 400) throw new Error(`MariaDB does not start:\n${this.#process.output}`)
      await delay(25)
    }
  }

  /** Lets the program end without stopping it first. */
  unref(): void {
    this.#process?.unref()
  }

  /** Kills it, as a crash does: no connection is told. */
  async kill(): Promise<void> {
    await this.#process?.signal('SIGKILL')
    await this.stop()
  }

  /** Ends it in order; those who are connected are told. */
  async stop(): Promise<void> {
    await this.#process?.signal('SIGTERM').catch(() => {}) // it has been killed already
    await this.#process?.end()
    this.#process = undefined
  }

  /** A new, empty database; gives its address. */
  async createDatabase(name: string): Promise<string> {
    const client = await mysql2.createConnection(this.url({ database: '' }))
    try {
      await client.query(`create database \`${name}\``)
    } finally {
      await client.end()
    }
    return this.url({ database: name })
  }

  async #answers(): Promise<boolean> {
    try {
      const client = await mysql2.createConnection(this.url({ database: '' }))
      await client.end()
      return true
    } catch {
      return false
    }
  }
}

/** Starts a server, and stops it at the end. */
export const mariadbServer: (options?: MariadbServerOptions) => AsyncContextManager<MariadbServer> = contextManager(
  async function* ({ settings = {}, tls }: MariadbServerOptions = {}) {
    const programs = folderOf(mariadb)
    if (programs === undefined) throw new Error('MariaDB is not installed.')
    const folder = yield* within(new ServerFolder('withal-mariadb-'))
    const data = join(folder.path, 'data')
    initialise(programs, folder, data)
    const port = await freePort()
    const all: Record<string, string> = {
      datadir: data,
      port: String(port),
      socket: join(folder.path, 'socket'),
      'pid-file': join(folder.path, 'pid'),
      'bind-address': '127.0.0.1',
      'init-file': folder.write('users.sql', users()),
      'skip-log-bin': '',
      // What is written need not survive the machine, only the server.
      'innodb-flush-log-at-trx-commit': '2',
      'innodb-buffer-pool-size': '16M',
      'innodb-log-file-size': '16M',
      'skip-name-resolve': '',
      ...(tls === undefined
        ? {}
        : { 'ssl-cert': folder.write('server.crt', tls.cert), 'ssl-key': folder.write('server.key', tls.key) }),
      ...settings,
    }
    const options = Object.entries(all).map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`))
    const server = new MariadbServer(port, join(programs, mariadb.program), folder.path, ['--no-defaults', ...options])
    try {
      await server.start()
      yield server
    } finally {
      await server.stop()
    }
  },
)

function initialise(programs: string, folder: ServerFolder, data: string): void {
  const script = 'mariadb-install-db'
  const places = [programs, join(dirname(programs), 'bin'), join(dirname(programs), 'scripts')]
  const path = places.map((place) => join(place, script)).find((file) => existsSync(file)) ?? script
  const options = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db']
  runAsServer(path, options, folder.path)
}

/** Run at each start, so each statement must do no harm a second time. */
function users(): string {
  return [
    'create database if not exists withal;',
    `create user if not exists withal@'%' identified by '${password}';`,
    `grant all on *.* to withal@'%' with grant option;`,
    'flush privileges;',
  ].join('\n')
}
