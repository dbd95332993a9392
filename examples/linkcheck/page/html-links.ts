/**
 * The links of a page of HTML, which may come piece by piece. Nothing of the page is kept but its links and its names, so its size does not
 * matter.
 */
import { decodeHTMLAttribute } from 'entities'
import { Tokenizer } from 'htmlparser2'
import { parseSrcset } from 'srcset'
import { cssLinks } from './css-links.ts'
import type { Content, Link, LinkKind } from './link.ts'
import { Lines } from './lines.ts'

/** What the tokenizer calls. */
type Listener = ConstructorParameters<typeof Tokenizer>[1]

/** Which attribute of which element is an address. `link`, `meta`, `base` and `input` depend on a second attribute: see `#concludeTag`. */
const addresses: Readonly<Record<string, Readonly<Record<string, LinkKind>>>> = {
  a: { href: 'a' },
  area: { href: 'a' },
  audio: { src: 'media' },
  embed: { src: 'media' },
  frame: { src: 'iframe' },
  iframe: { src: 'iframe' },
  image: { href: 'img', 'xlink:href': 'img' },
  img: { src: 'img' },
  object: { data: 'media' },
  script: { src: 'script' },
  source: { src: 'media' },
  track: { src: 'media' },
  video: { src: 'media', poster: 'img' },
}
const none: Readonly<Record<string, LinkKind>> = {}

/** What is only told to the browser, not looked at: there is nothing to be found under these. */
const hints = /\b(?:preconnect|dns-prefetch)\b/i

/** Which attribute says how the address beside it is meant, and which one that address is. */
const companions: Readonly<Record<string, { readonly address: string; readonly companion: string }>> = {
  base: { address: 'href', companion: '' },
  input: { address: 'src', companion: 'type' },
  link: { address: 'href', companion: 'rel' },
  meta: { address: 'content', companion: 'http-equiv' },
}

/** So much of the text before a piece is kept, for names that are cut in two; longer names mean nothing to us. */
const mostKept = 1024

/** Reads one page. It listens to the tokenizer of htmlparser2: which element is inside which does not matter here. */
export class HtmlLinks implements Listener {
  readonly #links: Link[] = []
  readonly #ids: string[] = []
  #base: string | undefined
  readonly #lines = new Lines()
  readonly #tokenizer = new Tokenizer({ xmlMode: false, decodeEntities: false }, this)
  #piece = ''
  /** The offset at which the piece begins. */
  #offset = 0
  #before = ''
  /** The tag that is being read, where it begins, and the attributes that have to be looked at together. */
  #tag = ''
  #addresses = none
  #tagStart = 0
  #href: string | undefined
  #companion = ''
  /** The attribute that is being read, if it matters. */
  #attribute = ''
  #value = ''
  /** The text of the style element that is being read. */
  #style = ''
  #styleStart = 0

  /** Takes the next piece of the page. */
  write(piece: string): void {
    this.#before = (this.#before + this.#piece).slice(-mostKept)
    this.#offset += this.#piece.length
    this.#piece = piece
    this.#lines.add(piece)
    this.#tokenizer.write(piece)
  }

