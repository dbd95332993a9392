/**
 * An async iterator class that counts, with a wait between items, and loops over it: to its end, left early, and cancelled.
 *
 * Prints:
 *   counted 1
 *   counted 2
 *   counted 3
 *   left early: the counter was closed
 *   cancelled at 3: the loop has ended, without an error
 *   squares, two at a time: 1, 4, 9, 16
 */
import { CancelScope, mapAhead, sleep, within } from 'withal'

class Counter implements AsyncIterableIterator<number> {
  readonly #end: number
  #count = 0
  closed = false

  constructor(end: number) {
    this.#end = end
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<number>> {
    if (this.closed || this.#count === this.#end) return { done: true, value: undefined }
    await sleep(10) // looks at the scope around, so that a loop over it can be cancelled
    return { done: false, value: ++this.#count }
  }

  /** Called when a loop is left before the end. */
  async return(): Promise<IteratorResult<number>> {
    this.closed = true
    return { done: true, value: undefined }
  }
}

for await (const count of new Counter(3)) console.log(`counted ${count}`)

const early = new Counter(Infinity)
for await (const count of early) {
  if (count === 2) break
}
console.log(`left early: the counter ${early.closed ? 'was closed' : 'is open'}`)

const scope = new CancelScope()
let last = 0
await within(scope, async () => {
  for await (const count of new Counter(Infinity)) {
    last = count
    if (count === 3) scope.cancel()
  }
})
console.log(`cancelled at ${last}: the loop has ended, without an error`)

const squares: number[] = []
for await (const square of mapAhead(new Counter(4), async (item) => item ** 2, { concurrency: 2 })) squares.push(square)
console.log(`squares, two at a time: ${squares.join(', ')}`)
