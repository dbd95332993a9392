/** What an area is made of: rows, each one kind of work done by several contestants. */

/** A file of `bench/areas/` has one as its default export. */
export interface Area {
  readonly rows: readonly (Row | MemoryRow)[]
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
  /** How many pieces of work an operation consists of: time and bytes are given for one of them. Default: 1. */
  readonly pieces?: number
  /** Makes ready what the next operation works on; this is not timed. */
  prepare?(): unknown
  /** Does the work once and gives 1, now or later; what gives anything else has not done it. */
  operation(prepared?: unknown): unknown
  /** Runs a whole batch of operations, where they need something around them. */
  around?<R>(batch: () => Promise<R>): Promise<R>
  /** What it has to reach. */
  readonly goal?: Goal
}

/** Either a ratio to the limit, or the nanoseconds that it may take more than another contestant. */
export type Goal = { readonly ratio: number } | { readonly nanosecondsMore: number; readonly than: string }

/** A row about memory: what each of many things takes while all of them are there. Again, the first one is the limit. */
export interface MemoryRow {
  readonly name: string
  keepers(): readonly Keeper[] | Promise<readonly Keeper[]>
}

/** One way of having many things at the same time. */
export interface Keeper {
  readonly name: string
  readonly role: Contestant['role']
  /** Makes so many, and gives what ends them all. */
  keep(count: number): Ending | Promise<Ending>
  /** How many bytes each may take. */
  readonly goal?: { readonly bytes: number }
}

/** Ends what a keeper has made. */
export type Ending = () => unknown

/** What was found out about a keeper. */
export interface MeasuredMemory {
  readonly name: string
  readonly role: Contestant['role']
  /** What the heap shrinks by, for each, when they go. */
  readonly bytesKept: number
  readonly ratio: number
  readonly goal?: { readonly bytes: number }
  readonly reached?: boolean
}

/** What was found out about a contestant. */
export interface Measured {
  readonly name: string
  readonly role: Contestant['role']
  /** The median of one operation, or of one of its pieces, over all rounds. */
  readonly nanoseconds: number
  /** The median over the rounds of its time by that of the limit in the same round, and the quartiles. */
  readonly ratio: number
  readonly ratioQuartiles: readonly [number, number]
  /** Microtask turns until the operation has settled; `null` where it needs more than microtasks. */
  readonly turns: number | null
  /** Bytes allocated by one operation, or by one of its pieces, the `await` for it included. */
  readonly bytes: number
  readonly goal?: Goal
  readonly reached?: boolean
}
