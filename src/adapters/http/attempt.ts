/**
 * One request on its way: what undici is given, and what watches over it. It ends by itself when the answer is complete, or is ended by the
 * scope around, by a signal, by a limit of time or by the end of its client; in any case once, with nothing left behind.
 */
import type { Clock } from '../../clock.ts'
import type { Cancelled } from '../../errors/index.ts'
import type { Listening, ScopeNode } from '../../scope.ts'
import { deadlinesOf } from '../../tasks/deadlines.ts'
import type { Deadline, Deadlines, DueList } from '../../tasks/deadlines.ts'
import { AnswerBody } from './answer-body.ts'
import { ConnectionLostError, HttpTimeoutError, TooLargeError } from './errors.ts'
import type { HttpErrorDetails, TimeoutPhase } from './errors.ts'
import { failureOf } from './failures.ts'
import type { Progress } from './failures.ts'
import type { RequestSettings } from './options.ts'
import type { DispatchController, DispatchHandler, IncomingHeaders } from './undici.ts'

/** What a server has answered. */
export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: IncomingHeaders
  /** All of it; or, of a streamed one, what gives it piece by piece. */
  readonly body: Buffer | AnswerBody
}

/** What an attempt goes by. */
export interface AttemptTask {
  readonly method: string
  /** As errors may show it. */
  readonly url: string
  readonly attempt: number
  readonly streamed: boolean
  /** The largest body that is read. */
  readonly largest: number
  readonly timeouts: RequestSettings['timeouts']
  readonly clock: Clock
  /** When the whole request must be done. */
  readonly totalDue: number
  readonly scope: ScopeNode | undefined
  readonly signal: AbortSignal | undefined
  /** Is called once, when the connection is free again or gone. */
  readonly ended: (attempt: Attempt) => void
}

const empty: Buffer = Buffer.alloc(0)

/** See above. */
export class Attempt implements DispatchHandler, Listening, Deadline {
  listedIn: ScopeNode | undefined
  previous: Listening | undefined
  next: Listening | undefined
  dueList: DueList | undefined
  dueBefore: Deadline | undefined
  dueAfter: Deadline | undefined
  /** The answer: whole, or with a body that is still to come. */
  readonly answer: Promise<Answer>
  progress: Progress = 'connecting'
  readonly #task: AttemptTask
  #resolve!: (answer: Answer) => void
  #reject!: (error: unknown) => void
  #controller: DispatchController | undefined
  #failure: { readonly error: unknown } | undefined
  #hasEnded = false
  #head: { status: number; statusText: string; headers: IncomingHeaders } | undefined
  #stream: AnswerBody | undefined
  #chunks: Buffer[] = []
  #size = 0
  readonly #deadlines: Deadlines
  /** What is being waited for, and until when; the deadline that is set may be earlier, and is moved when it is met. */
  #phase: TimeoutPhase = 'connect'
  #due = Infinity
  #armedFor = Infinity

