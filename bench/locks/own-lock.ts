/** What a lock is at least: a chain of promises where it is free, a list of waiters where it is not. */

/** Promise chain: each piece of work is hung on the one before. */
export class ChainLock {
  #tail: Promise<unknown> = Promise.resolve()

  run<R>(work: () => R): Promise<R> {
    const result = this.#tail.then(work)
    this.#tail = result
    return result
  }
}

/** A flag and a list. */
export class ListLock {
  #isTaken = false
  #first: Waiting | undefined
  #last: Waiting | undefined

  acquire(): Promise<void> | undefined {
    if (!this.#isTaken) {
      this.#isTaken = true
      return undefined
    }
    return new Promise((resolve) => {
      const waiting: Waiting = { resolve, next: undefined }
      if (this.#last === undefined) this.#first = waiting
      else this.#last.next = waiting
      this.#last = waiting
    })
  }

  release(): void {
    const waiting = this.#first
    if (waiting === undefined) {
      this.#isTaken = false
      return
    }
    this.#first = waiting.next
    if (this.#first === undefined) this.#last = undefined
    waiting.resolve()
  }
}

interface Waiting {
  readonly resolve: () => void
  next: Waiting | undefined
}
