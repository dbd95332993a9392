/** Values that go along with the work: through calls, awaits and child tasks, and not beyond the block they are bound in. */
import type { ContextManager, ManagerExtras } from '../contexts/index.ts'
import { StateError } from '../errors/index.ts'
import { currentFrame, runInFrame } from '../frame.ts'

/** Binds a variable round a body. It acts on a body, so it has no native form. */
export interface Bound extends ContextManager<undefined>, ManagerExtras {
  readonly '~needsBody': true
}

/**
 * A variable whose value belongs to the running work. It is bound round a body and never set, so work that overlaps never
 * sees another's value; a child task has those of who spawned it.
 *
 * @example
 * const tenant = new ContextVar<string>('tenant')
 * await within(tenant.bind('a'), async () => tenant.get()) // => 'a'
 * tenant.get('nobody') // => 'nobody'
 */
export class ContextVar<T> {
  readonly name: string
  readonly #default: { readonly value: T } | undefined

  /** @param options.default  What `get` gives where nothing is bound. Without it `get` throws there. */
  constructor(name: string, options?: { readonly default: T }) {
    this.name = name
    this.#default = options === undefined ? undefined : { value: options.default }
  }

  /**
   * The value bound nearest, else the fallback given, else the default.
   *
   * @throws StateError  There is none of these.
   */
  get(...fallback: [] | [fallback: T]): T {
    for (let binding = currentFrame()?.bindings; binding !== undefined; binding = binding.outer) {
      if (binding.key === this) return binding.value as T // only `bind` uses this key
    }
    if (fallback.length > 0) return fallback[0] as T // it was passed
    if (this.#default !== undefined) return this.#default.value
    throw new StateError(
      'WITHAL_NOT_BOUND',
      `The variable "${this.name}" has no value here and no default. Bind it: \`within(variable.bind(value), body)\`.`,
    )
  }

  /**
   * A manager in whose body the variable has this value. It can be entered any number of times.
   *
   * @throws UsageError  From `within`: the platform has no asynchronous context (browsers). Pass the value by hand.
   */
  bind(value: T): Bound {
    return new Binding(this, value)
  }
}

class Binding implements Bound {
  readonly '~needsBody' = true
  readonly #key: object
  readonly #value: unknown

  constructor(key: object, value: unknown) {
    this.#key = key
    this.#value = value
  }

  '~enter'(): undefined {
    return undefined
  }

  '~exit'(): void {}

  '~around'<R>(body: () => R): R {
    const frame = currentFrame()
    const bindings = { key: this.#key, value: this.#value, outer: frame?.bindings }
    return runInFrame({ scope: frame?.scope, task: frame?.task, bindings }, body)
  }
}
