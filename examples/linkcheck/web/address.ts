/** What a link means: an address that can be asked for, one that is passed over, or none at all. */

/** See above. */
export type Meaning =
  | { readonly status: 'address'; readonly url: string; readonly fragment: string | undefined }
  | { readonly status: 'skipped'; readonly url: string; readonly reason: string }
  | { readonly status: 'invalid'; readonly url: string; readonly reason: string }

/** Resolves what a page says against its own address. */
export function meaningOf(written: string, base: string): Meaning {
  const url = URL.parse(written, base)
  if (url === null) return { status: 'invalid', url: brief(written), reason: 'is no valid URL' }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { status: 'skipped', url: brief(written), reason: `${url.protocol} is not checked` }
  }
  const { href } = url
  const hash = href.indexOf('#')
  if (hash === -1) return { status: 'address', url: href, fragment: undefined }
  return { status: 'address', url: href.slice(0, hash), fragment: fragmentOf(href.slice(hash + 1)) }
}

/** The `id` that a fragment means; `undefined` for those that mean no element: the top, a text to be found, a route of a script. */
function fragmentOf(hash: string): string | undefined {
  const [named = ''] = hash.split(':~:')
  if (named === '' || /^(?:top$|!|\/)/i.test(named)) return undefined
  try {
    return decodeURIComponent(named)
  } catch {
    return named
  }
}

/** The host, with its port, of an address. */
export function hostOf(url: string): string {
  const start = url.indexOf('//') + 2
  const end = url.indexOf('/', start)
  return end === -1 ? url.slice(start) : url.slice(start, end)
}

/** Scheme, host and port of an address. */
export function originOf(url: string): string {
  const end = url.indexOf('/', url.indexOf('//') + 2)
  return end === -1 ? url : url.slice(0, end)
}

const notPages =
  /\.(?:7z|aac|apk|avif|avi|bmp|bz2|csv|deb|dmg|docx?|eot|epub|exe|flac|gif|gz|ico|iso|jar|jpe?g|js|json|m4a|mjs|mkv|mov|mp3|mp4|mpe?g|msi|odt|ogg|otf|pdf|png|pptx?|ps|rar|rpm|rss|svg|tar|tgz|tiff?|ttf|txt|wasm|wav|webm|webp|woff2?|xlsx?|xml|xz|zip|zst)$/i

/** Whether an address, by its name, is that of no page, so that it is enough to ask whether it is there. */
export function looksLikeFile(url: string): boolean {
  const query = url.indexOf('?')
  return notPages.test(query === -1 ? url : url.slice(0, query))
}

/** `data:` URLs can be as large as the image in them. */
function brief(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text
}
