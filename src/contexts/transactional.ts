/** Work that is committed when its body has ended well, and undone in every other case. */
import { combine, StateError } from '../errors/index.ts'
import type { Outcome } from './outcome.ts'
import type { AsyncContextManager } from './protocol.ts'

/** What {@link transactional} needs to know. Each may give a promise. */
export interface TransactionSteps<T> {
  /** Begins, and gives the value for the body. */
  readonly begin: () => T | PromiseLike<T>
  /** Is called when the body has completed. */
  readonly commit: (transaction: T) => unknown
  /** Is called when the body has failed, when nobody knows how it ended, and when `commit` has failed. */
  readonly rollback: (transaction: T, outcome: Outcome) => unknown
}

/**
 * Commits exactly when the body has completed; rolls back when it has thrown, and when a native block was left without
 * `complete()`. When `commit` fails, a rollback is attempted and the failure of `commit` is thrown; a rollback that
 * fails comes out together with what made it necessary. Each transaction is entered once.
 *
 * @throws StateError  It is entered a second time.
 * @example
 * const log: string[] = []
 * const transaction = transactional({
 *   begin: () => log,
 *   commit: (lines) => lines.push('commit'),
 *   rollback: (lines) => lines.push('rollback'),
 * })
 * await within(transaction, (lines) => lines.push('insert'))
 * log // => ['insert', 'commit']
 */
export function transactional<T>(steps: TransactionSteps<T>): AsyncContextManager<Awaited<T>> {
  return new Transactional(steps as TransactionSteps<unknown>) as never // its value is what `begin` gives
}

class Transactional implements AsyncContextManager<unknown> {
  readonly #steps: TransactionSteps<unknown>
  #state: 'new' | 'begun' | 'ended' = 'new'
  #value: unknown

  constructor(steps: TransactionSteps<unknown>) {
    this.#steps = steps
  }

  async '~enterAsync'(): Promise<unknown> {
    if (this.#state !== 'new') {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `This transaction has already ${this.#state === 'begun' ? 'begun' : 'ended'}. Make a new one for each time.`,
      )
    }
    this.#state = 'begun'
    this.#value = await this.#steps.begin()
    return this.#value
  }

  async '~exitAsync'(outcome: Outcome): Promise<void> {
    if (this.#state !== 'begun') {
      throw new StateError(
        'WITHAL_NOT_ENTERED',
        `This transaction has ${this.#state === 'new' ? 'not begun' : 'already ended'}.`,
      )
    }
    this.#state = 'ended'
    if (outcome.status !== 'completed') {
      await this.#steps.rollback(this.#value, outcome)
      return
    }
    try {
      await this.#steps.commit(this.#value)
    } catch (error) {
      throw await this.#rollbackAfter(error)
    }
  }

  async #rollbackAfter(commitError: unknown): Promise<unknown> {
    try {
      await this.#steps.rollback(this.#value, { status: 'failed', error: commitError })
      return commitError
    } catch (error) {
      return combine(error, commitError, false)
    }
  }
}
