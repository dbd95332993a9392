/** An answer whose body is read piece by piece, inside its block. */
import type { AsyncContextManager } from '../../contexts/index.ts'
import { StateError } from '../../errors/index.ts'
import { currentClock } from '../../clock.ts'
import { AnswerBody } from './answer-body.ts'
import { charsetOf, decoderFor } from './charset.ts'
import { codingsOf, decodingErrorOf } from './decoding.ts'
import { EventStreamError, TooLargeError } from './errors.ts'
import type { HttpErrorDetails } from './errors.ts'
import { linesOf } from './lines.ts'
import { HttpResponse, ResponseHead } from './response.ts'
import { leave } from './send.ts'
import type { Sent } from './send.ts'
import { eventsOf } from './server-sent-events.ts'
import type { ServerSentEvent } from './server-sent-events.ts'
import { StreamDecoder } from './stream-decoder.ts'
import type { PieceSource } from './stream-decoder.ts'

/** How much of a body goes with a `StatusError`. */
const mostOfFailure = 64 * 1024

/** Sends a request when it is entered, and lets go of the connection when it is exited. */
export class HttpStreamManager implements AsyncContextManager<HttpStream> {
  readonly #send: () => Promise<Sent>
  readonly #largest: number
  #isEntered = false
  #stream: HttpStream | undefined
  #sent: Sent | undefined

  constructor(send: () => Promise<Sent>, largest: number) {
    this.#send = send
    this.#largest = largest
  }

  async '~enterAsync'(): Promise<HttpStream> {
    if (this.#isEntered) {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        'This request has been sent already. Ask for a new one: `client.stream(method, url)`.',
      )
    }
    this.#isEntered = true
    this.#sent = await this.#send()
    this.#stream = new HttpStream(this.#sent, this.#largest)
    return this.#stream
  }

  async '~exitAsync'(): Promise<void> {
    const sent = this.#sent
    if (sent === undefined || this.#stream === undefined) return
    this.#sent = undefined
    try {
      this.#stream['~leave']()
      await leave(sent.answer, currentClock())
    } finally {
      await sent.close()
    }
  }
}

/**
 * An answer whose body is read piece by piece: by iterating it, or by one of its methods. It belongs to its block: what is left unread at the end
 * is read if it is little (64 KiB, a second), else the connection is cut.
 */
export class HttpStream extends ResponseHead implements AsyncIterable<Uint8Array<ArrayBuffer>> {
  readonly #largest: number
  readonly #body: AnswerBody
  readonly #source: PieceSource
  readonly #decoders: StreamDecoder[] = []
  #hasLeft = false

  /** Streams are made by clients. */
  constructor({ answer, to }: Sent, largest: number) {
    super(answer.status, answer.statusText, answer.headers, to)
    this.#largest = largest
    this.#body = answer.body as AnswerBody // it was asked for as a stream
    let source: PieceSource = this.#body
    for (const coding of to.method === 'HEAD' ? [] : codingsOf(answer.headers['content-encoding'])) {
      const decoder: StreamDecoder = new StreamDecoder(source, coding)
      this.#decoders.push(decoder)
      source = decoder
    }
    this.#source = source
  }

  /**
   * The pieces of the body as they come, decoded. The server has to wait for whoever reads. It can be left and gone on with later.
   *
   * @throws Cancelled            The scope around the loop was cancelled.
   * @throws HttpTimeoutError     No piece came in time.
   * @throws ConnectionLostError  The connection was lost before the end.
   */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array<ArrayBuffer>, undefined> {
    return {
      next: async () => {
        const value = await this.#read()
        return value === undefined ? { done: true, value } : { done: false, value: value as Uint8Array<ArrayBuffer> } // a connection never reads into shared memory
      },
    }
  }

  /** The lines of the body as they come, without their ends. A line longer than `limits.body` is refused. */
  lines(): AsyncIterableIterator<string> {
    return linesOf(this.#texts(charsetOf(this.incoming['content-type'])), this.#largest, () => this.#tooLarge('a line'))
  }

  /**
   * The events of a stream of them (`text/event-stream`).
   *
   * @throws EventStreamError  It is none.
   */
  async *events(): AsyncGenerator<ServerSentEvent, void> {
    const type = this.headers.get('content-type')
    if (this.status !== 200 || type?.split(';')[0]?.trim().toLowerCase() !== 'text/event-stream') {
      throw new EventStreamError(
        `this is no stream of events: status ${this.status}, content-type ${type === null ? 'not said' : JSON.stringify(type)}.`,
        this.#details(),
      )
    }
    const lines = linesOf(this.#texts('utf-8'), this.#largest, () => this.#tooLarge('a line'), true)
    yield* eventsOf(lines, this.#largest, () => this.#tooLarge('an event'))
  }

  /** All that is left of the body, at most `limits.body`. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#whole()).bytes()
  }

  /** The same as text. */
  async text(): Promise<string> {
    return (await this.#whole()).text()
  }

  /** The same as JSON. */
  async json<T = unknown>(): Promise<T> {
    return (await this.#whole()).json<T>()
  }

  /**
   * Gives the answer itself when its status is below 400.
   *
   * @throws StatusError  It is not; its `response` has the beginning of the body.
   */
  async raiseForStatus(): Promise<this> {
    if (this.status >= 400) this.#response(await this.#collect(mostOfFailure, false)).raiseForStatus()
    return this
  }

  /** The block ends. */
  '~leave'(): void {
    this.#hasLeft = true
    for (const decoder of this.#decoders) decoder.close()
  }

  async #whole(): Promise<HttpResponse> {
    return this.#response(await this.#collect(this.#largest, true))
  }

  #response(body: Buffer): HttpResponse {
    const { status, statusText, incoming, method, url, attempt, redirects, shownUrl } = this
    return new HttpResponse(status, statusText, incoming, { method, url, attempt, redirects, shownUrl }, body)
  }

  async #collect(most: number, isWhole: boolean): Promise<Buffer> {
    const pieces: Buffer[] = []
    let size = 0
    for (let piece = await this.#read(); piece !== undefined; piece = await this.#read()) {
      pieces.push(piece)
      size += piece.length
      if (size <= most) continue
      if (isWhole) throw this.#tooLarge('the body')
      break
    }
    return Buffer.concat(pieces, Math.min(size, most))
  }

  async #read(): Promise<Buffer | undefined> {
    if (this.#hasLeft) {
      throw new StateError(
        'WITHAL_ENDED',
        `${this.method} ${this.shownUrl}: the body was read after its block had ended. Read it inside.`,
      )
    }
    try {
      return await this.#source.read()
    } catch (error) {
      const [coding] = codingsOf(this.incoming['content-encoding'])
      const isOfDecoder = coding !== undefined && typeof (error as { errno?: unknown }).errno === 'number'
      throw isOfDecoder ? decodingErrorOf(error, coding, this.#largest, this.#details()) : error
    }
  }

  async *#texts(charset: string | undefined): AsyncGenerator<string, void> {
    const decoder = decoderFor(charset)
    for (let piece = await this.#read(); piece !== undefined; piece = await this.#read()) {
      yield decoder.decode(piece, { stream: true })
    }
    yield decoder.decode()
  }

  #tooLarge(what: string): TooLargeError {
    return new TooLargeError(`${what} is larger than ${this.#largest} bytes. Raise \`limits.body\`.`, this.#details())
  }

  #details(): HttpErrorDetails {
    const { method, shownUrl: url, attempt, status } = this
    return { method, url, attempt, status }
  }
}