  constructor(task: AttemptTask) {
    this.#task = task
    this.#deadlines = deadlinesOf(task.clock)
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    task.scope?.addListening(this)
    task.signal?.addEventListener('abort', this.#aborted)
    this.#wait('connect')
  }

  // What ends it from outside.

  /** Ends it, unless it has ended. */
  stop(error: unknown): void {
    if (this.#hasEnded || this.#failure !== undefined) return
    this.#failure = { error }
    this.#fail(error)
    this.#controller?.abort(error instanceof Error ? error : new Error('aborted', { cause: error }))
    this.#end() // where it has not begun, undici is told when it begins it
  }

  reached(cancelled: Cancelled): void {
    this.stop(cancelled)
  }

  readonly #aborted = (): void => this.stop(this.#task.signal?.reason)

  expired(): void {
    this.#armedFor = Infinity
    const { clock, totalDue, timeouts } = this.#task
    const now = clock.now()
    if (totalDue <= now) this.stop(new HttpTimeoutError('total', timeouts.total, this.details))
    else if (this.#due <= now) this.stop(new HttpTimeoutError(this.#phase, timeouts[this.#phase], this.details))
    else this.#arm()
  }

  // What undici says.

  onRequestStart(controller: DispatchController): void {
    if (this.#failure !== undefined) {
      controller.abort(new Error('stopped before it began'))
      return
    }
    this.#controller = controller
    this.progress = 'sent'
    this.#wait('headers')
  }

  onBodySent(): void {
    this.#wait('headers')
  }

  onRequestSent(): void {
    this.#wait('headers')
  }

  onResponseStart(
    _controller: DispatchController,
    status: number,
    headers: IncomingHeaders,
    statusText: string | undefined,
  ): void {
    if (status < 200 || this.#failure !== undefined) return // only informs
    this.progress = 'answered'
    this.#wait('body')
    const head = { status, statusText: statusText ?? '', headers }
    this.#head = head
    if (this.#task.streamed) this.#beginStream(head)
    else if (Number(headers['content-length']) > this.#task.largest && this.#task.method !== 'HEAD') this.#refuseSize()
  }

  onResponseData(controller: DispatchController, chunk: Buffer): void {
    // undici flushes its parser with an empty piece each time it is let go on; taken for one, it would never end.
    if (this.#failure !== undefined || chunk.length === 0) return
    if (this.#stream !== undefined) {
      if (this.#stream.push(chunk)) this.#wait('body')
      else {
        controller.pause()
        this.#wait(undefined) // for the reader, who may take his time
      }
      return
    }
    this.#size += chunk.length
    if (this.#size > this.#task.largest) return this.#refuseSize()
    this.#chunks.push(chunk)
    this.#wait('body')
  }

  onResponseEnd(): void {
    if (this.#failure !== undefined) return
    const { head, stream } = { head: this.#head, stream: this.#stream }
    this.#end()
    if (stream !== undefined) stream.end()
    else if (head !== undefined) this.#resolve({ ...head, body: this.#whole() })
  }

  onResponseError(_controller: DispatchController | null, error: Error): void {
    if (this.#hasEnded) return
    if (this.#failure === undefined) {
      const failure = failureOf(error, this.details, this.progress, this.#task.timeouts.connect)
      this.#failure = { error: failure }
      this.#fail(failure)
    }
    this.#end()
  }

  // The rest.

  /** What errors say of it. */
  get details(): HttpErrorDetails {
    const { method, url, attempt } = this.#task
    return { method, url, attempt, status: this.#head?.status }
  }

  #beginStream(head: Omit<Answer, 'body'>): void {
    const resume = (): void => {
      this.#wait('body')
      this.#controller?.resume()
    }
    const abandon = (): void => this.stop(new ConnectionLostError('it was left before its end.', this.details))
    this.#stream = new AnswerBody(resume, abandon)
    // From here on, whoever reads waits in a scope of his own.
    this.listedIn?.removeListening(this)
    this.#resolve({ ...head, body: this.#stream })
  }

  #refuseSize(): void {
    const { largest } = this.#task
    this.stop(
      new TooLargeError(
        `the body is larger than ${largest} bytes. Raise \`limits.body\`, or read it piece by piece: \`client.stream\`.`,
        this.details,
      ),
    )
  }

  #whole(): Buffer {
    const chunks = this.#chunks
    if (chunks.length === 1) return chunks[0]!
    return chunks.length === 0 ? empty : Buffer.concat(chunks, this.#size)
  }

  #fail(error: unknown): void {
    if (this.#stream !== undefined) this.#stream.fail(error)
    else this.#reject(error)
  }

  #wait(phase: TimeoutPhase | undefined): void {
    if (this.#failure !== undefined || this.#hasEnded) return
    const { clock, timeouts, totalDue } = this.#task
    const limit = phase === undefined ? Infinity : timeouts[phase]
    if (phase !== undefined) this.#phase = phase
    this.#due = limit === Infinity ? Infinity : clock.now() + limit
    if (Math.min(this.#due, totalDue) < this.#armedFor) this.#arm()
  }

  #arm(): void {
    this.#deadlines.remove(this)
    this.#armedFor = Math.min(this.#due, this.#task.totalDue)
    this.#deadlines.add(this, this.#armedFor)
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.listedIn?.removeListening(this)
    this.#task.signal?.removeEventListener('abort', this.#aborted)
    this.#deadlines.remove(this)
    this.#task.ended(this)
  }
}
