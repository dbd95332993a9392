/** `withal/http`: a session with HTTP servers, on undici. */
export {
  ConnectError,
  ConnectionLostError,
  DecodingError,
  EventStreamError,
  HttpError,
  httpErrorCodes,
  HttpTimeoutError,
  InvalidUrlError,
  MissingClientError,
  ProtocolError,
  RedirectError,
  TooLargeError,
} from './errors.ts'
export type { HttpErrorCode, HttpErrorDetails, TimeoutPhase } from './errors.ts'
export { HttpClient, httpClient } from './http-client.ts'
export type { HttpStatistics } from './http-client.ts'
export { CookieJar } from './cookies.ts'
export type { Cookie } from './cookies.ts'
export type { AnsweredRequest, FailedRequest, Hooks, OutgoingRequest } from './hooks.ts'
export type { EventOptions } from './event-source.ts'
export { HttpStream } from './http-stream.ts'
export type { ServerSentEvent } from './server-sent-events.ts'
export type { HttpClientOptions, Limits, RequestOptions, Timeouts } from './options.ts'
export type { BodySource, BodyStream, FormValues } from './request-body.ts'
export type { HeaderValues } from './request-headers.ts'
export { HttpResponse, ResponseHead, StatusError } from './response.ts'
export type { AnsweredTo } from './response.ts'
export type { Retries } from './retrying.ts'
export type { Query, QueryValue } from './target.ts'
