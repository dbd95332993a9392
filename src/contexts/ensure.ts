/** A bare cleanup function as a manager. */
import { UsageError } from '../errors/index.ts'
import { describe } from './describe.ts'
import { isThenable } from './exits.ts'
import type { Outcome } from './outcome.ts'
import type { AsyncContextManager, ContextManager } from './protocol.ts'

/**
 * Calls a function at the end, whatever happens, once for each time it is entered. It is told the outcome; what it gives
 * is awaited and ignored, so it cannot swallow a failure.
 *
 * @throws UsageError  Not a function.
 * @example
 * const seen: string[] = []
 * await within(ensure((outcome) => { seen.push(outcome.status) }), () => 'done') // => 'done'
 * seen // => ['completed']
 */
export function ensure(
  cleanup: (outcome: Outcome) => unknown,
): ContextManager<undefined> & AsyncContextManager<undefined> {
  if (typeof cleanup !== 'function') {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`ensure\` got ${describe(cleanup)}. Give the function that is to be called at the end.`,
    )
  }
  return {
    '~enter': () => undefined,
    '~exit': (outcome) => onlyPromise(cleanup(outcome)),
    '~enterAsync': () => undefined,
    '~exitAsync': async (outcome) => void (await cleanup(outcome)),
  }
}

/** The answer of an exit that only does something: a promise, whose failure who exits sees to; nothing else counts. */
export function onlyPromise(given: unknown): undefined {
  return (isThenable(given) ? given : undefined) as undefined // as an answer, a promise is nothing
}
