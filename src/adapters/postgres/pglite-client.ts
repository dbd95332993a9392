/**
 * Makes PGlite look like a client of `pg`: what an exchange says is collected, given to the database in one go, and what the database
 * answers is told to the exchange. So all that is built on exchanges is the same for both.
 */
import type { Notification } from './listening.ts'
import type { PgNotice, PgWire, Submittable } from './pg.ts'
import type { Pglite, PgliteMessage, Serialize } from './pglite.ts'

type Listeners = Record<string, ((message: never) => void)[]>

/** See above. */
export class PgliteClient {
  readonly connection: PgliteWire
  readonly database: Pglite
  readonly #listeners: Listeners = {}

  constructor(database: Pglite, serialize: Serialize) {
    this.database = database
    this.connection = new PgliteWire(serialize, () => this.#closed())
  }

  on(event: string, listener: (message: never) => void): this {
    ;(this.#listeners[event] ??= []).push(listener)
    return this
  }

  query(exchange: Submittable): void {
    this.#run(exchange).catch((error: Error) => this.#emit('error', error))
  }

  async end(): Promise<void> {
    await this.database.close()
    this.#emit('end')
  }

  async #run(exchange: Submittable): Promise<void> {
    exchange.submit(this.connection as unknown as PgWire) // the part of it that exchanges use
    for (let said = this.connection.take(); said.length > 0; said = this.connection.take()) {
      const { messages } = await this.database.execProtocol(said, { throwOnError: false })
      for (const message of messages) this.#tell(exchange, message)
    }
  }

  #tell(exchange: Submittable, message: PgliteMessage): void {
    switch (message.name) {
      case 'rowDescription':
        return exchange.handleRowDescription(message)
      case 'dataRow':
        return exchange.handleDataRow(message)
      case 'commandComplete':
        return exchange.handleCommandComplete(message)
      case 'portalSuspended':
        return exchange.handlePortalSuspended()
      case 'copyData':
        return exchange.handleCopyData(message, this.connection as unknown as PgWire) // as above
      case 'error':
        return exchange.handleError(message)
      case 'parseComplete':
        return this.connection.emit('parseComplete')
      case 'readyForQuery':
        return this.connection.emit('readyForQuery', message)
      case 'notification':
        return this.#emit('notification', message)
      case 'notice':
        return this.#emit('notice', message)
      default:
    }
  }

  #closed(): void {
    this.database.close().catch(() => {}) // it is given up
    this.#emit('end')
  }

  #emit(event: string, message?: Error | PgNotice | Notification): void {
    for (const listener of this.#listeners[event] ?? []) listener(message as never) // as its event has it
  }
}

/** Collects what is said. */
class PgliteWire {
  readonly stream: { cork(): void; uncork(): void; pause(): void; resume(): void; destroy(): void }
  readonly #serialize: Serialize
  readonly #listeners: Listeners = {}
  #said: Uint8Array[] = []

  constructor(serialize: Serialize, destroy: () => void) {
    this.#serialize = serialize
    const nothing = (): void => {}
    this.stream = { cork: nothing, uncork: nothing, pause: nothing, resume: nothing, destroy }
  }

  /** What has been said since the last time. */
  take(): Uint8Array {
    const taken = Buffer.concat(this.#said)
    this.#said = []
    return taken
  }

  on(event: string, listener: (message: never) => void): this {
    ;(this.#listeners[event] ??= []).push(listener)
    return this
  }

  emit(event: string, message?: PgliteMessage): void {
    for (const listener of this.#listeners[event] ?? []) listener(message as never) // as its event has it
  }

  query(text: string): void {
    this.#say(this.#serialize.query(text))
  }
  parse(statement: { readonly name?: string | undefined; readonly text: string }): void {
    this.#say(this.#serialize.parse(statement))
  }
  bind(values: object): void {
    this.#say(this.#serialize.bind(values))
  }
  describe(what: object): void {
    this.#say(this.#serialize.describe(what))
  }
  execute(what: object): void {
    this.#say(this.#serialize.execute(what))
  }
  close(what: object): void {
    this.#say(this.#serialize.close(what))
  }
  sync(): void {
    this.#say(this.#serialize.sync())
  }

  /** Copied: the serializer writes all messages into the same memory. */
  #say(message: Uint8Array): void {
    this.#said.push(Buffer.from(message))
  }
}
