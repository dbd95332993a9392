// Fetching and parsing, nothing else: each page once, 16 at a time, its links taken out by the same tokenizer.
import { Tokenizer } from 'htmlparser2'
import { Agent, request } from 'undici'

const [start] = process.argv.slice(2)
const { host } = new URL(start)
const dispatcher = new Agent({ connections: 16 })
const seen = new Set([start])
const queue = [start]
const nothing = () => {}
let pages = 0
let running = 0
await Promise.all(Array.from({ length: 16 }, work))
await dispatcher.close()
console.log(pages)

/** There is nothing more to do when nobody can find anything any more. */
async function work() {
  while (queue.length > 0 || running > 0) {
    const page = queue.shift()
    if (page === undefined) await new Promise(setImmediate)
    else {
      running++
      await visit(page)
      running--
    }
  }
}

async function visit(page) {
  const { headers, body } = await request(page, { dispatcher })
  const text = await body.text()
  if (headers['content-type'] !== 'text/html') return
  pages++
  for (const written of hrefsOf(text)) {
    const url = URL.parse(written, page)
    if (url === null || url.host !== host) continue
    url.hash = ''
    if (seen.has(url.href)) continue
    seen.add(url.href)
    queue.push(url.href)
  }
}

function hrefsOf(text) {
  const found = []
  let name = ''
  let value = ''
  const listener = {
    onattribname: (from, to) => (name = text.slice(from, to)),
    onattribdata: (from, to) => (value = text.slice(from, to)),
    onattribend: () => {
      if (name === 'href') found.push(value)
    },
    isInForeignContext: () => false,
  }
  for (const event of 'opentagname opentagend selfclosingtag closetag text textentity attribentity cdata comment declaration processinginstruction end'.split(
    ' ',
  )) {
    listener[`on${event}`] = nothing
  }
  const tokenizer = new Tokenizer({ decodeEntities: false }, listener)
  tokenizer.write(text)
  tokenizer.end()
  return found
}
