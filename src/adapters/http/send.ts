/** The way of a request: attempts, waits between them, and redirects, until there is an answer to give. */
import { currentClock } from '../../clock.ts'
import type { Clock } from '../../clock.ts'
import { attachOthers, combine, UsageError } from '../../errors/index.ts'
import type { ScopeNode } from '../../scope.ts'
import { refusalOf, scopeHere } from '../../tasks/waiting.ts'
import { AnswerBody } from './answer-body.ts'
import type { Answer, Attempt } from './attempt.ts'
import type { ClientParts, GivenRequest } from './client-parts.ts'
import { ConnectionLostError, HttpTimeoutError } from './errors.ts'
import type { HttpErrorDetails } from './errors.ts'
import { settingsOf } from './options.ts'
import type { RequestOptions, RequestSettings } from './options.ts'
import { nextRoute } from './redirecting.ts'
import { bodyOf } from './request-body.ts'
import type { OpenBody } from './request-body.ts'
import { flat } from './request-headers.ts'
import { headersOf } from './response.ts'
import type { AnsweredTo } from './response.ts'
import { delayAfter, isIdempotent, isWorthRetrying, retryAfterOf } from './retrying.ts'
import { routeOf } from './route.ts'
import type { Route } from './route.ts'

/** What has come of it. */
export interface Sent {
  readonly answer: Answer
  readonly to: AnsweredTo
  /** Ends what gives the body of the request, where that still goes on. */
  close(): Promise<void>
}

/** Sends a request, and gives the answer in the end. */
export async function send(parts: ClientParts, given: GivenRequest): Promise<Sent> {
  const { signal } = optionsOf(given.options)
  const scope = scopeHere()
  const refusal = refusalOf(scope, signal === undefined ? undefined : { signal })
  if (refusal !== undefined) return await refusal
  return await new Sending(parts, given, scope).run()
}

function optionsOf(options: unknown): RequestOptions {
  if (typeof options === 'object' && options !== null) return options
  throw new UsageError('WITHAL_INVALID_ARGUMENT', `The options of a request are ${String(options)}. Give an object.`)
}

class Sending {
  readonly #parts: ClientParts
  readonly #given: GivenRequest
  readonly #scope: ScopeNode | undefined
  readonly #settings: RequestSettings
  readonly #clock: Clock = currentClock()
  readonly #totalDue: number
  #route: Route
  #attempt = 1
  readonly #redirects: string[] = []
  readonly #earlier: unknown[] = []
  /** Whether a connection that had been closed while nobody used it has been met. */
  #metClosed = false

  constructor(parts: ClientParts, given: GivenRequest, scope: ScopeNode | undefined) {
    this.#parts = parts
    this.#given = given
    this.#scope = scope
    this.#settings = settingsOf(given.options, parts.settings)
    const { total } = this.#settings.timeouts
    this.#totalDue = total === Infinity ? Infinity : this.#clock.now() + total
    this.#route = routeOf(parts, given, bodyOf(given.options))
  }

