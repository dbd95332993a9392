import { TaskGroup, within } from 'withal'
import type { Contestant, Row } from '../rows.ts'
import { whileListening } from './around-listening.ts'

const work = async (): Promise<number> => 1

/** A group with one task, which tells observers four times. */
export const spawnObserved: Row = {
  name: 'spawn a task and join it',
  contestants: () => [
    byHand(),
    { name: 'nobody listens', role: 'library', operation: withal },
    { name: 'somebody listens', role: 'library', operation: withal, around: whileListening },
  ],
}

function byHand(): Contestant {
  const operation = async (): Promise<number> => {
    const started = Promise.resolve().then(work)
    return await started
  }
  return { name: 'a promise', role: 'limit', operation }
}

function withal(): Promise<number> {
  return within(new TaskGroup(), async (group) => {
    const task = group.spawn(work)
    await group.join()
    return await task.result
  })
}
