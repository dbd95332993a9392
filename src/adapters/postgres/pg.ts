/** The part of the package `pg` that is used here, and how it is loaded. */
import { MissingDriverError } from '../database/errors.ts'

/** The module. */
export interface Pg {
  readonly Client: new (config: PgConfig) => PgClient
  readonly Connection: new (config: { readonly ssl: unknown; readonly sslNegotiation?: unknown }) => PgWire
  readonly types: { getTypeParser(oid: number, format: 'text'): (text: string) => unknown }
}

/** What a client is told. */
export type PgConfig = Readonly<Record<string, unknown>>

/** A client: one connection, to which exchanges are given. */
export interface PgClient {
  readonly connection: PgWire
  readonly host: string
  readonly port: number
  /** Of the server's process, and the secret that may cancel what it does. */
  readonly processID: number
  readonly secretKey: number
  readonly ssl: unknown
  readonly sslNegotiation?: unknown
  connect(): Promise<unknown>
  query(exchange: Submittable): unknown
  end(): Promise<unknown>
  on(event: 'error', listener: (error: Error) => void): this
  on(event: 'end', listener: () => void): this
  on(event: 'notification', listener: (message: PgNotification) => void): this
  on(event: 'notice', listener: (message: PgNotice) => void): this
}

/** What speaks the protocol. */
export interface PgWire {
  readonly stream: {
    cork(): void
    uncork(): void
    pause(): void
    resume(): void
    destroy(error?: Error): void
    unref?(): void
    readonly writableNeedDrain: boolean
    once(event: 'drain' | 'close', listener: () => void): void
    off(event: 'drain' | 'close', listener: () => void): void
  }
  connect(...where: readonly [path: string] | readonly [port: number, host: string]): void
  requestSsl(): void
  cancel(processId: number, secretKey: number): void
  query(text: string): void
  parse(statement: { readonly name?: string | undefined; readonly text: string }): void
  bind(values: {
    readonly portal?: string
    readonly statement?: string | undefined
    readonly values: readonly unknown[]
  }): void
  describe(what: { readonly type: 'P' | 'S'; readonly name: string }): void
  execute(what: { readonly portal?: string; readonly rows?: number }): void
  close(what: { readonly type: 'P' | 'S'; readonly name: string }): void
  sync(): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
  on(event: 'readyForQuery', listener: (message: { readonly status: string }) => void): this
  on(event: 'parseComplete' | 'end' | 'connect' | 'sslconnect', listener: () => void): this
  on(event: 'error', listener: (error: Error) => void): this
}

/** What a client runs: it says something when it is its turn, and is told what comes back. */
export interface Submittable {
  submit(wire: PgWire): Error | null
  handleRowDescription(message: { readonly fields: readonly PgField[] }): void
  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void
  handleCommandComplete(message: { readonly text: string }): void
  handleEmptyQuery(): void
  handlePortalSuspended(): void
  handleCopyInResponse(wire: PgWire): void
  handleCopyData(message: { readonly chunk: Uint8Array }, wire: PgWire): void
  handleReadyForQuery(): void
  handleError(error: Error): void
}

/** A column of a result. */
export interface PgField {
  readonly name: string
  readonly dataTypeID: number
}

/** A notification. */
export interface PgNotification {
  readonly channel: string
  readonly payload: string
  readonly processId: number
}

/** What the server remarks. */
export interface PgNotice {
  readonly message: string
  readonly severity?: string
  readonly code?: string
}

/** An error that the server has sent. */
export interface PgError extends Error {
  readonly code?: string
  readonly severity?: string
  readonly position?: string
  readonly detail?: string
  readonly hint?: string
  readonly constraint?: string
}

/** @throws MissingDriverError  It is not installed. */
export async function loadPg(): Promise<Pg> {
  try {
    const module: { readonly default: unknown } = await import('pg')
    return module.default as Pg // the part of it that is described above
  } catch (error) {
    throw new MissingDriverError(
      'The package `pg`, which speaks with PostgreSQL, is not installed. Run `npm install pg`; or use the embedded `pglite://memory`.',
      { cause: error },
    )
  }
}
