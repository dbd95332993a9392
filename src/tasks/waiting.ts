/**
 * How every wait looks at the scope it begins in. One that begins in a cancelled scope is refused before it has done
 * anything; one that is met by cancellation ends at once, and leaves nothing behind.
 */
import { UsageError } from '../errors/index.ts'
import type { Cancelled } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { isWatching } from '../observe.ts'
import type { Listening, ScopeNode } from '../scope.ts'
import { interrupted, noteWait, refused } from './wait-places.ts'

/** What every call that waits takes. */
export interface WaitOptions {
  /** Ends the wait when it aborts; its reason is thrown. The ambient scope does so in any case. */
  readonly signal?: AbortSignal | undefined
}

/** Refusals up to this number come at once, further ones on the next macrotask (rule F). */
const promptRefusals = 100
let nextTurn: Promise<void> | undefined

/**
 * The refusal of a wait in a cancelled scope. A loop that catches everything and waits again must not starve timers, I/O
 * and signals, so after a hundred refusals by one scope the others take their turn first.
 */
export async function refuse(scope: ScopeNode, cancelled: Cancelled): Promise<never> {
  const thrown = isWatching() ? refused(cancelled, refuse) : cancelled
  const origin = (cancelled.scope as ScopeNode | undefined) ?? scope // a loop may open a new scope each time round
  if (++origin.refusals > promptRefusals) await (nextTurn ??= macrotask())
  throw thrown
}

async function macrotask(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0))
  nextTurn = undefined
}

/** Throws if the scope around is cancelled; else does nothing. Never waits. */
export function throwIfCancelled(): void {
  const cancelled = scopeOf(currentFrame())?.cancelled
  if (cancelled !== undefined) throw isWatching() ? refused(cancelled, throwIfCancelled) : cancelled
}

/** What a wait does when it is over: see {@link wait}. */
export interface Settle<T> {
  readonly done: (value: T) => void
  readonly fail: (error: unknown) => void
}

/**
 * Waits for something that `begin` starts; `begin` gives what stops it, which is called when the wait is cancelled.
 * Whichever comes first settles the wait, once.
 */
export function wait<T>(begin: (settle: Settle<T>) => () => void, options: WaitOptions | undefined): Promise<T> {
  const scope = scopeOf(currentFrame())
  if (scope?.cancelled !== undefined) return refuse(scope, scope.cancelled)
  const signal = options?.signal
  if (signal !== undefined) {
    checkSignal(signal)
    if (signal.aborted) return Promise.reject(signal.reason as Error)
  }
  return new Promise((resolve, reject) => {
    const waiting = new Waiting<T>(scope, signal, resolve, reject)
    if (isWatching()) noteWait(waiting, wait)
    try {
      waiting.begun(begin(waiting))
    } catch (error) {
      waiting.fail(error)
    }
  })
}

class Waiting<T> implements Listening, Settle<T> {
  listedIn: ScopeNode | undefined
  previous: Listening | undefined
  next: Listening | undefined
  #stop: (() => void) | undefined
  #isInterrupted = false
  readonly #signal: AbortSignal | undefined
  readonly #resolve: (value: T) => void
  readonly #reject: (error: unknown) => void
  readonly #aborted = (): void => this.#interrupt(this.#signal?.reason)

  constructor(
    scope: ScopeNode | undefined,
    signal: AbortSignal | undefined,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    scope?.addListening(this)
    signal?.addEventListener('abort', this.#aborted)
  }

  /** It may have been cancelled by its own beginning. */
  begun(stop: () => void): void {
    this.#stop = stop
    if (this.#isInterrupted) stop()
  }

  readonly done = (value: T): void => {
    this.#end()
    this.#resolve(value)
  }

  readonly fail = (error: unknown): void => {
    this.#end()
    this.#reject(error)
  }

  reached(cancelled: Cancelled): void {
    this.#interrupt(cancelled)
  }

  #interrupt(error: unknown): void {
    this.#end()
    this.#isInterrupted = true
    this.#stop?.()
    this.#reject(isWatching() ? interrupted(this, error) : error)
  }

  #end(): void {
    this.listedIn?.removeListening(this)
    this.#signal?.removeEventListener('abort', this.#aborted)
  }
}

function checkSignal(signal: unknown): asserts signal is AbortSignal {
  if (typeof signal === 'object' && signal !== null && 'aborted' in signal && 'addEventListener' in signal) return
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    '`signal` is not an AbortSignal. Give the `signal` of a scope or a controller.',
  )
}
