/** Classes to extend for those who write managers as classes. None is needed: an object with the two methods will do. */
import { StateError, UsageError } from '../errors/index.ts'
import { AsyncGeneratorManager } from './async-generator-manager.ts'
import { describe } from './describe.ts'
import { beginEntering, enterSync } from './entering.ts'
import type { Entered } from './entering.ts'
import type { Outcome } from './outcome.ts'
import type { AsyncContextManager, ContextManager, ExitAnswer } from './protocol.ts'
import type { AsyncStep, Step } from './step.ts'
import { SyncGeneratorManager } from './sync-generator-manager.ts'

/** A synchronous manager that gives itself; a subclass says how it is exited. */
export abstract class ContextManagerBase<S extends boolean = false> {
  '~enter'(): this {
    return this
  }
  abstract '~exit'(outcome: Outcome): ExitAnswer<S>
}

/** An asynchronous manager that gives itself; a subclass says how it is exited. */
export abstract class AsyncContextManagerBase<S extends boolean = false> {
  '~enterAsync'(): this | PromiseLike<this> {
    return this
  }
  abstract '~exitAsync'(outcome: Outcome): ExitAnswer<S> | Promise<ExitAnswer<S>>
}

/**
 * A synchronous manager whose `compose()` is a generator like those of `contextManager`, or gives another manager. It can
 * be entered again, also in itself: each time composes anew. A subclass extends it by `yield* super.compose()`.
 *
 * @example
 * const log: string[] = []
 * class Service extends ComposedManager<Service> {
 *   *compose() {
 *     const name = yield* within(nullContext('db'))
 *     log.push(`open ${name}`)
 *     yield this
 *     log.push(`close ${name}`)
 *   }
 * }
 * withinSync(new Service(), () => log.push('body'))
 * log // => ['open db', 'body', 'close db']
 */
export abstract class ComposedManager<T, S extends boolean = false> {
  readonly #entered: Entered[] = []

  /** What entering does: everything up to the `yield`; or the manager to enter. */
  abstract compose(): Generator<T | Step<unknown>, true | void, undefined> | ContextManager<T, S>

  '~enter'(): T {
    const made: unknown = this.compose()
    const manager = isIterator(made, Symbol.iterator) ? new SyncGeneratorManager(made as Generator, nameOf(this)) : made
    refuseMisfit(this, manager)
    const entered = enterSync(manager, `\`compose\` of ${nameOf(this)}`)
    this.#entered.push(entered)
    return entered.value as T // what `compose` says
  }

  '~exit'(outcome: Outcome): ExitAnswer<S> {
    return lastOf(this.#entered, this).run(outcome) as ExitAnswer<S> // the composed manager's own answer
  }

  get '~around'(): (<R>(body: () => R) => R) | undefined {
    return aroundOf(this.#entered)
  }
}

/** The same with waiting: `async *compose()`, or a manager of any kind. */
export abstract class AsyncComposedManager<T, S extends boolean = false> {
  readonly #entered: Entered[] = []

  /** What entering does: everything up to the `yield`; or the manager to enter. */
  abstract compose():
    | AsyncGenerator<T | Step<unknown> | AsyncStep<unknown>, true | void, undefined>
    | AsyncContextManager<T, S>
    | ContextManager<T, S>

  async '~enterAsync'(): Promise<T> {
    const made: unknown = this.compose()
    const isGenerator = isIterator(made, Symbol.asyncIterator)
    const manager = isGenerator ? new AsyncGeneratorManager(made as AsyncGenerator, nameOf(this), undefined) : made
    refuseMisfit(this, manager)
    const entered = beginEntering(manager, `\`compose\` of ${nameOf(this)}`)
    if (entered.pending !== undefined) entered.value = await entered.pending
    this.#entered.push(entered)
    return entered.value as T // what `compose` says
  }

  async '~exitAsync'(outcome: Outcome): Promise<ExitAnswer<S>> {
    return (await lastOf(this.#entered, this).run(outcome)) as ExitAnswer<S> // the composed manager's own answer
  }

  get '~around'(): (<R>(body: () => R) => R) | undefined {
    return aroundOf(this.#entered)
  }
}

function lastOf(entered: Entered[], manager: object): Entered {
  const last = entered.pop()
  if (last !== undefined) return last
  throw new StateError('WITHAL_NOT_ENTERED', `${nameOf(manager)} was exited before it was entered.`)
}

function aroundOf(entered: readonly Entered[]): (<R>(body: () => R) => R) | undefined {
  const covering = entered.at(-1)?.covering()
  return covering === undefined ? undefined : (body) => covering['~around'](body)
}

function isIterator(value: unknown, iterator: symbol): boolean {
  return typeof value === 'object' && value !== null && iterator in value && 'throw' in value
}

function refuseMisfit(owner: object, composed: unknown): void {
  if (composed === owner) {
    throw new UsageError(
      'WITHAL_NOT_A_MANAGER',
      `\`compose\` of ${nameOf(owner)} gave the object itself, which would enter itself for ever. Give another manager, or yield.`,
    )
  }
  if (typeof composed === 'object' && composed !== null && !isIterator(composed, Symbol.iterator)) return
  throw new UsageError(
    'WITHAL_NOT_A_MANAGER',
    `\`compose\` of ${nameOf(owner)} gave ${describe(composed)}. Write it as a generator that yields once, or give a manager.`,
  )
}

function nameOf(manager: object): string {
  return manager.constructor.name
}
