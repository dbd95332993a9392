/**
 * A manager as a class: it starts a clock, measures, and says how long its block took. It never swallows an error.
 *
 * Prints:
 *   sum is 499999500000
 *   counting took <number> seconds
 *   failing took <number> seconds
 *   the error came through: too much
 *   elapsed can be read afterwards: true
 */
import { withinSync } from 'withal'

class Timer {
  readonly #label: string
  #started = 0
  elapsed = 0

  constructor(label: string) {
    this.#label = label
  }

  '~enter'(): this {
    this.#started = performance.now()
    return this
  }

  '~exit'(): void {
    this.elapsed = (performance.now() - this.#started) / 1000
    console.log(`${this.#label} took ${this.elapsed.toFixed(3)} seconds`)
  }
}

const timer = new Timer('counting')
withinSync(timer, () => {
  let sum = 0
  for (let number = 0; number < 1_000_000; number++) sum += number
  console.log(`sum is ${sum}`)
})

try {
  withinSync(new Timer('failing'), () => {
    throw new RangeError('too much')
  })
} catch (error) {
  console.log(`the error came through: ${(error as Error).message}`)
}
console.log(`elapsed can be read afterwards: ${timer.elapsed > 0}`)
