/**
 * Resources of other libraries that are lent to a callback (`prisma.$transaction(async (tx) => …)`), as managers. The
 * callback is kept open until exit; how it ends is how the body ended.
 */
import { ContractError, StateError } from '../errors/index.ts'
import { currentFrame, runInFrame } from '../frame.ts'
import type { Frame } from '../frame.ts'
import type { Outcome } from './outcome.ts'
import type { AsyncContextManager } from './protocol.ts'

/** Shows as the value's type where it was not named: it cannot be inferred from the callback. */
export type NameTheValueType = 'name the value: fromCallback<Transaction>(…)'

/**
 * Makes a function that makes managers out of a call that lends a resource to a callback. Entering makes the call and
 * gives what `run` is called with. Exiting lets the callback end: normally when the body completed; with the body's error
 * when it failed; with an error of its own, which is not passed on, when a native block was left without a word. Then the
 * call itself is awaited: its failure is thrown, and its success does not swallow the body's failure.
 *
 * @throws ContractError  The call ended without calling `run`, or called it twice.
 * @example
 * const log: string[] = []
 * async function lend(use: (thing: string) => Promise<void>) {
 *   try {
 *     await use('thing')
 *     log.push('commit')
 *   } catch (error) {
 *     log.push('rollback')
 *     throw error
 *   }
 * }
 * const lent = fromCallback<string>((run) => lend(run))
 * await within(lent(), (thing) => log.push(thing))
 * log // => ['thing', 'commit']
 */
export function fromCallback<T = NameTheValueType>(
  start: (run: (value: NoInfer<T>) => Promise<void>) => PromiseLike<unknown>,
): () => AsyncContextManager<T> {
  return () => new FromCallback(start) as AsyncContextManager<unknown> as AsyncContextManager<T>
}

type Start = (run: (value: unknown) => Promise<void>) => PromiseLike<unknown>

class FromCallback implements AsyncContextManager<unknown> {
  readonly #start: Start
  readonly #body: PromiseWithResolvers<void> = Promise.withResolvers()
  #call: Promise<unknown> | undefined
  #lent = false
  #hasEnded = false
  #outerFrame: Frame | undefined
  #innerFrame: Frame | undefined

  constructor(start: Start) {
    this.#start = start
    this.#body.promise.catch(() => {}) // the callback may have been given up by who called it
  }

  '~enterAsync'(): Promise<unknown> {
    if (this.#call !== undefined) {
      throw new StateError('WITHAL_ALREADY_ENTERED', 'This manager has already been entered. Make one for each time.')
    }
    this.#outerFrame = this.#innerFrame = currentFrame()
    return new Promise((resolve, reject) => {
      this.#call = this.#begin(resolve)
      this.#call.then(() => {
        this.#hasEnded = true
        reject(notCalled()) // after `run` was called this does nothing
      }, reject)
    })
  }

  async #begin(lend: (value: unknown) => void): Promise<unknown> {
    return await this.#start((value) => {
      if (this.#lent) throw calledTwice()
      this.#lent = true
      this.#innerFrame = currentFrame()
      lend(value)
      return this.#body.promise
    })
  }

  /** A frame that the call has entered before it called back covers the body, too. */
  get '~around'(): (<R>(body: () => R) => R) | undefined {
    const frame = this.#innerFrame
    return frame === this.#outerFrame ? undefined : (body) => runInFrame(frame, body)
  }

  async '~exitAsync'(outcome: Outcome): Promise<void> {
    if (outcome.status === 'completed') {
      if (this.#hasEnded) throw endedEarly()
      this.#body.resolve()
      await this.#call
      return
    }
    const reason = outcome.status === 'failed' ? outcome.error : new LeftWithoutAWord()
    this.#body.reject(reason)
    try {
      await this.#call
    } catch (error) {
      if (outcome.status === 'unknown' && leadsTo(error, reason)) return
      if (error !== reason) throw error
    }
  }
}

/** Makes a callback fail whose native block was left without a word. */
class LeftWithoutAWord extends Error {
  override name = 'AbortError'
  constructor() {
    super('The block was left without a word, so it counts as failed.')
  }
}

function leadsTo(error: unknown, reason: unknown): boolean {
  const seen = new Set<unknown>()
  let cause = error
  while (cause !== reason && cause instanceof Error && !seen.has(cause)) {
    seen.add(cause)
    cause = cause.cause
  }
  return cause === reason
}

function notCalled(): ContractError {
  return new ContractError(
    'WITHAL_CALLBACK_NOT_CALLED',
    'The call ended without calling `run`, so there is no value for the body.',
  )
}

function calledTwice(): ContractError {
  return new ContractError(
    'WITHAL_CALLBACK_CALLED_TWICE',
    'The call called `run` a second time; a manager lends its value once.',
  )
}

function endedEarly(): ContractError {
  return new ContractError(
    'WITHAL_CALLBACK_ENDED_EARLY',
    'The call ended before its body did, so the body worked on with something given back. Let its callback return what `run` gives.',
  )
}
