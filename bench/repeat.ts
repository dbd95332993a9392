/**
 * The loops that do an operation many times. Each contestant imports this module afresh (`repeat.ts?1`, …): V8 collects
 * what it knows about calls per function, and in a shared loop every contestant would spoil it for the others.
 */

/** How often, and what. Gives the sum of the results, so that none of them is unused. */
export type Repeat = (operation: () => unknown, times: number) => number | Promise<number>

export const repeatAsync: Repeat = async (operation, times) => {
  let sum = 0
  for (let done = 0; done < times; done++) sum += (await operation()) as number // checked: a wrong sum is refused
  return sum
}

export const repeatSync: Repeat = (operation, times) => {
  let sum = 0
  for (let done = 0; done < times; done++) sum += operation() as number // checked: a wrong sum is refused
  return sum
}
