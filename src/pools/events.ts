/** What a pool tells whoever wants to count, log or alert. */

/** Something that happened in a pool. Times are milliseconds. */
export type PoolEvent =
  | { readonly type: 'created'; readonly pool: string; readonly took: number }
  /** A resource is gone, or (`leftBehind`) its closing never ended. */
  | { readonly type: 'destroyed'; readonly pool: string; readonly why: string; readonly leftBehind: boolean }
  | { readonly type: 'acquired'; readonly pool: string; readonly waited: number }
  | { readonly type: 'released'; readonly pool: string; readonly held: number }
  /** A borrower's time was up. */
  | { readonly type: 'timeout'; readonly pool: string; readonly allowed: number }
  /** Something failed that is no borrower's business, or that another resource may make good. */
  | { readonly type: 'failed'; readonly pool: string; readonly during: PoolStep; readonly error: unknown }
  /** A lease is held for longer than `leakAfter`, or a borrower waits for what it holds itself. */
  | { readonly type: 'leak' | 'nested'; readonly pool: string; readonly message: string }

/** What a pool does with a resource. */
export type PoolStep = 'create' | 'validate' | 'setup' | 'reset' | 'destroy'
