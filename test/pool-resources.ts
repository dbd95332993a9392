/** Resources for tests of pools: numbered, and watched, whether they are made, lent and destroyed as they must be. */
import type { Outcome, PoolOptions } from 'withal'

/** One resource. */
export interface Made {
  readonly number: number
  alive: boolean
}

/** Makes resources, as a pool is told to, and keeps count. */
export class Workshop {
  made = 0
  alive = 0
  mostAlive = 0
  readonly log: string[] = []
  /** What the next steps do instead of succeeding; taken one by one. */
  readonly failures: { create: unknown[]; validate: unknown[]; reset: unknown[]; destroy: unknown[] } = {
    create: [],
    validate: [],
    reset: [],
    destroy: [],
  }

  readonly create = async (): Promise<Made> => {
    await this.#maybeFail('create')
    this.mostAlive = Math.max(this.mostAlive, ++this.alive)
    return { number: ++this.made, alive: true }
  }

  readonly destroy = async (resource: Made): Promise<void> => {
    this.log.push(`destroy ${resource.number}`)
    resource.alive = false
    this.alive--
    await this.#maybeFail('destroy')
  }

  readonly validate = async (resource: Made): Promise<boolean> => {
    this.log.push(`validate ${resource.number}`)
    await this.#maybeFail('validate')
    return resource.alive
  }

  readonly reset = async (resource: Made, outcome: Outcome): Promise<void> => {
    this.log.push(`reset ${resource.number} ${outcome.status}`)
    await this.#maybeFail('reset')
  }

  /** Options for a pool of them. */
  options(more: PoolOptions<Made> = {}): PoolOptions<Made> {
    return { destroy: this.destroy, ...more }
  }

  async #maybeFail(step: keyof Workshop['failures']): Promise<void> {
    await Promise.resolve()
    const failure = this.failures[step].shift()
    if (failure instanceof Error) throw failure
    if (failure instanceof Promise) await failure
  }
}
