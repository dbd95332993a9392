/** What is kept in the database. */

/**
 * What has become of an address:
 * - `pending`: it is still to be asked for;
 * - `ok`;
 * - `broken`: `reason` says how;
 * - `unchecked`: it could not be found out, since robots.txt or the server's wish for fewer requests stands against it;
 * - `skipped`: it was not to be checked: `mailto:` and other schemes, other sites with `--no-external`, what `--skip` names.
 */
export type Status = 'pending' | 'ok' | 'broken' | 'unchecked' | 'skipped'

/** A row of `linkcheck_address`: something that is asked for once in a run, whoever links to it. */
export interface AddressRow {
  /** From 1, in the order of discovery; with the run it is the key. */
  readonly id: number
  /** Without a fragment. */
  readonly url: string
  /** How many links it is away from where the run began. */
  readonly depth: number
  /** Whether it is looked into for more links: a page or a stylesheet of a site that is crawled. */
  readonly crawled: boolean
  readonly status: Status
  readonly reason: string | null
  /** The status of the HTTP answer. */
  readonly answer: number | null
  /** The id of the address it redirects to, where that is crawled, too. */
  readonly redirect: number | null
  /** Milliseconds until the answer was complete. */
  readonly time: number | null
  /** What fragments may name, each between line feeds; `null` where nobody knows. */
  readonly names: string | null
}

/** A row of `linkcheck_link`: the places in which a page refers to an address in the same way. */
export interface LinkRow {
  /** The id of the page; 0 for what the run was given to begin with. */
  readonly page: number
  readonly address: number
  readonly fragment: string | null
  readonly kind: string
  /** `12:3 40:17`: lines and columns. */
  readonly places: string
}

/** What one visit has found out. It is written whole or not at all. */
export interface Discovery {
  readonly addresses: readonly AddressRow[]
  readonly links: readonly LinkRow[]
}

/** A row of `linkcheck_run`. */
export interface Run {
  readonly id: number
  readonly target: string
  /** Milliseconds since 1970. */
  readonly started: number
  /** Of all its parts together, milliseconds. */
  readonly elapsed: number
  readonly finished: boolean
}

/** Fragments can be looked up by `instr`. */
export function namesColumn(ids: readonly string[]): string {
  return ids.length === 0 ? '\n' : `\n${ids.join('\n')}\n`
}
