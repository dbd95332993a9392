/** What a run goes by: said on the command line, or as it is when nothing is said. */
import type { Format } from './report/format.ts'

/** See above. Times are milliseconds. */
export interface Settings {
  /** A folder, a URL, a file of URLs, `-`; without one, the demonstration. */
  readonly target: string | undefined
  /** Whether links to other sites are checked. */
  readonly external: boolean
  /** How many links away from the start pages are still crawled. */
  readonly depth: number | undefined
  /** Addresses that match one of these are passed over. */
  readonly skip: readonly RegExp[]
  /** Requests under way at the same time, in all and to one host. */
  readonly concurrency: number
  readonly perHost: number
  /** The most for the next piece of an answer. */
  readonly timeout: number
  /** How often a request is tried again when its connection is lost. */
  readonly retries: number
  /** So many bytes of a page are read. */
  readonly maxSize: number
  /** Whether robots.txt is honoured. */
  readonly robots: boolean
  readonly userAgent: string
  readonly format: Format
  /** Where the report goes; without one, to standard output. */
  readonly output: string | undefined
  /** A path, or a URL of PostgreSQL. */
  readonly database: string
  /** Whether an interrupted run is gone on with. */
  readonly resume: boolean
  /** Whether nothing is displayed while it works. */
  readonly quiet: boolean
}

/** What holds when nothing is said. */
export const defaults: Settings = {
  target: undefined,
  external: true,
  depth: undefined,
  skip: [],
  concurrency: 64,
  perHost: 16,
  timeout: 30_000,
  retries: 1,
  maxSize: 10_000_000,
  robots: true,
  userAgent: 'linkcheck/1.0 (withal)',
  format: 'text',
  output: undefined,
  database: 'linkcheck.sqlite',
  resume: false,
  quiet: false,
}
