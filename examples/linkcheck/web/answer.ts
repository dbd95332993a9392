/** What has become of an address that was asked for. */
import type { Content } from '../page/link.ts'
import type { Status } from '../store/records.ts'

/** See above. */
export interface Answer {
  readonly status: Exclude<Status, 'pending'>
  /** What is wrong, or worth knowing; `null` when nothing is. */
  readonly reason: string | null
  /** The status of the HTTP answer, `null` when there was none. */
  readonly code: number | null
  /** Where it came from in the end, after redirects. */
  readonly url: string
  /** What was found in it, when it was looked into. */
  readonly content: Content | undefined
  /** How much of it was seen. */
  readonly seen: 'presence' | 'part' | 'whole'
}

/** The server wants to be asked again later. */
export interface Postponed {
  readonly status: 'postponed'
  /** Milliseconds. */
  readonly wait: number
  readonly code: number
}
