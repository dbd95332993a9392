/** The least that lends connections: an array, and those who wait. */

/** See above. */
export interface HandedRound<C> {
  readonly acquire: () => C | Promise<C>
  readonly release: (client: C) => void
}

/** Opens so many, and hands them round. */
export async function handedRound<C>(connect: () => Promise<C>, size: number): Promise<HandedRound<C>> {
  const free: C[] = []
  while (free.length < size) free.push(await connect())
  const waiting: ((client: C) => void)[] = []
  const whenOneIsFree = (settle: (client: C) => void): void => void waiting.push(settle)
  return {
    acquire: () => free.pop() ?? new Promise<C>(whenOneIsFree),
    release(client) {
      const next = waiting.shift()
      if (next === undefined) free.push(client)
      else next(client)
    },
  }
}
