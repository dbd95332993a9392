/** How a pool ends: nothing new is lent, what is free is destroyed, what is lent is waited for, and in the end taken away. */
import { ErrorGroup, TimeoutError } from '../errors/index.ts'
import type { PoolCore } from './core.ts'
import { describeLongest } from './holders.ts'
import { closedErrorOf } from './refusals.ts'

/** The end of a pool, which happens once. */
export class Closing<T> {
  readonly #core: PoolCore<T>
  readonly #gone: PromiseWithResolvers<boolean> = Promise.withResolvers()
  #ended: Promise<void> | undefined

  constructor(core: PoolCore<T>) {
    this.#core = core
  }

  /** Begins, the first time; gives the one end for all who ask. */
  close(timeout: number): Promise<void> {
    this.#ended ??= this.#close(timeout)
    return this.#ended
  }

  /** The same without waiting for what is lent, also when it is waited for already. */
  terminate(): Promise<void> {
    this.#gone.resolve(false)
    return this.close(0)
  }

  async #close(timeout: number): Promise<void> {
    const core = this.#core
    const { resources } = core
    core.state = 'closing'
    const errors: unknown[] = (resources.closingErrors = [])
    core.queue.failAll(() => closedErrorOf(core))
    core.stop()
    resources.abortMaking('the pool is being closed')
    for (const entry of core.free.all()) core.discard(entry, 'the pool is being closed')
    if (!(await this.#allGone(timeout))) errors.push(...(await this.#force(timeout)))
    core.state = 'closed'
    resources.closingErrors = undefined
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new ErrorGroup(errors, `${core.name} did not close cleanly`)
  }

  async #allGone(timeout: number): Promise<boolean> {
    const core = this.#core
    const look = (): void => {
      if (core.resources.alive === 0) this.#gone.resolve(true)
    }
    core.onChange.add(look)
    look()
    const stopTimer =
      timeout === Infinity ? undefined : core.resources.owner.clock.setTimer(timeout, () => this.#gone.resolve(false))
    const gone = await this.#gone.promise
    stopTimer?.()
    core.onChange.delete(look)
    return gone || core.resources.alive === 0
  }

  /** Takes away what is lent and destroys it; gives the error that names the holders. */
  async #force(timeout: number): Promise<unknown[]> {
    const core = this.#core
    const { lending, resources, name } = core
    const { loans } = lending
    const left = loans.size
    const holders = describeLongest(loans, core.now())
    for (const loan of Array.from(loans)) {
      loan.isRevoked = true
      loan.watch?.closed()
      loans.remove(loan)
    }
    await Promise.all(
      Array.from(resources.entries, (entry) => resources.destroy(entry, 'the pool was closed by force')),
    )
    if (left === 0) return []
    const text =
      `${name}: ${left} ${left === 1 ? 'lease was' : 'leases were'} not returned within ${timeout} ms of closing ` +
      `and destroyed all the same. Held by:${holders}`
    return [new TimeoutError(text, timeout)]
  }
}
