/** The limit: a queue for one who puts and one who gets, as short as it can be written. */

/** Holds 64 numbers. */
export class HandQueue {
  readonly #items: number[] = Array.from({ length: 64 }, () => 0)
  #first = 0
  #size = 0
  #getter: ((item: number) => void) | undefined
  #putter: (() => void) | undefined
  #waitsToPut = 0

  put(item: number): Promise<void> {
    const getter = this.#getter
    if (getter !== undefined) {
      this.#getter = undefined
      getter(item)
      return done
    }
    if (this.#size < 64) {
      this.#items[(this.#first + this.#size++) & 63] = item
      return done
    }
    this.#waitsToPut = item
    return new Promise((resolve) => {
      this.#putter = resolve
    })
  }

  get(): Promise<number> {
    if (this.#size === 0) {
      return new Promise((resolve) => {
        this.#getter = resolve
      })
    }
    const item = this.#items[this.#first]!
    this.#first = (this.#first + 1) & 63
    const putter = this.#putter
    if (putter === undefined) this.#size--
    else {
      this.#putter = undefined
      this.#items[(this.#first + 63) & 63] = this.#waitsToPut
      putter()
    }
    return Promise.resolve(item)
  }
}

const done = Promise.resolve()
