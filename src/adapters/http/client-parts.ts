/** What a request is made from. */
import type { Connections } from './connections.ts'
import type { CookieJar } from './cookies.ts'
import type { Hooks } from './hooks.ts'
import type { RequestOptions, RequestSettings } from './options.ts'
import type { DefaultHeaders } from './request-headers.ts'

/** What all requests of a client have in common. */
export interface ClientParts {
  readonly connections: Connections
  readonly base: URL | undefined
  readonly headers: DefaultHeaders
  readonly settings: RequestSettings
  readonly hooks: Hooks
  readonly cookies: CookieJar | undefined
}

/** A request as its caller has given it. */
export interface GivenRequest {
  readonly method: string
  readonly url: string | URL
  readonly options: RequestOptions
  /** Whether the body of the answer is to come piece by piece. */
  readonly streamed: boolean
}
