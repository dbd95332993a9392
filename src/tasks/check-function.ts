/** Checks at public doors that work was given as a function, so that it begins where it is to be looked after. */
import { describe } from '../contexts/describe.ts'
import { isThenable } from '../contexts/exits.ts'
import { UsageError } from '../errors/index.ts'

type AnyFunction = (...args: never[]) => unknown

/** @throws UsageError  Not a function. A promise is named as what it is: its work cannot be taken back. */
export function checkFunction(given: unknown, caller: string): asserts given is AnyFunction {
  if (typeof given === 'function') return
  const what = isThenable(given) ? 'a promise, whose work has begun already' : describe(given)
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`${caller}\` got ${what}. Give a function that starts the work: \`() => fetch(url)\`.`,
  )
}
