/** A manager that swallows the errors it was told to expect. */
import { readMatcher, splitError } from '../errors/index.ts'
import type { Matcher } from '../errors/index.ts'
import { replace } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import type { ContextManager, ExitAnswer, ManagerExtras } from './protocol.ts'

/**
 * Swallows the body's failure if it is meant by one of the matchers: a class, `{ code }`, `{ name }`, or a predicate. From
 * a group, what is meant is taken out; what is left is thrown as a group of the same shape. Without matchers nothing is
 * swallowed. A cancellation is swallowed only by `suppress(Cancelled)`, never by `suppress(Error)`. It can be entered any
 * number of times, also in itself. It acts on a body, so it has no native form.
 *
 * @throws UsageError  One of the matchers is none.
 * @example
 * await within(suppress({ code: 'ENOENT' }), () => {
 *   throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
 * }) // => undefined
 */
export function suppress(...matchers: Exclude<Matcher, readonly unknown[]>[]): Suppress {
  readMatcher(matchers) // a wrong matcher is an error here, not when the body fails
  return new Suppress(matchers)
}

/** What {@link suppress} gives. */
export class Suppress implements ContextManager<undefined, true>, ManagerExtras {
  readonly '~needsBody' = true
  readonly #matchers: Matcher

  constructor(matchers: Matcher) {
    this.#matchers = matchers
  }

  '~enter'(): undefined {
    return undefined
  }

  '~exit'(outcome: Outcome): ExitAnswer<true> {
    if (outcome.status !== 'failed') return undefined
    const { kept, dropped } = splitError(outcome.error, this.#matchers)
    if (kept === undefined) return undefined
    return dropped === undefined ? true : replace(dropped.error)
  }
}
