/** What all contestants run: many small functions, each of which gives its number as a promise. */

/** How many at a time. Who is too slow for so many takes fewer, and is measured per piece all the same. */
export const many = 10_000
export const few = 200

export type Work = () => Promise<number>

const settled = Promise.resolve()

/** Each waits once, for one turn: work that never waits needs no task. */
export function works(count: number): readonly Work[] {
  return Array.from({ length: count }, (_, index) => async () => {
    await settled
    return index
  })
}

/** Each has ended when it returns: nothing but the mechanism is left. */
export function emptyWorks(count: number): readonly Work[] {
  return Array.from({ length: count }, (_, index) => async () => index)
}

/** 1 if these are the results of so many, in order. */
export function checked(results: readonly number[], count: number): number {
  let inOrder = results.length === count
  for (let index = 0; index < results.length; index++) inOrder &&= results[index] === index
  return inOrder ? 1 : 0
}
