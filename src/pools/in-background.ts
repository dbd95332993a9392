/** Work of a pool that nobody waits for. It does not fail; if it does, that is a late error, and not lost. */
import { reportLateError } from '../errors/index.ts'

/** Lets work go on by itself. */
export function inBackground(work: Promise<unknown>): void {
  work.catch((error: unknown) => reportLateError(error, { source: 'pool' }))
}
