/** A PostgreSQL server of the tests' own, that can be killed and started again. */
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { contextManager, within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { folderOf, postgres } from './binaries.ts'
import { freePort, GuardedProcess, runAsServer, ServerFolder } from './guarded-process.ts'

/** Whether there can be one here. */
export const hasPostgres: boolean = folderOf(postgres) !== undefined

/** What the server can be told. */
export interface PostgresServerOptions {
  /** Lines for postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>
  /** A key and a certificate, in PEM: then it speaks TLS, too. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

const password = 'sesame, open'

/** A running server, with a user `withal` who may do everything, and a database of that name. */
export class PostgresServer {
  readonly port: number
  readonly password: string = password
  readonly #programs: string
  readonly #data: string
  #process: GuardedProcess | undefined

  constructor(port: number, programs: string, data: string) {
    this.port = port
    this.#programs = programs
    this.#data = data
  }

  /** The address of a database, by default with the right password and straight to the server. */
  url({ database = 'withal', port = this.port, user = 'withal', secret = password } = {}): string {
    return `postgresql://${user}:${encodeURIComponent(secret)}@127.0.0.1:${port}/${database}`
  }

  /** Starts it, and waits until it takes connections. */
  async start(): Promise<void> {
    this.#process = new GuardedProcess(join(this.#programs, 'postgres'), ['-D', this.#data], dirname(this.#data))
    await this.#process.pid
    for (let tries = 0; !(await this.#answers()); tries++) {
      if (tries > 200) throw new Error(`PostgreSQL does not start:\n${this.#process.output}`)
      await delay(25)
    }
  }

  /** Lets the program end without stopping it first. */
  unref(): void {
    this.#process?.unref()
  }

  /** Kills it, as a crash does: no connection is told. */
  async kill(): Promise<void> {
    await this.#process?.signal('SIGQUIT')
    await this.stop()
  }

  /** Ends it in order; those who are connected are told. */
  async stop(): Promise<void> {
    await this.#process?.end()
    this.#process = undefined
  }

  /** A new, empty database; gives its address. */
  async createDatabase(name = 'withal'): Promise<string> {
    const client = new pg.Client(this.url({ database: 'postgres' }))
    await client.connect()
    try {
      await client.query(`create database "${name}"`)
    } finally {
      await client.end()
    }
    return this.url({ database: name })
  }

  /** Whether it takes connections: it asks who is there for the password; while it is starting, it refuses. */
  async #answers(): Promise<boolean> {
    const socket = connect(this.port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      const startup = Buffer.from(`\0\0\0\0\0\x03\0\0user\0withal\0database\0withal\0\0`, 'latin1')
      startup.writeInt32BE(startup.length)
      socket.write(startup)
      const [answer] = (await once(socket, 'data')) as [Buffer]
      return answer[0] === 'R'.charCodeAt(0) // it asks for the password
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }
}

/** Starts a server, and stops it at the end. */
export const postgresServer: (options?: PostgresServerOptions) => AsyncContextManager<PostgresServer> = contextManager(
  async function* (options: PostgresServerOptions = {}) {
    const programs = folderOf(postgres)
    if (programs === undefined) throw new Error('PostgreSQL is not installed.')
    const folder = yield* within(new ServerFolder('withal-postgres-'))
    const port = await freePort()
    const data = initialise(programs, folder)
    const server = new PostgresServer(port, programs, data)
    appendFileSync(join(data, 'postgresql.conf'), configuration(folder, port, options))
    try {
      await server.start()
      await server.createDatabase()
      yield server
    } finally {
      await server.stop()
    }
  },
)

function initialise(programs: string, folder: ServerFolder): string {
  const data = join(folder.path, 'data')
  const passwordFile = folder.write('password', password)
  const access = ['--username=withal', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8']
  runAsServer(join(programs, 'initdb'), ['-D', data, ...access, ...locale, '--no-sync'], folder.path)
  return data
}

/** What is written need not survive the machine, only the server. */
function configuration(folder: ServerFolder, port: number, { settings = {}, tls }: PostgresServerOptions): string {
  const all: Record<string, string> = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: '50',
    shared_buffers: '16MB',
    ...settings,
  }
  if (tls !== undefined) {
    all['ssl'] = 'on'
    all['ssl_cert_file'] = folder.write('server.crt', tls.cert)
    all['ssl_key_file'] = folder.write('server.key', tls.key)
  }
  return Object.entries(all)
    .map(([name, value]) => `${name} = '${value}'\n`)
    .join('')
}
