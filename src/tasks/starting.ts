/** A child that has not yet said that it is ready: until then, what happens to it is its starter's business. */
import { StateError, TaskCancelledError } from '../errors/index.ts'
import type { Ending, TaskNode } from './task.ts'
import { wait } from './waiting.ts'

export class Starting<T> {
  readonly #task: TaskNode
  readonly #ready: PromiseWithResolvers<T> = Promise.withResolvers()
  #state: 'starting' | 'started' | 'over' = 'starting'
  #failure: { readonly error: unknown } | undefined

  constructor(task: TaskNode) {
    this.#task = task
    this.#ready.promise.catch(() => {}) // the starter may have left
  }

  /** For the child to call, once. */
  readonly started = (value: T): void => {
    if (this.#state === 'started') {
      throw new StateError('WITHAL_ALREADY_STARTED', `The task "${this.#task.name}" called \`started\` a second time.`)
    }
    if (this.#state === 'starting') this.#ready.resolve(value)
    this.#state = 'started'
  }

  /** Takes the end of a child that has not started; says whether it did. */
  endedEarly(ending: Ending): boolean {
    if (this.#state !== 'starting') return false
    this.#state = 'over'
    if (ending.status === 'failed') this.#failure = ending
    this.#ready.reject(this.#reason(ending))
    return true
  }

  /** Waits for the word. A starter that is cancelled meanwhile takes the child along, and waits for its end. */
  async value(): Promise<T> {
    try {
      return await wait<T>((settle) => {
        this.#ready.promise.then(settle.done, settle.fail)
        return () => {}
      }, undefined)
    } catch (error) {
      if (this.#task.running && this.#state === 'starting') {
        void this.#task.cancel('its starter was cancelled').catch(() => {})
        await this.#task.result.catch(() => {}) // not a checkpoint, as it is cleanup
      }
      throw this.#failure === undefined ? error : this.#failure.error // nobody else has it
    }
  }

  #reason(ending: Ending): unknown {
    const { name } = this.#task
    if (ending.status === 'failed') return ending.error
    if (ending.status === 'cancelled') {
      return new TaskCancelledError(`The task "${name}" was cancelled before it had started.`, { cause: ending.error })
    }
    return new StateError(
      'WITHAL_NOT_STARTED',
      `The task "${name}" ended without calling \`started\`. Call it when it is ready.`,
    )
  }
}
