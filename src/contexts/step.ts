/**
 * `within(manager)` without a body: a step for `yield*` in a generator that the library drives. The driver enters the
 * manager and sends its value back; what has been entered is exited when the generator has ended.
 */
import { watches } from '../channels.ts'
import { describe } from './describe.ts'

/** A step that needs no waiting: for `yield*` in `function*` and `async function*`. */
export interface Step<T> extends StepRequest {
  [Symbol.iterator](): Generator<Step<unknown>, T, unknown>
  [Symbol.asyncIterator](): AsyncGenerator<Step<unknown>, T, unknown>
}

/** A step whose manager is asynchronous: for `yield*` in `async function*`. */
export interface AsyncStep<T> extends StepRequest {
  [Symbol.asyncIterator](): AsyncGenerator<AsyncStep<unknown>, T, unknown>
}

/** What a driver finds in a yielded value that is a step: the manager. */
export interface StepRequest {
  readonly '~step': unknown
}

/** Tells whether a generator has yielded a step, and not its value. */
export function isStep(value: unknown): value is StepRequest {
  return typeof value === 'object' && value !== null && '~step' in value
}

/**
 * Makes the step; iterated by `yield*`, it yields itself once and gives what the driver sends.
 *
 * @param caller  Who is called without a body: where that was is told if nobody takes the step, while diagnostics are on.
 */
export function stepOf(manager: unknown, caller: (...args: never[]) => unknown): Step<unknown> {
  const step = new EnterStep(manager)
  step.taken = watches.step?.(step, () => `\`within\` of ${describe(manager)}`, caller)
  return step as never // its iterators have only the methods that `yield*` calls
}

class EnterStep implements StepRequest {
  readonly '~step': unknown
  taken: (() => void) | undefined
  constructor(manager: unknown) {
    this['~step'] = manager
  }

  [Symbol.iterator](): StepIterator {
    this.taken?.()
    return new StepIterator(this)
  }

  [Symbol.asyncIterator](): object {
    const steps = this[Symbol.iterator]()
    return {
      next: async (sent: unknown) => steps.next(sent),
      throw: async (error: unknown) => steps.throw(error),
      return: async (value: unknown) => steps.return(value),
    }
  }
}

/** Hand-written and not a generator: a step's value may be a thenable, which an async generator would unwrap. */
class StepIterator {
  readonly #step: StepRequest
  #asked = false
  constructor(step: StepRequest) {
    this.#step = step
  }

  next(sent: unknown): IteratorResult<StepRequest, unknown> {
    if (this.#asked) return { done: true, value: sent }
    this.#asked = true
    return { done: false, value: this.#step }
  }

  throw(error: unknown): never {
    throw error
  }

  return(value: unknown): IteratorResult<StepRequest, unknown> {
    return { done: true, value }
  }
}