  /** What the page says, as far as it has come. */
  end(): Content {
    this.#tokenizer.end()
    this.#endTag()
    this.#endStyle()
    return { links: this.#links, ids: this.#ids, base: this.#base }
  }

  // What the tokenizer says. Where things are is said by their offsets.

  onopentagname(start: number, end: number): void {
    this.#endTag()
    this.#tag = this.#slice(start, end).toLowerCase()
    this.#tagStart = start - 1
    this.#addresses = addresses[this.#tag] ?? none
  }

  onattribname(start: number, end: number): void {
    const name = this.#slice(start, end).toLowerCase()
    this.#attribute = this.#matters(name) ? name : ''
    this.#value = ''
  }

  onattribdata(start: number, end: number): void {
    if (this.#attribute !== '') this.#value += this.#slice(start, end)
  }

  onattribend(): void {
    if (this.#attribute === '') return
    const value = this.#value.includes('&') ? decodeHTMLAttribute(this.#value) : this.#value
    this.#takeAttribute(this.#attribute, value)
    this.#attribute = ''
  }

  ontext(start: number, end: number): void {
    if (this.#tag !== 'style') return
    if (this.#style === '') this.#styleStart = start
    this.#style += this.#slice(start, end)
  }

  onclosetag(): void {
    this.#endTag()
    this.#endStyle()
  }

  onopentagend(): void {}
  onselfclosingtag(): void {}
  onattribentity(): void {}
  ontextentity(): void {}
  oncdata(): void {}
  oncomment(): void {}
  ondeclaration(): void {}
  onprocessinginstruction(): void {}
  onend(): void {}
  isInForeignContext(): boolean {
    return false
  }

  // What is made of it.

  #matters(name: string): boolean {
    if (this.#addresses[name] !== undefined) return true
    if (name === 'id' || name === 'style' || name === 'srcset' || name === 'imagesrcset') return true
    if (this.#tag === 'a') return name === 'name'
    const pair = companions[this.#tag]
    return pair !== undefined && (name === pair.address || name === pair.companion)
  }

  #takeAttribute(name: string, value: string): void {
    const kind = this.#addresses[name]
    if (kind !== undefined) this.#add(value, kind)
    else if (name === 'id' || name === 'name') this.#ids.push(value)
    else if (name === 'srcset' || name === 'imagesrcset') {
      for (const { url } of parseSrcset(value)) this.#add(url, 'srcset')
    } else if (name === 'style') {
      // Entities may stand before a `url()` in an attribute, so only where its tag begins is certain.
      if (value.includes('(')) for (const link of cssLinks(value)) this.#add(link.url, link.kind)
    } else if (name === companions[this.#tag]?.companion) this.#companion = value.toLowerCase()
    else this.#href = value
  }

  /** Looks at elements whose address means something only together with another attribute. */
  #endTag(): void {
    const [address, companion] = [this.#href, this.#companion]
    this.#companion = ''
    if (address === undefined) return
    this.#href = undefined
    if (this.#tag === 'base') this.#base ??= address
    else if (this.#tag === 'input' && companion === 'image') this.#add(address, 'img')
    else if (this.#tag === 'meta' && companion === 'refresh') {
      const target = refreshTarget(address)
      if (target !== undefined) this.#add(target, 'refresh')
    } else if (this.#tag === 'link' && !hints.test(companion)) this.#add(address, kindOfRelation(companion))
  }

  #endStyle(): void {
    if (this.#style !== '') this.#links.push(...cssLinks(this.#style, this.#lines.placeOf(this.#styleStart)))
    this.#style = this.#tag = ''
  }

  #add(url: string, kind: LinkKind): void {
    this.#links.push({ url: url.trim(), kind, ...this.#lines.placeOf(this.#tagStart) })
  }

  #slice(start: number, end: number): string {
    if (start >= this.#offset) return this.#piece.slice(start - this.#offset, end - this.#offset)
    const first = this.#offset - this.#before.length
    return (this.#before + this.#piece).slice(Math.max(start - first, 0), end - first)
  }
}

/** An icon is an image; other relations (`canonical`, `next`, `alternate`, …) may lead to pages. */
function kindOfRelation(relation: string): LinkKind {
  if (/\bstylesheet\b/.test(relation)) return 'stylesheet'
  return /\b(?:icon|manifest|preload|modulepreload|prefetch)\b/.test(relation) ? 'img' : 'link'
}

/** `5; url=next.html` leads somewhere, `5` only back to the page itself. */
function refreshTarget(content: string): string | undefined {
  const separator = content.search(/[;,]/)
  if (separator === -1) return undefined
  const rest = content.slice(separator + 1).trim()
  const url = /^url\s*=\s*/i.exec(rest)
  const address = url === null ? rest : rest.slice(url[0].length)
  const quote = address[0]
  if (quote !== '"' && quote !== "'") return address === '' ? undefined : address
  const end = address.indexOf(quote, 1)
  return address.slice(1, end === -1 ? undefined : end)
}
