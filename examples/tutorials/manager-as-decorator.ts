/**
 * A manager round every call of a function: as a wrapper, and as a decorator of methods.
 *
 * Prints:
 *   > add
 *   < add (completed)
 *   1 + 2 = 3
 *   > divide
 *   < divide (failed)
 *   1 / 0: RangeError: division by zero
 */
import { wrap } from 'withal'
import type { Outcome } from 'withal'

const traced = (name: string) => ({
  '~enter': () => console.log(`> ${name}`),
  '~exit': (outcome: Outcome) => console.log(`< ${name} (${outcome.status})`),
})

const add = wrap(
  () => traced('add'),
  async function add(a: number, b: number) {
    return a + b
  },
)

class Calculator {
  @wrap(() => traced('divide'))
  async divide(a: number, b: number): Promise<number> {
    if (b === 0) throw new RangeError('division by zero')
    return a / b
  }
}

console.log(`1 + 2 = ${await add(1, 2)}`)
await new Calculator().divide(1, 0).catch((error: unknown) => console.log(`1 / 0: ${String(error)}`))
