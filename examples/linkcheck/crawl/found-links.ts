/** The links of a page as rows: those that mean the same address in the same way are one. */
import type { Content, LinkKind } from '../page/link.ts'
import type { LinkRow } from '../store/records.ts'
import { meaningOf } from '../web/address.ts'
import type { Meaning } from '../web/address.ts'

/** Gives each link's meaning to `idOf`, which says the id of the address, and makes rows of them. */
export function linkRows(
  page: number,
  url: string,
  content: Content,
  idOf: (meaning: Meaning, kind: LinkKind) => number,
): LinkRow[] {
  const base = (content.base === undefined ? undefined : URL.parse(content.base, url)?.href) ?? url
  const meanings = new Map<string, Meaning>()
  const rows = new Map<string, { row: Omit<LinkRow, 'places'>; places: string }>()
  for (const { url: written, kind, line, column } of content.links) {
    let meaning = meanings.get(written)
    if (meaning === undefined) meanings.set(written, (meaning = meaningOf(written, base)))
    const address = idOf(meaning, kind)
    const fragment = meaning.status === 'address' ? (meaning.fragment ?? null) : null
    const key = fragment === null ? `${address} ${kind}` : `${address} ${kind} ${fragment}`
    const known = rows.get(key)
    if (known === undefined) rows.set(key, { row: { page, address, fragment, kind }, places: `${line}:${column}` })
    else known.places += ` ${line}:${column}`
  }
  return Array.from(rows.values(), ({ row, places }) => ({ ...row, places }))
}
