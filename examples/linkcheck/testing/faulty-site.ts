/**
 * A website of any size with every fault there is, and a second one that it links to, both on this machine for as long as a block lasts; and what
 * a report must say of them.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { closing, contextManager, within } from 'withal'

/** A line of a report, and the page it belongs to; addresses of the site without its origin. */
export interface Expected {
  readonly page: string
  readonly line: number
  readonly kind: string
  readonly url: string
  readonly status: 'broken' | 'unchecked'
  readonly reason: string
}

/** See above. */
export interface FaultySite {
  readonly origin: string
  readonly otherOrigin: string
  readonly expected: readonly Expected[]
  /** How often each address of the other site was asked for: `HEAD /ok`. */
  readonly asked: ReadonlyMap<string, number>
  /** Requests to the site so far. */
  requests: number
  /** Is called before each. */
  onRequest: (() => void) | undefined
}

/** What a fault puts on its page. The reason of a link that is well is `undefined`. */
interface Fault {
  readonly html: (number: number) => string
  readonly problem?: (number: number, site: { origin: string; other: string }) => Omit<Expected, 'page' | 'line'>
}

const broken = (kind: string, url: string, reason: string): Omit<Expected, 'page' | 'line'> => ({
  kind,
  url,
  status: 'broken',
  reason,
})
const missing = '404 Not Found'

/** One for each kind; `$OTHER` stands for the other site. */
const faults: readonly Fault[] = [
  { html: (n) => `<a href="/missing/${n}">x</a>`, problem: (n) => broken('a', `/missing/${n}`, missing) },
  {
    html: (n) => `<a href="/page/${n}#nowhere">x</a>`,
    problem: (n) => broken('a', `/page/${n}#nowhere`, 'there is no #nowhere on the page'),
  },
  { html: (n) => `<img src="/missing/${n}.png">`, problem: (n) => broken('img', `/missing/${n}.png`, missing) },
  {
    html: (n) => `<script src="../missing/${n}.js"></script>`,
    problem: (n) => broken('script', `/missing/${n}.js`, missing),
  },
  {
    html: (n) => `<img srcset="/file/a.png 1x, /missing/${n}-2x.png 2x">`,
    problem: (n) => broken('srcset', `/missing/${n}-2x.png`, missing),
  },
  {
    html: (n) => `<style>p { background: url(/missing/${n}-back.png) }</style>`,
    problem: (n) => broken('css', `/missing/${n}-back.png`, missing),
  },
  {
    html: (n) => `<p style="background: url('/missing/${n}-style.png')">x</p>`,
    problem: (n) => broken('css', `/missing/${n}-style.png`, missing),
  },
  {
    html: (n) => `<iframe src="/missing/${n}-frame"></iframe>`,
    problem: (n) => broken('iframe', `/missing/${n}-frame`, missing),
  },
  {
    html: (n) => `<meta http-equiv="refresh" content="9; url=/missing/${n}-next">`,
    problem: (n) => broken('refresh', `/missing/${n}-next`, missing),
  },
  {
    html: (n) => `<a href="/to-missing/${n}">x</a>`,
    problem: (n, { origin }) =>
      broken('a', `/to-missing/${n}`, `redirects to ${origin}/missing/${n}-target: 404 Not Found`),
  },
  {
    html: (n) => `<a href="/circle/${n}">x</a>`,
    problem: (n, { origin }) => {
      const way = [`/circle/${n}`, `/circle/${n}?back`, `/circle/${n}`].map((path) => origin + path)
      return broken('a', `/circle/${n}`, `redirects in a circle: ${way.join(' → ')}`)
    },
  },
  {
    html: (n) => `<a href="/forever/${n}">x</a>`,
    problem: (n) => broken('a', `/forever/${n}`, 'redirects more than 10 times'),
  },
  {
    html: (n) => `<a href="/error/${n}">x</a>`,
    problem: (n) => broken('a', `/error/${n}`, '500 Internal Server Error'),
  },
  { html: (n) => `<a href="http://">${n}</a>`, problem: () => broken('a', 'http://', 'is no valid URL') },
  {
    html: (n) => `<a href="/reset/${n}">x</a>`,
    problem: (n) => broken('a', `/reset/${n}`, 'the connection was lost'),
  },
  {
    html: (n) => `<a href="/private/${n}">x</a>`,
    problem: (n) => ({
      kind: 'a',
      url: `/private/${n}`,
      status: 'unchecked',
      reason: 'robots.txt forbids it',
    }),
  },
  {
    html: (n) => `<a href="$OTHER/missing/${n}">x</a>`,
    problem: (n, { other }) => broken('a', `${other}/missing/${n}`, missing),
  },
  {
    html: () => `<a href="$OTHER/page#nowhere">x</a>`,
    problem: (_n, { other }) => broken('a', `${other}/page#nowhere`, 'there is no #nowhere on the page'),
  },
  // What only looks like a fault.
  { html: () => '<a href="$OTHER/ok">x</a>' },
  { html: () => '<a href="$OTHER/no-head">x</a>' },
  { html: () => '<a href="$OTHER/page#part">x</a>' },
  { html: (n) => `<a href="/to-page/${n}#part">x</a>` },
  { html: (n) => `<a href="/busy/${n}">x</a>` },
  { html: () => '<a href="mailto:x@example.org">x</a><a href="javascript:void 0">x</a>' },
  { html: (n) => `<a href="/latin/${n}">x</a>` },
  { html: () => '<!-- <a href="/missing/comment"> --><script>"<a href=\'/missing/script\'>"</script>' },
]