  async run(): Promise<Sent> {
    const { total } = this.#settings.timeouts
    if (total <= 0) throw new HttpTimeoutError('total', total, this.#details())
    for (;;) {
      let sent: Sent
      try {
        sent = await this.#once()
      } catch (error) {
        await this.#afterFailure(error)
        continue
      }
      try {
        if (!(await this.#goesOn(sent.answer))) return sent
        await leave(sent.answer, this.#clock)
      } catch (error) {
        if (sent.answer.body instanceof AnswerBody) sent.answer.body.cut()
        throw await afterwards(error, sent.close)
      }
      await sent.close()
    }
  }

  /** One attempt, to where the route leads now. */
  async #once(): Promise<Sent> {
    const { connections, hooks } = this.#parts
    const { target, method } = this.#route
    const details = this.#details()
    const { signal } = this.#given.options
    const { queue, total } = this.#settings.timeouts
    const waiting = { signal, queue, total, totalDue: this.#totalDue, now: this.#clock.now() }
    const headers = await this.#headers()
    const place = await connections.place(target.origin, details, waiting)
    let opened: OpenBody | undefined
    let attempt: Attempt | undefined
    try {
      this.#throwIfStopped()
      opened = this.#route.body?.open((error) => attempt?.stop(error))
      attempt = connections.send(target, headers, opened, place, {
        ...details,
        streamed: this.#given.streamed,
        largest: connections.limits.body,
        timeouts: this.#settings.timeouts,
        clock: this.#clock,
        totalDue: this.#totalDue,
        scope: this.#scope,
        signal,
      })
    } catch (error) {
      place.release() // nothing was sent
      throw error
    }
    const close = opened?.close ?? nothing
    try {
      const answer = await attempt.answer
      const { 'set-cookie': given } = answer.headers
      if (given !== undefined) this.#parts.cookies?.store(target.href, given)
      if (hooks.response !== undefined) {
        const { status, headers: incoming } = answer
        await hooks.response({ ...details, status, headers: headersOf(incoming) })
      }
      if (!this.#given.streamed) await close()
      const { url, attempt: number } = details
      return {
        answer,
        to: { method, url: target.href, shownUrl: url, attempt: number, redirects: this.#redirects },
        close,
      }
    } catch (error) {
      attempt.stop(error)
      throw await afterwards(error, close)
    }
  }

  /** Whoever waited for a place may have been given it in the very turn in which he was cancelled. */
  #throwIfStopped(): void {
    if (this.#scope?.cancelled !== undefined) throw this.#scope.cancelled
    this.#given.options.signal?.throwIfAborted()
  }

  /** Returns when there is to be another attempt; else throws. */
  async #afterFailure(error: unknown): Promise<void> {
    const { method, body, isRepeatable } = this.#route
    const { error: hook } = this.#parts.hooks
    if (hook !== undefined) {
      try {
        await hook({ ...this.#details(), error })
      } catch (newer) {
        throw combine(newer, error, true)
      }
    }
    const canRepeat = body === undefined || body.isRepeatable
    if (canRepeat && this.#wasClosedWhileIdle(error)) {
      this.#metClosed = true
      this.#earlier.push(error)
      return
    }
    const { retries } = this.#settings
    const again =
      this.#attempt <= retries.limit &&
      canRepeat &&
      (isWorthRetrying(error, method, retries) || (isRepeatable && error instanceof ConnectionLostError))
    if (!again || !(await this.#pause(delayAfter(this.#attempt, retries)))) {
      if (this.#earlier.length > 0) attachOthers(error, this.#earlier)
      throw error
    }
    this.#earlier.push(error)
    this.#attempt++
  }

  /** The server may close a connection that nobody uses at the very moment in which a request is sent on it. */
  #wasClosedWhileIdle(error: unknown): boolean {
    if (this.#metClosed || !(error instanceof ConnectionLostError) || error.status !== undefined) return false
    const { method, target, isRepeatable } = this.#route
    if (!isIdempotent(method) && !isRepeatable) return false
    const { socket } = error.cause as { socket?: { bytesRead?: number } }
    return (socket?.bytesRead ?? 1) > 0 && this.#parts.connections.hasAnswered(target.origin)
  }

  /** Whether the answer leads to another request, which has been made ready then. */
  async #goesOn(answer: Answer): Promise<boolean> {
    const next = nextRoute(this.#route, answer, this.#settings.redirects, this.#redirects.length, this.#details())
    if (next !== undefined) {
      this.#redirects.push(this.#route.target.href)
      this.#route = next
      return true
    }
    const { retries } = this.#settings
    const { method, body, isRepeatable } = this.#route
    if (this.#attempt > retries.limit || !retries.statuses.has(answer.status)) return false
    if (!(retries.methods.has(method) || isRepeatable) || body?.isRepeatable === false) return false
    const asked = retryAfterOf(single(answer.headers['retry-after']))
    if (asked !== undefined && asked > retries.maxRetryAfter) return false
    if (!(await this.#pause(asked ?? delayAfter(this.#attempt, retries)))) return false
    this.#attempt++
    return true
  }

  /** Waits; says whether there is time for it. */
  async #pause(delay: number): Promise<boolean> {
    if (this.#clock.now() + delay >= this.#totalDue) return false
    const { signal } = this.#given.options
    await this.#parts.connections.pause(delay, this.#details(), signal)
    return true
  }

  /** Those of the route, with cookies, and as a hook wants them. */
  async #headers(): Promise<string[]> {
    const { headers, flat: asTheyAre, target } = this.#route
    const { cookies, hooks } = this.#parts
    const cookie = cookies?.headerFor(target.href) ?? ''
    if (cookie === '' && hooks.request === undefined) return asTheyAre
    const changed = new Map(headers) // they may be those of the client
    const own = headers.get('cookie')
    if (cookie !== '') changed.set('cookie', own === undefined ? cookie : `${own}; ${cookie}`)
    await hooks.request?.({ ...this.#details(), headers: changed })
    return flat(changed)
  }

  #details(): HttpErrorDetails {
    const { method, shownUrl } = this.#route
    return { method, url: shownUrl, attempt: this.#attempt }
  }
}

async function nothing(): Promise<void> {}

/** Ends what is left of a failed attempt; what fails while it is ended is not lost. */
async function afterwards(failure: unknown, close: () => Promise<void>): Promise<unknown> {
  try {
    await close()
    return failure
  } catch (newer) {
    return combine(newer, failure, false)
  }
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'object' ? value[0] : value
}

/** How long what is left of a body may take to be read, in milliseconds; then the connection is cut. */
const drainTime = 1_000

/** Lets go of the connection of an answer. */
export async function leave({ body }: Answer, clock: Clock): Promise<void> {
  if (body instanceof AnswerBody) await body.leave((cut) => clock.setTimer(drainTime, cut, true))
}
