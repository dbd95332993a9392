/** What all contestants open and close: the same work behind every protocol, so that only the mechanism differs. */

/** Opened and closed by promises. It counts: whoever forgets to close it gets a wrong result next time, and is refused. */
export class Connection {
  #open = 0

  /** Open at once, for what has to be closed only. */
  opened(): this {
    this.#open++
    return this
  }

  async open(): Promise<this> {
    return this.opened()
  }

  async close(): Promise<void> {
    this.#open--
  }

  /** How many times it is open. */
  get openings(): number {
    return this.#open
  }

  /** What a body does with it: 1 if it is open once. */
  async query(): Promise<number> {
    return this.#open
  }

  '~enterAsync'(): Promise<this> {
    return this.open()
  }

  '~exitAsync'(): Promise<void> {
    return this.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** contextlib's protocol. */
  enter(): Promise<this> {
    return this.open()
  }

  exit(): Promise<void> {
    return this.close()
  }
}

/**
 * The same with nothing to wait for. It also keeps a log: V8 would find out that a bare counter is as before in the end,
 * and drop the work altogether.
 */
export class SyncConnection {
  readonly #log = new Uint8Array(16)
  #events = 0
  #open = 0

  open(): this {
    this.#open++
    this.#log[this.#events++ & 15] = 1
    return this
  }

  close(): void {
    this.#open--
    this.#log[this.#events++ & 15] = 2
  }

  query(): number {
    return this.#open
  }

  '~enter'(): this {
    return this.open()
  }

  '~exit'(): void {
    this.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** contextlib's protocol. */
  enter(): this {
    return this.open()
  }

  exit(): void {
    this.close()
  }
}
