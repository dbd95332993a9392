/**
 * The limit on one exit (rule H). At the limit its shield is cancelled and it has failed with an `ExitTimeoutError`; if
 * it has not ended after as much time again, it is left behind and its late failure reported. Only an exit's own time
 * counts: the clock stands while an exit inside it has a limit of its own.
 */
import { checkDuration, currentClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { ExitTimeoutError, reportLateError } from '../errors/index.ts'
import { currentFrame, runInFrameIfPossible, scopeOf } from '../frame.ts'
import type { Frame } from '../frame.ts'
import type { ScopeNode } from '../scope.ts'
import { nameOf } from './describe.ts'
import { isThenable } from './exits.ts'
import { callerOf, ownFrame } from './own-frame.ts'
import type { ManagerExtras } from './protocol.ts'

/** The limit of a manager's exit, looked up and checked before it is entered: later would be too late to refuse it. */
export function exitLimitOf(manager: ManagerExtras): number | undefined {
  const limit = manager['~exitTimeout']
  if (limit !== undefined) checkDuration(limit, '~exitTimeout')
  return limit
}

/**
 * Makes a shield outside of all scopes; there once something is loaded that opens scopes, or looks at them. Without that
 * nothing in an exit can meet a cancellation, and a small bundle needs no scopes.
 */
let makeShield: (() => ScopeNode) | undefined

/** To be called by those who open scopes, or look at them. */
export function letLimitsCancel(make: () => ScopeNode): void {
  makeShield = make
}

/** Runs an exit, or a part of one, that has a limit in milliseconds; `manager` names it. */
export function limited(manager: object, limit: number, exit: () => unknown): unknown {
  const frame = currentFrame()
  const shield = scopeOf(frame)?.shielded() ?? makeShield?.()
  const outer = callerOf(limits) as Limited | undefined // only those are bound under this key
  const running = new Limited(manager, limit, shield, outer)
  const shielded: Frame = { scope: shield, task: frame?.task, bindings: frame?.bindings }
  const answer = runInFrameIfPossible(ownFrame(shielded, limits, running), exit)
  return isThenable(answer) ? running.follow(answer) : answer
}

/** The key under which an exit finds the limited one that it belongs to. */
const limits: object = {}

class Limited {
  readonly #manager: object
  readonly #limit: number
  readonly #shield: ScopeNode | undefined
  readonly #outer: Limited | undefined
  readonly #clock: Clock = currentClock()
  #settle: PromiseWithResolvers<unknown> = Promise.withResolvers()
  #phase: 'in time' | 'cancelled' | 'left behind' = 'in time'
  #isRunning = false
  #left: number
  #since = 0
  #paused = 0
  #stopTimer: (() => void) | undefined

  constructor(manager: object, limit: number, shield: ScopeNode | undefined, outer: Limited | undefined) {
    this.#manager = manager
    this.#limit = limit
    this.#shield = shield
    this.#outer = outer
    this.#left = limit
  }

  /** The clock runs from here on: an exit that does not wait is over already. */
  follow(answer: PromiseLike<unknown>): Promise<unknown> {
    this.#isRunning = true
    this.#outer?.pause()
    this.#startTimer()
    answer.then(
      (value) => (this.#ended(), this.#fulfilled(value)),
      (error: unknown) => (this.#ended(), this.#rejected(error)),
    )
    return this.#settle.promise
  }

  #ended(): void {
    this.#isRunning = false
    this.#stopTimer?.()
    this.#shield?.end()
    this.#outer?.resume()
  }

  pause(): void {
    if (this.#paused++ > 0 || !this.#isRunning) return
    this.#stopTimer?.()
    this.#left -= this.#clock.now() - this.#since
  }

  resume(): void {
    if (--this.#paused === 0 && this.#isRunning) this.#startTimer()
  }

  #startTimer(): void {
    if (this.#paused > 0 || this.#left === Infinity || this.#phase === 'left behind') return
    this.#since = this.#clock.now()
    this.#stopTimer = this.#clock.setTimer(Math.max(0, this.#left), () => this.#ranOut())
  }

  #ranOut(): void {
    if (this.#phase === 'in time') {
      this.#phase = 'cancelled'
      this.#left = this.#limit
      this.#shield?.cancel(`its exit took longer than ${this.#limit} ms`, 'deadline')
      this.#startTimer()
      return
    }
    this.#phase = 'left behind'
    this.#settle.reject(this.#error('and did not end when cancelled: it was left behind'))
  }

  #fulfilled(value: unknown): void {
    if (this.#phase === 'in time') this.#settle.resolve(value)
    else if (this.#phase === 'cancelled') this.#settle.reject(this.#error('and was cancelled'))
  }

  #rejected(error: unknown): void {
    if (this.#phase === 'in time') this.#settle.reject(error)
    else if (this.#phase === 'cancelled') this.#settle.reject(this.#error('and was cancelled', { cause: error }))
    else reportLateError(error, { source: 'an exit that was left behind', name: nameOf(this.#manager) })
  }

  #error(what: string, options?: { readonly cause: unknown }): ExitTimeoutError {
    const text = `The exit of ${nameOf(this.#manager)} took longer than its limit of ${this.#limit} ms ${what}.`
    return new ExitTimeoutError(text, this.#limit, options)
  }
}
