/** What an area is made of: rows, each one kind of work done by several contestants. */

/** A file of `bench/areas/` has one as its default export. */
export interface Area {
  readonly rows: readonly Row[]
}

/** One kind of work. The first contestant is its physical limit, written by hand. */
export interface Row {
  readonly name: string
  contestants(): readonly Contestant[] | Promise<readonly Contestant[]>
}

/** One way of doing the work. */
export interface Contestant {
  readonly name: string
  readonly role: 'limit' | 'library' | 'peer'
  /** Whether it gives its result at once. Default: it is awaited. */
  readonly sync?: boolean
  /** Does the work once and gives 1, now or later; what gives anything else has not done it. */
  operation(): unknown
  /** Runs a whole batch of operations, where they need something around them. */
  around?<R>(batch: () => R): R
  /** What it has to reach. */
  readonly goal?: Goal
}

/** Either a ratio to the limit, or the nanoseconds that it may take more than another contestant. */
export type Goal = { readonly ratio: number } | { readonly nanosecondsMore: number; readonly than: string }

/** What was found out about a contestant. */
export interface Measured {
  readonly name: string
  readonly role: Contestant['role']
  /** The median of one operation over all rounds. */
  readonly nanoseconds: number
  /** The median over the rounds of its time by that of the limit in the same round, and the quartiles. */
  readonly ratio: number
  readonly ratioQuartiles: readonly [number, number]
  /** Microtask turns until the operation has settled; `null` where it needs more than microtasks. */
  readonly turns: number | null
  /** Bytes allocated by one operation, the `await` for it included. */
  readonly bytes: number
  readonly goal?: Goal
  readonly reached?: boolean
}
