/** Every address a run has come across: what makes sure that each is asked for once. With what is still to be asked for, this is all that grows. */
import type { AddressRow } from '../store/records.ts'

/** An address of a run. */
export interface Known {
  readonly id: number
  readonly url: string
  readonly depth: number
  /** Whether it belongs to a site that is crawled, and may have links of its own. */
  crawled: boolean
  /** Whether it has to be looked into: for its links, or for what fragments may name. Else it is enough that it is there. */
  lookedInto: boolean
  /** `left out` is never asked for: its fate was known when it was found. */
  state: 'queued' | 'asking' | 'done' | 'left out'
  /** How often its server has asked for patience. */
  postponed: number
}

/** See above. */
export class KnownAddresses {
  readonly #byUrl = new Map<string, Known>()
  #lastId = 0

  get(url: string): Known | undefined {
    return this.#byUrl.get(url)
  }

  add(url: string, depth: number, { crawled, lookedInto }: Pick<Known, 'crawled' | 'lookedInto'>): Known {
    const known: Known = { id: ++this.#lastId, url, depth, crawled, lookedInto, state: 'queued', postponed: 0 }
    this.#byUrl.set(url, known)
    return known
  }

  /** Takes over what an earlier part of the run has written. */
  restore({ id, depth, crawled, status }: AddressRow, url: string, lookedInto: boolean): Known {
    const state = status === 'pending' ? 'queued' : status === 'skipped' ? 'left out' : 'done'
    const known: Known = { id, url, depth, crawled, lookedInto, state, postponed: 0 }
    this.#byUrl.set(url, known)
    this.#lastId = Math.max(this.#lastId, id)
    return known
  }
}
