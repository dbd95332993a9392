/** An error that was left for others to find. If nobody ever does, it is a late error: none is lost. */
import { reportLateError } from '../errors/index.ts'
import type { LateErrorInfo } from '../errors/index.ts'

/** What they were left in has been collected. */
const unheard = new FinalizationRegistry<Failure>((failure) => failure.reportUnheard())

/** The error, and whether anybody was told. */
export class Failure {
  readonly #error: unknown
  readonly #info: LateErrorInfo
  #wasHeard = false

  constructor(error: unknown, info: LateErrorInfo) {
    this.#error = error
    this.#info = info
  }

  /** From here on, if this object is collected before anybody was told, the error is reported. */
  follow(holder: object): void {
    if (this.#wasHeard) return
    // An engine's error holds what called it until its stack is read, and so would hold the holder.
    if (this.#error instanceof Error) void this.#error.stack
    unheard.register(holder, this, this)
  }

  /** For who throws it at somebody, or gives it as a cause. */
  hear(): unknown {
    if (!this.#wasHeard) unheard.unregister(this)
    this.#wasHeard = true
    return this.#error
  }

  reportUnheard(): void {
    reportLateError(this.#error, this.#info)
  }
}
