/** How far a run has come. */
import { now } from 'withal'
import type { AddressRow } from '../store/records.ts'

/** See above. */
export class Progress {
  /** Addresses whose fate is known, pages and stylesheets among them, and links found on those. */
  checked = 0
  pages = 0
  links = 0
  broken = 0
  readonly #begun = now()
  /** Milliseconds that earlier parts of the run have taken. */
  readonly #before: number

  constructor(before = 0) {
    this.#before = before
  }

  visited({ status, crawled }: AddressRow, links: number): void {
    this.checked++
    this.links += links
    if (crawled) this.pages++
    if (status === 'broken') this.broken++
  }

  restored(row: AddressRow): void {
    if (row.status !== 'pending') this.visited(row, 0)
  }

  /** Milliseconds, those of earlier parts included. */
  get elapsed(): number {
    return this.#before + now() - this.#begun
  }
}
