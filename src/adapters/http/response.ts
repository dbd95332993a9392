/** What a server has answered, body and all. */
import { brief } from '../../errors/describe.ts'
import { charsetOf, textOf } from './charset.ts'
import { DecodingError, HttpError, nameErrors } from './errors.ts'
import type { HttpErrorDetails } from './errors.ts'
import type { IncomingHeaders } from './undici.ts'

/** What an answer knows of its request. */
export interface AnsweredTo {
  readonly method: string
  /** As errors show it. */
  readonly shownUrl: string
  /** Where it came from in the end, after redirects. */
  readonly url: string
  /** From 1. */
  readonly attempt: number
  /** Where it was sent on from, in order. */
  readonly redirects: readonly string[]
}

/** The head of an answer. */
export class ResponseHead {
  readonly status: number
  readonly statusText: string
  /** Where it came from in the end, after redirects; without user and password. */
  readonly url: string
  readonly method: string
  /** The number of the attempt that was answered, from 1. */
  readonly attempt: number
  /** The URLs that sent it on, in order. */
  readonly redirects: readonly string[]
  protected readonly incoming: IncomingHeaders
  protected readonly shownUrl: string
  #headers: Headers | undefined

  /** Answers are made by clients. */
  constructor(
    status: number,
    statusText: string,
    headers: IncomingHeaders,
    { method, url, attempt, redirects, shownUrl }: AnsweredTo,
  ) {
    this.status = status
    this.statusText = statusText
    this.incoming = headers
    this.method = method
    this.url = url
    this.attempt = attempt
    this.redirects = redirects
    this.shownUrl = shownUrl
  }

  /** Whether the status is 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  /** As the platform has them. */
  get headers(): Headers {
    return (this.#headers ??= headersOf(this.incoming))
  }
}

/** As the platform has them. */
export function headersOf(incoming: IncomingHeaders): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming)) {
    if (typeof value === 'object') for (const one of value) headers.append(name, one)
    else if (value !== undefined) headers.append(name, value)
  }
  return headers
}

/** An answer with its body, which has been read: the connection is free again. So nothing of it has to be awaited. */
export class HttpResponse extends ResponseHead {
  readonly #body: Buffer

  /** Answers are made by clients. */
  constructor(...[status, statusText, headers, to, body]: [...ConstructorParameters<typeof ResponseHead>, Buffer]) {
    super(status, statusText, headers, to)
    this.#body = body
  }

  /** The body. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#body as Uint8Array<ArrayBuffer> // a connection never reads into shared memory
  }

  /** The body as text, in the charset that `content-type` names, else UTF-8. */
  text(): string {
    return textOf(this.#body, charsetOf(this.incoming['content-type']))
  }

  /**
   * The body as JSON; what is in it, only you can know.
   *
   * @throws DecodingError  It is no JSON.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- only the caller knows what he asked for
  json<T = unknown>(): T {
    const text = textOf(this.#body, undefined)
    try {
      return JSON.parse(text) as T // said by the caller
    } catch (error) {
      const { method, shownUrl: url, attempt, status } = this
      throw new DecodingError(`status ${status}, and the body is no JSON: ${brief(text)}.`, {
        method,
        url,
        attempt,
        status,
        cause: error,
      })
    }
  }

  /**
   * Gives the answer itself when its status is below 400.
   *
   * @throws StatusError  It is not; the answer is its `response`.
   * @example
   * import { within } from 'withal'
   * import { httpClient } from 'withal/http'
   * const userName = (url: string) =>
   *   within(httpClient(), async (client) => (await client.get(url)).raiseForStatus().json<{ name: string }>().name)
   */
  raiseForStatus(): this {
    if (this.status < 400) return this
    throw statusErrorOf(this, this.shownUrl)
  }
}

/** The answer says that the request failed (400 to 599), and `raiseForStatus()` was asked. */
export class StatusError extends HttpError {
  override readonly status: number
  /** The answer. Of `client.stream`, its head and the beginning of its body. */
  readonly response: HttpResponse
  constructor(what: string, details: HttpErrorDetails & { readonly status: number }, response: HttpResponse) {
    super('WITHAL_HTTP_STATUS', what, details)
    this.status = details.status
    this.response = response
  }
}

nameErrors({ StatusError })

function statusErrorOf(response: HttpResponse, url: string): StatusError {
  const { status, statusText, method, attempt } = response
  const text = response.text()
  const what = `the server answers ${status}${statusText === '' ? '' : ` ${statusText}`}${text === '' ? '.' : `: ${brief(text)}.`}`
  return new StatusError(what, { method, url, attempt, status }, response)
}
