/**
 * Pieces of work whose results are wanted all, in order. The platform's `Promise.all` collects them, since nothing by hand is as
 * fast; only when one of them fails is each looked at by itself, so that all are waited for and no error is lost.
 */
import { isThenable } from '../contexts/exits.ts'
import type { Found } from '../errors/index.ts'
import { failureOf, Together } from './together.ts'
import type { Ends } from './together.ts'

export class AllTogether extends Together implements Ends {
  /** What they failed with, in the order in which they did, but for their cancellation. */
  readonly errors: unknown[] = []
  /** Whether something was cancelled. */
  wasStopped = false

  completed(): void {}

  /** Notes a failure, or that something was cancelled: a failure cancels the rest. */
  failed(_index: number, failure: Found | undefined): void {
    if (failure === undefined) this.wasStopped = true
    else {
      this.errors.push(failure.error)
      this.scope.cancel(failure.error, 'sibling')
    }
  }

  /** The same for what was thrown. */
  threw(error: unknown): void {
    this.failed(0, this.realPart(error))
  }

  /** Waits for all that was begun, and gives the results; what failed is noted, and gives none. */
  async results(begun: unknown[]): Promise<unknown[]> {
    try {
      return begun.some((one) => one instanceof Promise) ? await Promise.all(begun) : begun
    } catch (error) {
      this.threw(error)
      await this.#waitForRest(begun, error)
      return []
    } finally {
      this.scope.end()
    }
  }

  /** Throws what has to be thrown, if anything. */
  throwFailure(wasStopped: boolean = this.wasStopped): void {
    const failure = failureOf(this.errors, this.scope, wasStopped)
    if (failure !== undefined) throw failure.error
  }

  async #waitForRest(begun: readonly unknown[], first: unknown): Promise<void> {
    let isNoted = false
    const failed = (error: unknown): void => {
      if (isNoted || !Object.is(error, first)) this.threw(error)
      else isNoted = true
    }
    await Promise.all(begun.filter((one) => one instanceof Promise).map((one) => one.then(undefined, failed)))
  }
}

/** What a piece of work gave, so that it can be waited for twice: another thenable may begin its work whenever it is asked. */
export function waitable(given: unknown): unknown {
  return isThenable(given) && !(given instanceof Promise) ? Promise.resolve(given) : given
}
