/** The errors that have come up in a group, in the order in which they did, each once. */
import { isThenable } from '../contexts/exits.ts'
import { attachOthers, ErrorGroup, reportLateError } from '../errors/index.ts'

export class Failures {
  readonly #name: string
  #errors: unknown[] = []
  #objects = new Set<unknown>()

  constructor(name: string) {
    this.#name = name
  }

  get any(): boolean {
    return this.#errors.length > 0
  }

  /** Adds an error; the same object again (a child awaited another one) is the same failure. Other values have no identity. */
  add(error: unknown): void {
    if (typeof error === 'object' && error !== null) {
      if (this.#objects.has(error)) return
      this.#objects.add(error)
    }
    this.#errors.push(error)
  }

  /** Calls a user's handler; what that throws is a failure, too. Nobody waits for its promise, so what that is rejected with is a late error. */
  tell(handler: () => unknown): void {
    try {
      const answer = handler()
      if (isThenable(answer)) answer.then(undefined, (error: unknown) => this.#report(error))
    } catch (error) {
      this.add(error)
    }
  }

  /** What is to be thrown, and forgets it. */
  take(onlyFirst: boolean): unknown {
    const errors = this.#takeAll()
    if (!onlyFirst) return new ErrorGroup(errors, `${this.#name} failed`)
    return firstOf(errors)
  }

  /** From here on, when the group is collected before they were thrown, they are late errors. To be called once. */
  reportWhenCollected(group: object): void {
    unheard.register(group, this)
  }

  /** What was never thrown, and never will be: nobody holds the group any more. */
  reportUnheard(): void {
    for (const error of this.#takeAll()) this.#report(error)
  }

  #report(error: unknown): void {
    reportLateError(error, { source: 'TaskGroup', name: this.#name })
  }

  #takeAll(): unknown[] {
    const errors = this.#errors
    this.#errors = []
    this.#objects = new Set()
    return errors
  }
}

/** Failed groups that nobody is told about until they are joined or left, and their failures. */
const unheard = new FinalizationRegistry<Failures>((failures) => failures.reportUnheard())

/** The first one bare, and the others attached to it; where they cannot be, they are late errors. */
export function firstOf(errors: readonly unknown[]): unknown {
  const [first, ...others] = errors
  if (others.length > 0 && !attachOthers(first, others)) {
    for (const error of others) reportLateError(error, { source: 'a group that threw another error' })
  }
  return first
}
