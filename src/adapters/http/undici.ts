/** What is used of undici (https://undici.nodejs.org), the peer that does the talking; it is loaded when a client is entered. */
import type { Socket } from 'node:net'
import { MissingClientError } from './errors.ts'

/** What a dispatcher is told of a request. */
export interface DispatchOptions {
  readonly origin: string
  readonly path: string
  readonly method: string
  readonly headers: string[]
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array> | null
  /** All times are watched by the client itself; 0 switches those of undici off. */
  readonly headersTimeout: 0
  readonly bodyTimeout: 0
}

/** The headers of an answer: names in lower case; those that came more than once are lists. */
export type IncomingHeaders = Record<string, string | string[] | undefined>

/** What stops, holds up and lets go on one request. */
export interface DispatchController {
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** Who is told how a request goes. */
export interface DispatchHandler {
  onRequestStart(controller: DispatchController): void
  onResponseStart(
    controller: DispatchController,
    status: number,
    headers: IncomingHeaders,
    statusText: string | undefined,
  ): void
  onResponseData(controller: DispatchController, chunk: Buffer): void
  onResponseEnd(controller: DispatchController, trailers: IncomingHeaders): void
  onResponseError(controller: DispatchController | null, error: Error): void
  onBodySent(): void
  onRequestSent(): void
}

/** What has connections and sends requests on them. */
export interface Dispatcher {
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean
  destroy(error: Error | null): Promise<void>
}

/** What opens a connection and calls back. */
export type Connector = (
  options: object,
  callback: (...result: [Error, null] | [null, Socket]) => void,
) => Socket | undefined

/** What is given to all connections, as `tls.connect` and `net.connect` take it. */
export interface ConnectorOptions {
  readonly timeout: number
  readonly allowH2: boolean
  readonly useH2c: boolean
  readonly [tls: string]: unknown
}

/** The settings of a pool of connections. */
export interface AgentOptions {
  /** Per host; `null` for any number. */
  readonly connections: number | null
  readonly allowH2: boolean
  readonly keepAliveTimeout: number
  readonly pipelining?: number
  readonly connect?: Connector
}

/** The slice of the package. */
export interface Undici {
  readonly Agent: new (options: AgentOptions) => Dispatcher
  readonly Pool: new (origin: string | URL, options: object) => Dispatcher
  readonly ProxyAgent: new (options: object) => Dispatcher
  readonly buildConnector: (options: ConnectorOptions) => Connector
}

/**
 * Loads it.
 *
 * @throws MissingClientError  It is not installed.
 */
export async function loadUndici(): Promise<Undici> {
  try {
    // By its file, since Bun has a module of the bare name that is something else. Its types are not ours to publish, so they are described above.
    return (await import('undici/index.js')) as unknown as Undici
  } catch (error) {
    throw new MissingClientError(
      'withal/http needs the package undici, which could not be loaded. Install it: npm install undici',
      { cause: error },
    )
  }
}
