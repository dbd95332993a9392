/** From bytes to text. */

const byteOrderMark = 0xfeff

/** What `content-type` says of the charset. */
export function charsetOf(contentType: string | string[] | undefined): string | undefined {
  if (typeof contentType !== 'string') return undefined
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType)?.[1]
}

/** The text of bytes; what is no text in them is marked, and a charset that nobody knows taken for UTF-8. */
export function textOf(bytes: Buffer, charset: string | undefined): string {
  if (charset === undefined || isUtf8.test(charset)) {
    const text = bytes.toString('utf8')
    return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text
  }
  return decoderFor(charset).decode(bytes)
}

const isUtf8 = /^utf-?8$/i

/** A decoder for a charset, UTF-8 where nobody knows it. */
export function decoderFor(charset: string | undefined): TextDecoder {
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}
