/** The body of a request: text, bytes, JSON, a form, or a stream that is sent as it comes. */
import { combine, isCancellation, UsageError } from '../../errors/index.ts'
import { currentFrame, runInFrame } from '../../frame.ts'
import type { Frame } from '../../frame.ts'
import { ScopeNode } from '../../scope.ts'
import { scopeHere } from '../../tasks/waiting.ts'
import { entriesOf } from './target.ts'
import type { Query } from './target.ts'

/** A form. A `FormData` is sent in several parts, anything else as one line. */
export type FormValues = FormData | Exclude<Query, string>

/** A stream of a body: of the Web, of Node, or anything else that can be iterated. */
export type BodyStream = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>

/** A body as it may be given. A stream can be sent once; a function that gives one, as often as there is need. */
export type BodySource =
  | string
  | Uint8Array
  | ArrayBuffer
  | Blob
  | URLSearchParams
  | FormData
  | BodyStream
  | (() => BodyStream | string | Uint8Array)

/** What is sent. */
export interface RequestBody {
  /** What is said of it where the request says nothing. */
  readonly type: string | undefined
  /** Whether it can be sent again. */
  readonly isRepeatable: boolean
  /**
   * Gives it, for one attempt.
   *
   * @param failed  Is called with what the giver of the pieces throws.
   */
  open(failed: (error: unknown) => void): OpenBody
}

/** What is sent in one attempt. */
export interface OpenBody {
  /** All at once, or piece by piece. */
  readonly content: string | Uint8Array | AsyncIterable<Uint8Array>
  /** Ends what gives the pieces, and waits for it. */
  close(): Promise<void>
}

/** Any of the three ways to give a body. */
export interface BodyOptions {
  readonly json?: unknown
  readonly form?: FormValues | undefined
  readonly body?: BodySource | undefined
}

/**
 * The body that was given, if any.
 *
 * @throws UsageError  It is none, or there is more than one.
 */
export function bodyOf({ json, form, body }: BodyOptions): RequestBody | undefined {
  if (json === undefined && form === undefined && body === undefined) return undefined
  if (Number(json !== undefined) + Number(form !== undefined) + Number(body !== undefined) > 1) {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', 'A request has one body: give `json`, `form` or `body`.')
  }
  if (json !== undefined) return whole(jsonText(json), 'application/json')
  return form !== undefined ? formBody(form) : sourceBody(body)
}

function jsonText(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined // a function has none
  if (text !== undefined) return text
  throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`json\` is a ${typeof value}, which JSON cannot express.`)
}

const formType = 'application/x-www-form-urlencoded;charset=UTF-8'

function formBody(form: unknown): RequestBody {
  if (form instanceof FormData) return parts(form)
  if (form instanceof URLSearchParams) return whole(form.toString(), formType)
  if (typeof form !== 'object' || form === null) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`form\` is ${String(form)}. Give an object, a URLSearchParams, or a FormData.`,
    )
  }
  return whole(new URLSearchParams(entriesOf(form as Exclude<Query, string | URLSearchParams>)).toString(), formType)
}

function sourceBody(body: unknown): RequestBody {
  if (typeof body === 'string') return whole(body, 'text/plain;charset=UTF-8')
  if (body instanceof Uint8Array) return whole(body, undefined)
  if (body instanceof ArrayBuffer) return whole(new Uint8Array(body), undefined)
  if (body instanceof URLSearchParams) return whole(body.toString(), formType)
  if (body instanceof FormData) return parts(body)
  if (body instanceof Blob) return repeatable(() => body.stream(), body.type === '' ? undefined : body.type)
  if (typeof body === 'function') return repeatable(body as () => unknown, undefined)
  return { type: undefined, isRepeatable: false, open: (failed) => pieces(body, failed) }
}

function whole(content: string | Uint8Array, type: string | undefined): RequestBody {
  return { type, isRepeatable: true, open: () => ({ content, close: nothing }) }
}

async function nothing(): Promise<void> {}

function repeatable(make: () => unknown, type: string | undefined): RequestBody {
  const open = (failed: (error: unknown) => void): OpenBody => {
    const made = make()
    return typeof made === 'string' || made instanceof Uint8Array
      ? { content: made, close: nothing }
      : pieces(made, failed)
  }
  return { type, isRepeatable: true, open }
}

function parts(form: FormData): RequestBody {
  const boundary = `withal-${crypto.randomUUID()}`
  const open = (failed: (error: unknown) => void): OpenBody => pieces(partsOf(form, boundary), failed)
  return { type: `multipart/form-data; boundary=${boundary}`, isRepeatable: true, open }
}

