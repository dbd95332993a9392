/** What a lock or a semaphore gives: something to be given back, once. */
import { StateError } from '../errors/index.ts'
import type { PermitWatch } from './permit-watch.ts'

/** What permits are taken from. */
export interface PermitSource {
  readonly name: string
  giveBack(count: number): void
}

/**
 * Something taken from a lock, a semaphore or a limiter: `using permit = await lock.acquire()`. It is given back by
 * `release()`, at the end of a `using` or `await using` block, or by `within(permit, body)` and stacks, which exit it; all but the
 * first time do nothing. Nobody else can give it back.
 */
export class Permit implements Disposable, AsyncDisposable {
  /** How many places it takes. */
  readonly count: number
  readonly #permits: PermitSource
  readonly #watch: PermitWatch | undefined
  #state: 'held' | 'given away' | 'released' = 'held'

  /** Permits are made by what they are taken from. */
  constructor(permits: PermitSource, count: number, watch: PermitWatch | undefined) {
    this.count = count
    this.#permits = permits
    this.#watch = watch
    watch?.follow(this)
  }

  /** Marks what has been entered already. */
  get '~held'(): true {
    return true
  }

  /** Whether it has been given back. */
  get released(): boolean {
    return this.#state === 'released'
  }

  /** Gives it back; further calls do nothing. Who has waited longest has it before this returns. */
  release(): void {
    if (this.#state === 'released') return
    this.#state = 'released'
    this.#watch?.closed()
    this.#permits.giveBack(this.count)
  }

  '~enter'(): undefined {
    if (this.#state !== 'held') {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `This permit of ${this.#permits.name} has already been ${this.#state}. A permit is exited once: acquire another one.`,
      )
    }
    this.#state = 'given away'
  }

  '~exit'(): void {
    this.release()
  }

  [Symbol.dispose](): void {
    this.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
  }
}
