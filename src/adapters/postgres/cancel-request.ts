/** Asks a server to stop what one of its connections is doing, over a connection of its own. */
import type { Pg, PgClient, PgWire } from './pg.ts'

/** A request that is under way. */
export class CancelRequest {
  /** Fulfilled when the server has dealt with it: it can hit nothing that is begun later. Rejected when it could not be asked. */
  readonly done: Promise<void>
  readonly #wire: PgWire

  constructor(pg: Pg, client: PgClient) {
    const wire = new pg.Connection({ ssl: client.ssl, sslNegotiation: client.sslNegotiation })
    this.#wire = wire
    this.done = new Promise((resolve, reject) => {
      const ask = (): void => wire.cancel(client.processID, client.secretKey)
      wire.on('connect', client.ssl ? () => requestTls(wire, client) : ask)
      wire.on('sslconnect', ask)
      // The server signals its process before it closes this connection.
      wire.on('end', () => resolve())
      wire.on('error', reject)
    })
    if (client.host.startsWith('/')) wire.connect(`${client.host}/.s.PGSQL.${client.port}`)
    else wire.connect(client.port, client.host)
  }

  /** Gives it up. */
  abandon(): void {
    this.#wire.stream.destroy()
  }
}

function requestTls(wire: PgWire, { sslNegotiation }: PgClient): void {
  if (sslNegotiation !== 'direct') wire.requestSsl()
}
