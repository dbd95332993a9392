import type { Contestant, Row } from '../rows.ts'
import { gettings } from './clients.ts'
import type { Getting } from './clients.ts'

/** Get a kilobyte of JSON over loopback, one after the other. */
export const getOne: Row = {
  name: 'GET of 1 kB JSON, one at a time',
  contestants: async () => (await gettings()).map((getting) => contestantOf(getting, 1)),
}

/** The same, 64 at a time. */
export const getMany: Row = {
  name: 'GET of 1 kB JSON, 64 at a time',
  contestants: async () => (await gettings()).map((getting) => contestantOf(getting, 64)),
}

function contestantOf({ name, role, get }: Getting, atOnce: number): Contestant {
  const operation = async (): Promise<number> => {
    const counts = await Promise.all(Array.from({ length: atOnce }, get))
    return counts.reduce((sum, count) => sum + count, 0) / atOnce
  }
  const contestant = { name, role, pieces: atOnce, operation }
  return role === 'library' ? { ...contestant, goal: { ratio: 1.1 } } : contestant
}
