/** A link as it stands on a page. */

/** By what a page refers to something. */
export type LinkKind =
  | 'a' // also `area`
  | 'link' // `<link>` of any kind but a stylesheet
  | 'stylesheet'
  | 'script'
  | 'img'
  | 'srcset'
  | 'media' // `video`, `audio`, `source`, `track`, `embed`, `object`
  | 'iframe' // also `frame`
  | 'refresh' // `<meta http-equiv="refresh">`
  | 'css' // `url()` and its like, in a stylesheet, a style element or a style attribute
  | 'import' // `@import`, which names another stylesheet

/** See above. */
export interface Link {
  /** As it is written, entities and escapes resolved; not yet resolved against its page. */
  readonly url: string
  readonly kind: LinkKind
  /** Where its tag or its `url()` begins, from 1. */
  readonly line: number
  readonly column: number
}

/** What a page or a stylesheet says. */
export interface Content {
  readonly links: readonly Link[]
  /** What a fragment may name: every `id`, and the `name` of an `a`. */
  readonly ids: readonly string[]
  /** What `<base href>` says: what its links are relative to. */
  readonly base: string | undefined
}

/** What may be a page of a site, and is crawled when it is one; all else is only looked whether it is there. */
export function leadsToPage(kind: LinkKind): boolean {
  return kind === 'a' || kind === 'iframe' || kind === 'refresh' || kind === 'link'
}

/** What is a stylesheet, and has links of its own. */
export function leadsToStylesheet(kind: LinkKind): boolean {
  return kind === 'stylesheet' || kind === 'import'
}
