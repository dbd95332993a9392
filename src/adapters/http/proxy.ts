/** Connections through a proxy. */
import type { ConnectorOptions, Connector, Dispatcher, Undici } from './undici.ts'

/** What those connections have in common with all others. */
export interface ProxySettings {
  readonly common: object
  readonly connector: ConnectorOptions
  /** Keeps account of what a connector opens. */
  track(connector: Connector): Connector
}

/** Sends plain requests by the proxy, and those with TLS through a tunnel in it. */
export function proxyAgent(undici: Undici, proxy: URL, { common, connector, track }: ProxySettings): Dispatcher {
  const pool = (origin: string | URL, options: { readonly connect?: Connector }): Dispatcher => {
    const { connect } = options
    return new undici.Pool(origin, typeof connect === 'function' ? { ...options, connect: track(connect) } : options)
  }
  const { timeout, allowH2: _own, useH2c: _cleartext, ...tls } = connector
  return new undici.ProxyAgent({
    ...common,
    uri: proxy.href,
    connectTimeout: timeout,
    requestTls: tls,
    proxyTls: tls,
    clientFactory: pool,
    factory: pool,
  })
}
