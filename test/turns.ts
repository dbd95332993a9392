/** Microtask turns: what waiting costs, exactly, and on every machine. */

/** How many turns a promise takes until those who wait for it go on. */
export async function turnsOf(promise: Promise<unknown>): Promise<number> {
  const ended: string[] = []
  const waiting = promise.then(() => ended.push('promise'))
  let turns = 0
  for (; ended.length === 0; turns++) await Promise.resolve()
  await waiting
  return turns
}
