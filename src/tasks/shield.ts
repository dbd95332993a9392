/** Work that cancellation from outside does not stop. */
import { within } from '../contexts/index.ts'
import { checkFunction } from './check-function.ts'
import { timeoutScope } from './timeouts.ts'

/**
 * Runs work that has to be done although the scope around is cancelled: cleanup that waits. What has happened outside is
 * met by the next wait afterwards.
 *
 * @param options.timeout  The most milliseconds for it. Default: no limit.
 * @throws TimeoutError  Its time was up; it has been cancelled and has stopped.
 * @example
 * await within(moveOnAfter(0), async () => {
 *   await shield(() => sleep(1)) // would throw outside of the shield
 *   return 'cleaned up'
 * }) // => 'cleaned up'
 */
export function shield<R>(
  work: () => R | PromiseLike<R>,
  options: { readonly timeout?: number | undefined } = {},
): Promise<R> {
  checkFunction(work, 'shield')
  return within(timeoutScope(options.timeout ?? Infinity, true), () => work())
}