/** A site of so many pages, one in `every` with a fault. */
export const faultySite = contextManager(async function* faultySite(pages: number, every: number) {
  const asked = new Map<string, number>()
  const other = yield* within(listening((request, response) => answerOther(asked, request, response)))
  const busy = new Map<string, number>()
  const site: FaultySite & { expected: readonly Expected[] } = {
    origin: '',
    otherOrigin: other,
    expected: [],
    asked,
    requests: 0,
    onRequest: undefined,
  }
  const origin = yield* within(
    listening((request, response) => {
      site.requests++
      site.onRequest?.()
      answer(request, response, (number) => pageOf(number, pages, every, other), busy)
    }),
  )
  const expected = expectedOf(pages, every, { origin, other })
  yield Object.assign(site, { origin, expected })
})

/** Any server on this machine; gives its origin. */
export const listening = contextManager(async function* server(
  answerTo: (request: IncomingMessage, response: ServerResponse) => void,
) {
  const made = createServer(answerTo)
  yield* within(
    closing(made, async () => {
      made.closeAllConnections()
      await made[Symbol.asyncDispose]()
    }),
  )
  made.listen(0, '127.0.0.1')
  await once(made, 'listening')
  const { port } = made.address() as AddressInfo // it listens on a port, not on a socket file
  yield `http://127.0.0.1:${port}`
})

function faultOf(number: number, every: number): Fault | undefined {
  return number % every === every - 1 ? faults[Math.floor(number / every) % faults.length] : undefined
}

/** A tree: each page leads to ten others, and back to the first. */
function pageOf(number: number, pages: number, every: number, other: string): string | undefined {
  if (number >= pages) return undefined
  const lines = ['<!doctype html><meta charset="utf-8">', '<link rel="stylesheet" href="/file/style.css">']
  lines.push(`<h1 id="part">Page ${number}</h1>`, '<a href="/page/0#part">home</a>')
  lines.push((faultOf(number, every)?.html(number) ?? '').replaceAll('$OTHER', other))
  for (let child = number * 10 + 1; child <= number * 10 + 10 && child < pages; child++) {
    lines.push(`<a href="${child}">page ${child}</a>`)
  }
  return lines.join('\n')
}

function expectedOf(pages: number, every: number, site: { origin: string; other: string }): Expected[] {
  const expected: Expected[] = [
    { page: '/file/style.css', line: 2, ...broken('css', '/missing/of-style.png', missing) },
  ]
  for (let number = 0; number < pages; number++) {
    const problem = faultOf(number, every)?.problem?.(number, site)
    if (problem !== undefined) expected.push({ page: `/page/${number}`, line: 5, ...problem })
  }
  return expected
}

function answer(
  { url = '', socket }: IncomingMessage,
  response: ServerResponse,
  page: (number: number) => string | undefined,
  busy: Map<string, number>,
): void {
  const [, kind = '', name = ''] = url.split('/')
  const number = Number.parseInt(name, 10)
  const html = (text: string, encoding: BufferEncoding = 'utf8'): void => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(text, encoding)
  }
  const redirect = (location: string): void => void response.writeHead(302, { location }).end()
  const times = (busy.get(url) ?? 0) + 1
  const text = kind === 'page' ? page(number) : undefined
  if (text !== undefined) html(text)
  else if (url === '/robots.txt') response.end('User-agent: *\nDisallow: /private/\n')
  else if (url === '/file/style.css') {
    response.writeHead(200, { 'content-type': 'text/css' }).end('\nh1 { background: url("../missing/of-style.png") }')
  } else if (kind === 'file') response.writeHead(200, { 'content-type': 'image/png' }).end()
  else if (kind === 'to-missing') redirect(`/missing/${number}-target`)
  else if (kind === 'to-page') redirect(`/page/${number}`)
  else if (kind === 'circle') redirect(url.endsWith('?back') ? `/circle/${number}` : `/circle/${number}?back`)
  else if (kind === 'forever') redirect(`${url}/on`)
  else if (kind === 'error') response.writeHead(500).end()
  else if (kind === 'reset') socket.destroy()
  else if (kind === 'latin') html('<meta charset="iso-8859-1"><a href="/café/">x</a>', 'latin1')
  else if (url === '/caf%C3%A9/') html('<p>coffee</p>')
  else if (kind === 'busy' && times <= 2) {
    busy.set(url, times)
    response.writeHead(429, { 'retry-after': '0' }).end()
  } else if (kind === 'busy') html('<p>at last</p>')
  else response.writeHead(404).end()
}

function answerOther(
  asked: Map<string, number>,
  { method, url = '' }: IncomingMessage,
  response: ServerResponse,
): void {
  const what = `${method} ${url}`
  asked.set(what, (asked.get(what) ?? 0) + 1)
  if (url === '/no-head' && method === 'HEAD') response.writeHead(405).end()
  else if (url === '/ok' || url === '/no-head') response.end()
  else if (url === '/page') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<p id="part">x</p><a href="/never-followed">x</a>')
  } else response.writeHead(404).end()
}
