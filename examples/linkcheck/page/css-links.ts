/** The links of a stylesheet: `url()`, `@import`, and what stands in `image-set()`. */
import { tokenize, tokenTypes } from 'css-tree/tokenizer'
import { string, url } from 'css-tree/utils'
import type { Link, LinkKind } from './link.ts'
import { Lines } from './lines.ts'
import type { Place } from './lines.ts'

/** In these functions a string is an address. */
const functionsOfAddresses: ReadonlySet<string> = new Set(['url(', 'src(', 'image-set(', '-webkit-image-set('])

/**
 * @param text   A stylesheet, the content of a style element, or of a style attribute.
 * @param first  Where it begins, when it is a part of a page.
 */
export function cssLinks(text: string, first?: Place): Link[] {
  const links: Link[] = []
  const lines = new Lines(first)
  lines.add(text)
  /** The functions that are open, the innermost last. */
  const open: string[] = []
  /** The at-rule before its first brace or semicolon. */
  let rule = ''

  tokenize(text, (type, start, end) => {
    const written = (): string => text.slice(start, end)
    if (type === tokenTypes.AtKeyword) rule = written().toLowerCase()
    else if (type === tokenTypes.Semicolon || type === tokenTypes.LeftCurlyBracket) rule = ''
    else if (type === tokenTypes.Function) open.push(written().toLowerCase())
    else if (type === tokenTypes.LeftParenthesis) open.push('(')
    else if (type === tokenTypes.RightParenthesis) open.pop()
    else if (type === tokenTypes.Url) add(url.decode(written()), start)
    else if (type === tokenTypes.String && isAddress()) add(string.decode(written()), start)
  })
  return links

  function isAddress(): boolean {
    return open.length === 0 ? rule === '@import' : functionsOfAddresses.has(open.at(-1)!)
  }

  function add(address: string, offset: number): void {
    // A namespace is only a name, and `url(#gradient)` means something in the page itself.
    if (rule === '@namespace' || address === '' || address.startsWith('#')) return
    const kind: LinkKind = rule === '@import' ? 'import' : 'css'
    links.push({ url: address, kind, ...lines.placeOf(offset) })
  }
}
