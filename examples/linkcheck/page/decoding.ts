/**
 * From the bytes of a page to its text, piece by piece. Which encoding it has says, in this order: a byte order mark, the `content-type` of its
 * answer, a `<meta>` among its first 1024 bytes (the WHATWG's rule); else it is taken for UTF-8.
 */
import { StringDecoder } from 'node:string_decoder'
import { Parser } from 'htmlparser2'

/** So many bytes are waited for before a page without another sign is looked at for its `<meta>`. */
const mostSniffed = 1024

/** Decodes one page. */
export class Decoding {
  readonly #charset: string | undefined
  #decoder: { decode(bytes: Uint8Array): string; end(): string } | undefined
  #begin: Uint8Array[] = []
  #size = 0

  /** @param contentType  The header, if there is one. */
  constructor(contentType: string | null | undefined) {
    this.#charset = charsetOf(contentType ?? '')
  }

  /** Gives the text of the next bytes; at the beginning perhaps none yet. */
  write(bytes: Uint8Array): string {
    if (this.#decoder !== undefined) return this.#decoder.decode(bytes)
    this.#begin.push(bytes)
    this.#size += bytes.length
    return this.#size < mostSniffed ? '' : this.#start()
  }

  /** Gives what is left. */
  end(): string {
    const begin = this.#decoder === undefined ? this.#start() : ''
    return begin + this.#decoder!.end()
  }

  #start(): string {
    const bytes = this.#begin.length === 1 ? this.#begin[0]! : Buffer.concat(this.#begin)
    this.#begin = []
    const [marked, length] = byteOrderMark(bytes)
    this.#decoder = decoderFor(marked ?? this.#charset ?? metaCharset(bytes) ?? 'utf-8')
    return this.#decoder.decode(length === 0 ? bytes : bytes.subarray(length))
  }
}

function byteOrderMark(bytes: Uint8Array): [charset: string | undefined, length: number] {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return ['utf-8', 3]
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return ['utf-16le', 2]
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return ['utf-16be', 2]
  return [undefined, 0]
}

function charsetOf(contentType: string): string | undefined {
  return known(/;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1])
}

/** What the page says of itself. It is read as Latin-1, since a `<meta>` can be read so in every encoding that could say it there. */
function metaCharset(bytes: Uint8Array): string | undefined {
  let found: string | undefined
  const parser = new Parser({
    onopentag(name, { charset, content, 'http-equiv': equivalent }) {
      if (name !== 'meta' || found !== undefined) return
      if (charset !== undefined) found = known(charset)
      else if (equivalent?.toLowerCase() === 'content-type') found = charsetOf(`;${content ?? ''}`)
    },
  })
  parser.write(Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, mostSniffed)).toString('latin1'))
  // In bytes that could be read so far, UTF-16 is a lie.
  return found?.startsWith('utf-16') === true ? 'utf-8' : found
}

/** The name as the platform has it, `undefined` when nobody knows it. */
function known(label: string | undefined): string | undefined {
  if (label === undefined) return undefined
  try {
    return new TextDecoder(label).encoding
  } catch {
    return undefined
  }
}

function decoderFor(charset: string): { decode(bytes: Uint8Array): string; end(): string } {
  if (charset === 'utf-8') {
    const decoder = new StringDecoder('utf8') // several times as fast as a TextDecoder that streams
    return { decode: (bytes) => decoder.write(bytes), end: () => decoder.end() }
  }
  const decoder = new TextDecoder(charset)
  return { decode: (bytes) => decoder.decode(bytes, { stream: true }), end: () => decoder.decode() }
}
