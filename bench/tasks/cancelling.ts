import type { Contestant, Goal, Row } from '../rows.ts'
import {
  controllers,
  effections,
  effects,
  ownList,
  spawned,
  spawnedSleepers,
  type Waiting,
  type Way,
} from './waiting-tasks.ts'

/** From the word to the end of the last one. */
export const cancelWaiting: Row = {
  name: '10,000 waiting tasks, cancelled',
  contestants: () => contestants(cancelled, { ratio: 1.5 }),
}

/** The same from their beginning. */
export const startAndCancel: Row = {
  name: '10,000 waiting tasks, started and cancelled',
  contestants: () => contestants(startedAndCancelled),
}

function contestants(of: (way: Way) => Pick<Contestant, 'prepare' | 'operation'>, goal?: Goal): Contestant[] {
  const doing = (role: Contestant['role'], way: Way): Contestant => ({
    name: way.name,
    role,
    pieces: way.pieces,
    ...of(way),
  })
  return [
    doing('limit', ownList),
    { ...doing('library', spawned), ...(goal && { goal }) },
    doing('library', spawnedSleepers),
    doing('peer', controllers),
    doing('peer', effects),
    doing('peer', effections),
  ]
}

function cancelled(way: Way): Pick<Contestant, 'prepare' | 'operation'> {
  return {
    prepare: () => way.start(),
    operation: (waiting) => (waiting as Waiting).cancel(), // what `prepare` has given
  }
}

function startedAndCancelled(way: Way): Pick<Contestant, 'operation'> {
  return { operation: async () => (await way.start()).cancel() }
}
