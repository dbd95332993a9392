/** What the pools of the benchmark lend: something that costs nothing, so that only the pool is measured. */

export class Resource {
  uses = 0
  use(): number {
    this.uses++
    return 1
  }
}

/** A pool at its least: an array of free ones, and a list of who waits. */
export class OwnPool {
  readonly #free: Resource[] = []
  readonly #waiting: ((resource: Resource) => void)[] = []
  #first = 0

  constructor(size: number) {
    for (let made = 0; made < size; made++) this.#free.push(new Resource())
  }

  acquire(): Resource | Promise<Resource> {
    const resource = this.#free.pop()
    if (resource !== undefined) return resource
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  release(resource: Resource): void {
    if (this.#first === this.#waiting.length) {
      this.#free.push(resource)
      return
    }
    this.#waiting[this.#first++]!(resource) // there is one
    if (this.#first < this.#waiting.length) return
    this.#first = 0
    this.#waiting.length = 0
  }
}
