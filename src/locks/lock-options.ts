/** What every lock can be given, and what it is called in messages. */

/** What locks take. */
export interface LockOptions {
  /** Stands in messages. */
  readonly name?: string | undefined
}

/** What a lock is called in messages: `the mutex "orders"`. */
export function nameOf(kind: string, options: LockOptions): string {
  return options.name === undefined ? `the ${kind}` : `the ${kind} "${options.name}"`
}
