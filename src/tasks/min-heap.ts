/** Numbers, of which the least is always at hand. The usual binary heap (Williams, 1964). */

export class MinHeap {
  readonly #numbers: number[] = []

  /** The least, or `undefined` when there are none. */
  get least(): number | undefined {
    return this.#numbers[0]
  }

  push(number: number): void {
    const numbers = this.#numbers
    let place = numbers.push(number) - 1
    while (place > 0) {
      const above = (place - 1) >> 1
      if (numbers[above]! <= number) break
      numbers[place] = numbers[above]!
      place = above
    }
    numbers[place] = number
  }

  /** Takes the least out. */
  pop(): void {
    const numbers = this.#numbers
    const last = numbers.pop()
    if (last === undefined || numbers.length === 0) return
    let place = 0
    for (let below = 1; below < numbers.length; below = 2 * place + 1) {
      if (below + 1 < numbers.length && numbers[below + 1]! < numbers[below]!) below++
      if (numbers[below]! >= last) break
      numbers[place] = numbers[below]!
      place = below
    }
    numbers[place] = last
  }
}
