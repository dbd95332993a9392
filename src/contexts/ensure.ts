/** A bare cleanup function as a manager. */
import { UsageError } from '../errors/index.ts'
import { describe } from './describe.ts'
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
    '~exit': (outcome) => onlyPromises(cleanup(outcome)),
    '~enterAsync': () => undefined,
    '~exitAsync': async (outcome) => void (await cleanup(outcome)),
  }
}

/** A promise is passed on, since who exits sees to its failure; no other answer counts. */
function onlyPromises(answer: unknown): undefined {
  return (typeof answer === 'object' && answer !== null && 'then' in answer ? answer : undefined) as undefined
}
