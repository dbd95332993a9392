/** Asks for one address: once if all goes well, by HEAD where that is enough, following redirects, looking into what is a page. */
import { within } from 'withal'
import type { HttpClient, HttpStream } from 'withal/http'
import { cssLinks } from '../page/css-links.ts'
import { Decoding } from '../page/decoding.ts'
import { HtmlLinks } from '../page/html-links.ts'
import type { Content } from '../page/link.ts'
import type { Answer, Postponed } from './answer.ts'
import { failureOf, isWithoutConnection } from './failure.ts'

/** What is wanted of an address. */
export interface Question {
  readonly url: string
  /** Whether it is enough to know that it is there. */
  readonly headIsEnough: boolean
  /** The most bytes of it that are looked into. */
  readonly maxSize: number
  /** Whether an address may be asked for, which is asked of each that it redirects to. */
  readonly isAllowed: (url: string) => Promise<boolean>
}

const mostRedirects = 10
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** So long a wish of a server to be asked later is granted; milliseconds. */
const mostWait = 60_000

/** What one request has given: an end, or a way on. */
type Step =
  Answer | Postponed | { readonly status: 'redirected'; readonly to: string; readonly code: number } | 'try GET'

/** See above. */
export async function ask(client: HttpClient, question: Question): Promise<Answer | Postponed> {
  let { url } = question
  let method: 'HEAD' | 'GET' = question.headIsEnough ? 'HEAD' : 'GET'
  const way = [url]
  for (;;) {
    const step = await request(client, method, url, question)
    if (step === 'try GET') {
      method = 'GET'
      continue
    }
    if (step.status !== 'redirected') {
      return step.status === 'broken' && way.length > 1
        ? { ...step, reason: `redirects to ${url}: ${step.reason}` }
        : step
    }
    const end = nextOf(way, step.to)
    if (end !== undefined) return answer('broken', url, step.code, end)
    url = way.at(-1)!
    if (!(await question.isAllowed(url))) {
      return answer('unchecked', url, step.code, `redirects to ${url}, which robots.txt forbids`)
    }
  }
}

/** Goes on to where an address redirects to; gives what is wrong with that. */
function nextOf(way: string[], location: string): string | undefined {
  const next = URL.parse(location, way.at(-1))
  if (next === null) return `redirects to ${location}, which is no valid URL`
  if (next.protocol !== 'http:' && next.protocol !== 'https:')
    return `redirects to ${location}, which cannot be checked`
  next.hash = ''
  if (way.includes(next.href)) return `redirects in a circle: ${[...way, next.href].join(' → ')}`
  if (way.length > mostRedirects) return `redirects more than ${mostRedirects} times`
  way.push(next.href)
  return undefined
}

async function request(client: HttpClient, method: 'HEAD' | 'GET', url: string, question: Question): Promise<Step> {
  try {
    return await within(client.stream(method, url), (response) => stepOf(response, method, url, question))
  } catch (error) {
    const failure = failureOf(error)
    if (failure === undefined) throw error
    return method === 'HEAD' && !isWithoutConnection(error) ? 'try GET' : answer('broken', url, null, failure)
  }
}

async function stepOf(response: HttpStream, method: string, url: string, question: Question): Promise<Step> {
  const { status: code, headers } = response
  const location = headers.get('location')
  if (redirects.has(code) && location !== null) return { status: 'redirected', to: location, code }
  const wait = waitOf(response)
  if (wait !== undefined) {
    if (wait <= mostWait) return { status: 'postponed', wait, code }
    return answer('unchecked', url, code, `${titleOf(response)}, to be asked again in ${Math.ceil(wait / 1000)} s`)
  }
  if (code >= 400) {
    // Many servers do not know HEAD, or treat who uses it as an intruder.
    return method === 'HEAD' && code !== 410 ? 'try GET' : answer('broken', url, code, titleOf(response))
  }
  if (question.headIsEnough) return answer('ok', url, code, null)
  const reader = readerFor(headers.get('content-type'))
  if (reader === undefined) return { ...answer('ok', url, code, null), seen: 'whole' }
  const isWhole = await readInto(reader, response, question.maxSize)
  const reason = isWhole ? null : `only its first ${question.maxSize} bytes were looked into`
  return { ...answer('ok', url, code, reason), content: reader.end(), seen: isWhole ? 'whole' : 'part' }
}

/** How long the server wants to be left alone: `undefined` when it does not say so. */
function waitOf({ status, headers }: HttpStream): number | undefined {
  const value = headers.get('retry-after')
  if (status !== 429 && (status !== 503 || value === null)) return undefined
  if (value === null) return 1_000
  const seconds = /^\s*\d+\s*$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1_000
  return Number.isNaN(seconds) ? 1_000 : Math.max(seconds, 0) * 1_000
}

function titleOf({ status, statusText }: HttpStream): string {
  return statusText === '' ? String(status) : `${status} ${statusText}`
}

/** Takes the text of an answer, and gives what is in it. */
interface Reader {
  readonly decoding: Decoding
  write(text: string): void
  end(): Content
}

function readerFor(contentType: string | null): Reader | undefined {
  const decoding = new Decoding(contentType)
  const type = contentType?.split(';')[0]?.trim().toLowerCase()
  if (type === 'text/html' || type === 'application/xhtml+xml') {
    const page = new HtmlLinks()
    return { decoding, write: (text) => page.write(text), end: () => page.end() }
  }
  if (type !== 'text/css') return undefined
  let style = ''
  return {
    decoding,
    write: (text) => (style += text),
    end: () => ({ links: cssLinks(style), ids: [], base: undefined }),
  }
}

/** Reads to the end or to the limit; says whether that was all. */
async function readInto(reader: Reader, response: AsyncIterable<Uint8Array>, most: number): Promise<boolean> {
  let left = most
  for await (const piece of response) {
    reader.write(reader.decoding.write(piece.length > left ? piece.subarray(0, left) : piece))
    left -= piece.length
    if (left < 0) return false
  }
  reader.write(reader.decoding.end())
  return true
}

function answer(status: Answer['status'], url: string, code: number | null, reason: string | null): Answer {
  return { status, url, code, reason, content: undefined, seen: 'presence' }
}