async function* partsOf(form: FormData, boundary: string): AsyncGenerator<Uint8Array | string> {
  const entries: [string, FormDataEntryValue][] = []
  form.forEach((value, name) => entries.push([name, value])) // older types know no other way
  for (const [name, value] of entries) {
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"`
    if (typeof value === 'string') {
      yield `${head}\r\n\r\n${value.replace(/\r\n|\r|\n/g, '\r\n')}\r\n`
      continue
    }
    const type = value.type === '' ? 'application/octet-stream' : value.type
    yield `${head}; filename="${quoted(value.name)}"\r\ncontent-type: ${type}\r\n\r\n`
    yield* value.stream()
    yield '\r\n'
  }
  yield `--${boundary}--\r\n`
}

function quoted(name: string): string {
  return name.replace(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22')
}

/** Gives pieces one after the other; `stop` ends it even while one is awaited, where that can be done. */
interface PieceGiver {
  next(): PromiseLike<IteratorResult<unknown, unknown>> | IteratorResult<unknown, unknown>
  stop(): unknown
  /** Whether the piece that is awaited then fails, since it was stopped. */
  readonly isCutByStop: boolean
}

const ended = { done: true as const, value: undefined }

/**
 * Iterates what was given, in the context of who has given it (undici asks for the pieces in its own) and in a scope that ends with the
 * request: what still waits for something then is cancelled, and waited for.
 */
function pieces(source: unknown, failed: (error: unknown) => void): OpenBody {
  const around = currentFrame()
  const scope = new ScopeNode(scopeHere())
  const frame: Frame = { scope, task: around?.task, bindings: around?.bindings }
  const giver = giverOf(source)
  let asked: Promise<unknown> | undefined
  let isOver = false
  const pull = async (): Promise<IteratorResult<Uint8Array, undefined>> => {
    try {
      const { done, value } = await giver.next()
      isOver ||= done === true
      return done === true ? ended : { done: false, value: bytesOf(value) }
    } catch (error) {
      isOver = true
      failed(error)
      throw error
    } finally {
      asked = undefined
    }
  }
  const close = async (): Promise<void> => {
    const waiting = asked
    if (waiting !== undefined) scope.cancel('the request has ended')
    try {
      const stopped = isOver ? undefined : giver.stop()
      const ends = await Promise.allSettled([giver.isCutByStop ? undefined : waiting, stopped])
      const failures = ends.flatMap((end) =>
        end.status === 'rejected' && !isCancellation(end.reason) ? [end.reason] : [],
      )
      if (failures.length > 0) throw failures.reduce((older: unknown, newer) => combine(newer, older, false))
    } finally {
      isOver = true
      scope.end()
    }
  }
  const pulled: AsyncIterator<Uint8Array, undefined> = {
    next: () => (isOver ? Promise.resolve(ended) : (asked = runInFrame(frame, pull))),
    return: () => Promise.resolve(ended), // `close` does it, where its failure is heard
  }
  return { content: { [Symbol.asyncIterator]: () => pulled }, close: () => runInFrame(frame, close) }
}

function giverOf(source: unknown): PieceGiver {
  if (source instanceof ReadableStream) {
    const reader = source.getReader()
    return {
      next: () => reader.read() as Promise<IteratorResult<unknown>>,
      stop: () => reader.cancel(),
      isCutByStop: true,
    }
  }
  const iterator = iteratorOf(source)
  const { destroy } = source as { destroy?: unknown }
  const next = (): ReturnType<PieceGiver['next']> => iterator.next()
  // A stream of Node can be stopped while a piece is awaited; anything else has to give that first.
  return typeof destroy === 'function'
    ? { next, stop: () => destroy.call(source) as unknown, isCutByStop: true }
    : { next, stop: () => iterator.return?.(), isCutByStop: false }
}

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>

function iteratorOf(source: unknown): AnyIterator {
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = Object(source) as {
    [Symbol.asyncIterator]?: () => AnyIterator
    [Symbol.iterator]?: () => AnyIterator
  }
  const make = async ?? sync
  if (typeof make === 'function') return make.call(source)
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`body\` is ${describe(source)}. Give text, bytes, a Blob, a form, a stream, or a function that makes one; for data there is \`json\`.`,
  )
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? 'an object' : `${String(value)} (${typeof value})`
}

function bytesOf(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece
  if (typeof piece === 'string') return Buffer.from(piece)
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `A piece of \`body\` is ${describe(piece)}. Give bytes (Uint8Array) or text.`,
  )
}
