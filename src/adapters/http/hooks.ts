/** What a client calls on the way of a request: to sign, to log, to measure. */

/** A request that is about to be sent. */
export interface OutgoingRequest {
  readonly method: string
  readonly url: string
  /** From 1. */
  readonly attempt: number
  /** May be changed: names in lower case. */
  readonly headers: Map<string, string>
}

/** The head of an answer; the body may not have come yet. */
export interface AnsweredRequest {
  readonly method: string
  readonly url: string
  readonly attempt: number
  readonly status: number
  readonly headers: Headers
}

/** An attempt that failed. */
export interface FailedRequest {
  readonly method: string
  readonly url: string
  readonly attempt: number
  readonly error: unknown
}

/** Each is waited for; what it throws is what the request fails with. They are called for every attempt and every redirect. */
export interface Hooks {
  /** Before it is sent. */
  readonly request?: ((request: OutgoingRequest) => void | PromiseLike<void>) | undefined
  /** When its answer is there. */
  readonly response?: ((response: AnsweredRequest) => void | PromiseLike<void>) | undefined
  /** When it has failed without an answer. */
  readonly error?: ((failure: FailedRequest) => void | PromiseLike<void>) | undefined
}
