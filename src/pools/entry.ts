/** One resource of a pool, and the list of those that can be lent. */

/** A resource and what the pool knows of it. */
export class Entry<T> {
  readonly resource: T
  readonly createdAt: number
  /** When it is too old to be lent. */
  readonly expiresAt: number
  /** When it was returned last, or made. */
  freeSince: number
  /** When it was last found to work: made, validated, or returned. */
  checkedAt: number
  /** How often it has been lent. */
  uses = 0
  /** How many have it now, or are being prepared or cleaned up after. */
  users = 0
  /** Why it is to be destroyed when nobody has it any more. */
  retired: string | undefined
  /** Its end, once that has begun. */
  destroying: Promise<void> | undefined
  /** What is known of who has it, kept for the next: see loan.ts. */
  loan: object | undefined
  /** The three below are the list's. */
  isListed = false
  newer: Entry<T> | undefined
  older: Entry<T> | undefined

  constructor(resource: T, now: number, expiresAt: number) {
    this.resource = resource
    this.createdAt = now
    this.expiresAt = expiresAt
    this.freeSince = now
    this.checkedAt = now
  }
}

/** Resources that can be lent, in the order in which they came back. */
export class EntryList<T> {
  newest: Entry<T> | undefined
  oldest: Entry<T> | undefined
  size = 0

  add(entry: Entry<T>): void {
    entry.isListed = true
    entry.older = this.newest
    entry.newer = undefined
    if (this.newest === undefined) this.oldest = entry
    else this.newest.newer = entry
    this.newest = entry
    this.size++
  }

  remove(entry: Entry<T>): void {
    if (!entry.isListed) return
    const { newer, older } = entry
    if (newer === undefined) this.newest = older
    else newer.older = older
    if (older === undefined) this.oldest = newer
    else older.newer = newer
    entry.isListed = false
    entry.newer = undefined
    entry.older = undefined
    this.size--
  }

  /** All of them, the oldest first, as they are now. */
  all(): Entry<T>[] {
    const all: Entry<T>[] = []
    for (let entry = this.oldest; entry !== undefined; entry = entry.newer) all.push(entry)
    return all
  }
}
