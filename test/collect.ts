/** Waiting for what only the collection of garbage does. */
import { setImmediate } from 'node:timers/promises'

/** Collects garbage until this holds, or it is clear that it will not; collection may take some turns. */
export async function collectUntil(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 50 && !condition(); turn++) {
    globalThis.gc?.()
    await setImmediate()
  }
}
