/**
 * How every wait looks at the scope it begins in. One that begins in a cancelled scope is refused before it has done
 * anything; one that is met by cancellation ends at once, and leaves nothing behind.
 */
import { isWatching } from '../channels.ts'
import { checkDuration } from '../clock.ts'
import { UsageError } from '../errors/index.ts'
import type { Cancelled } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import type { Listening, ScopeNode } from '../scope.ts'
import { makeLimitsCancel } from './limits-cancel.ts'
import { interrupted, noteWait, refused } from './wait-places.ts'

makeLimitsCancel()

/** What every call that waits takes. */
export interface WaitOptions {
  /** Ends the wait when it aborts; its reason is thrown. The ambient scope does so in any case. */
  readonly signal?: AbortSignal | undefined
}

/** What calls take that wait for others. */
export interface TimedWaitOptions extends WaitOptions {
  /** Milliseconds from this call. `0` or less tries once and does not wait. Default: no limit. */
  readonly timeout?: number | undefined
}

/** Refusals up to this number come at once, further ones on the next macrotask (rule F). */
const promptRefusals = 100
/** How many waits a scope has refused since it was cancelled. */
const refusals = new WeakMap<ScopeNode, number>()
let nextTurn: Promise<void> | undefined

/**
 * The refusal of a wait in a cancelled scope. A loop that catches everything and waits again must not starve timers, I/O
 * and signals, so after a hundred refusals by one scope the others take their turn first.
 */
export async function refuse(scope: ScopeNode, cancelled: Cancelled): Promise<never> {
  const thrown = isWatching() ? refused(cancelled, refuse) : cancelled
  const origin = (cancelled.scope as ScopeNode | undefined) ?? scope // a loop may open a new scope each time round
  const count = (refusals.get(origin) ?? 0) + 1
  refusals.set(origin, count)
  if (count > promptRefusals) await (nextTurn ??= macrotask())
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

/**
 * Why a wait that is about to begin must not: the scope around is cancelled, or the signal given has aborted. To be asked before
 * anything is taken. `undefined` where nothing stands in its way.
 *
 * @throws UsageError  An option makes no sense.
 */
export function refusalOf(
  scope: ScopeNode | undefined,
  options: TimedWaitOptions | undefined,
): Promise<never> | undefined {
  if (options !== undefined) checkWaitOptions(options)
  if (scope?.cancelled !== undefined) return refuse(scope, scope.cancelled)
  return options?.signal?.aborted === true ? Promise.reject(options.signal.reason as Error) : undefined
}

/** The scope around the running code, for {@link refusalOf} and for the wait itself. */
export function scopeHere(): ScopeNode | undefined {
  return scopeOf(currentFrame())
}

function checkWaitOptions(options: TimedWaitOptions): void {
  checkIsObject(options)
  const { signal, timeout } = options
  if (signal !== undefined) checkSignal(signal)
  if (timeout !== undefined) checkDuration(timeout, 'timeout')
}

/** \`acquire(250)\` of other libraries would be taken for no options at all. */
function checkIsObject(options: unknown): void {
  if (typeof options === 'object' && options !== null) return
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `The options of a wait are ${String(options)} (${typeof options}). Give an object: \`{ timeout: 250 }\`.`,
  )
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
    const waiting = new Waiting<T>(resolve, reject)
    waiting.listenTo(scope, signal)
    if (isWatching()) noteWait(waiting, wait)
    try {
      waiting.begun(begin(waiting))
    } catch (error) {
      waiting.fail(error)
    }
  })
}

/** One wait. Its fields are assigned, and it listens itself, since there may be as many waits as tasks. */
class Waiting<T> implements Listening, Settle<T>, EventListenerObject {
  declare listedIn: ScopeNode | undefined
  declare previous: Listening | undefined
  declare next: Listening | undefined
  declare signal: AbortSignal | undefined
  declare stop: (() => void) | undefined
  declare isInterrupted: boolean
  declare readonly resolve: (value: T) => void
  declare readonly reject: (error: unknown) => void

  constructor(resolve: (value: T) => void, reject: (error: unknown) => void) {
    this.listedIn = undefined
    this.previous = undefined
    this.next = undefined
    this.signal = undefined
    this.stop = undefined
    this.isInterrupted = false
    this.resolve = resolve
    this.reject = reject
  }

  listenTo(scope: ScopeNode | undefined, signal: AbortSignal | undefined): void {
    scope?.addListening(this)
    this.signal = signal
    signal?.addEventListener('abort', this)
  }

  /** It may have been cancelled by its own beginning. */
  begun(stop: () => void): void {
    this.stop = stop
    if (this.isInterrupted) stop()
  }

  /** Made when it is asked for, since it may be called by itself. */
  get done(): (value: T) => void {
    return (value) => {
      this.end()
      this.resolve(value)
    }
  }

  get fail(): (error: unknown) => void {
    return (error) => {
      this.end()
      this.reject(error)
    }
  }

  reached(cancelled: Cancelled): void {
    this.interrupt(cancelled)
  }

  handleEvent(): void {
    this.interrupt(this.signal?.reason)
  }

  interrupt(error: unknown): void {
    this.end()
    this.isInterrupted = true
    this.stop?.()
    this.reject(isWatching() ? interrupted(this, error) : error)
  }

  end(): void {
    this.listedIn?.removeListening(this)
    this.signal?.removeEventListener('abort', this)
  }
}

/** Checks a signal at a public door. */
export function checkSignal(signal: unknown): asserts signal is AbortSignal {
  if (typeof signal === 'object' && signal !== null && 'aborted' in signal && 'addEventListener' in signal) return
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    '`signal` is not an AbortSignal. Give the `signal` of a scope or a controller.',
  )
}
