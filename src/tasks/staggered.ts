/** Attempts one after another, the next one before the last has given up: the happy-eyeballs way (RFC 8305). */
import { checkDuration, currentClock } from '../clock.ts'
import { ErrorGroup } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { firstOf } from './failures.ts'
import { checkWork, stopOf, Together } from './together.ts'
import type { Work } from './together.ts'
import { refuse, wait } from './waiting.ts'

/** What {@link staggered} gives. */
export interface Winner<T> {
  readonly value: T
  /** Which of the functions it was. */
  readonly index: number
  /** The errors of those that failed before. */
  readonly errors: readonly unknown[]
}

/**
 * Starts the first function, and each further one when the one before has failed or after a delay; the first to succeed
 * wins. The others are cancelled and waited for.
 *
 * @param delay  Milliseconds. `Infinity`: the next one starts only on failure.
 * @throws ErrorGroup  All have failed: their errors, in the order of the functions.
 * @throws Cancelled   The surrounding scope was cancelled; all that were started have ended.
 * @throws UsageError  Not functions, or none; `delay` is no number.
 * @example
 * const { value, index } = await staggered([() => sleep(60_000).then(() => 'slow'), async () => 'second'], 5)
 * value // => 'second'
 * index // => 1
 */
export async function staggered<T>(works: readonly Work<T>[], delay: number): Promise<Winner<T>> {
  checkWork(works, 'staggered', 1)
  checkDuration(delay, 'delay')
  const around = scopeOf(currentFrame())
  if (around?.cancelled !== undefined) return await refuse(around, around.cancelled)
  return (await new Staggering(works, delay).run()) as Winner<T> // what one of them gave
}

class Staggering {
  readonly #works: readonly Work<unknown>[]
  readonly #delay: number
  readonly #together = new Together()
  readonly #errors: { readonly error: unknown }[] = []
  readonly #ofCleanup: unknown[] = []
  #winner: { readonly value: unknown; readonly index: number } | undefined
  #latest = -1
  #wake: (() => void) | undefined

  constructor(works: readonly Work<unknown>[], delay: number) {
    this.#works = works
    this.#delay = delay
  }

  async run(): Promise<Winner<unknown>> {
    const { scope } = this.#together
    const nothing = { completed: () => {}, failed: () => {} }
    this.#together.inside(() => this.#together.begin(() => this.#startAll(), -1, nothing))
    await this.#together.done()
    const errors = this.#errors.filter((found) => found !== undefined).map(({ error }) => error)
    if (this.#winner !== undefined) return { ...this.#winner, errors }
    if (this.#ofCleanup.length > 0) throw firstOf(this.#ofCleanup)
    if (scope.cancelled !== undefined) throw stopOf(scope)
    throw new ErrorGroup(errors, 'all attempts failed')
  }

  async #startAll(): Promise<void> {
    for (const [index, work] of this.#works.entries()) {
      this.#latest = index
      this.#together.begin(work, index, this.#ends)
      if (index < this.#works.length - 1) await this.#untilNext(index)
    }
  }

  readonly #ends = {
    completed: (index: number, value: unknown): void => {
      if (this.#winner !== undefined) return
      this.#winner = { value, index }
      this.#together.scope.cancel('another one was first')
    },
    failed: (index: number, failure: { readonly error: unknown } | undefined): void => {
      if (failure !== undefined) this.#errors[index] = failure
      if (failure !== undefined && this.#together.scope.cancelled !== undefined) this.#ofCleanup.push(failure.error)
      if (index === this.#latest) this.#wake?.()
    },
  }

  async #untilNext(index: number): Promise<void> {
    if (this.#errors[index] !== undefined) return
    await wait<void>((settle) => {
      const stop =
        this.#delay === Infinity ? () => {} : currentClock().setTimer(Math.max(0, this.#delay), () => settle.done())
      this.#wake = () => {
        stop()
        settle.done()
      }
      return stop
    }, undefined)
  }
}
