/**
 * The limit on one exit (rule H). At the limit its shield is cancelled and it has failed with an `ExitTimeoutError`; if
 * it has not ended after as much time again, it is left behind and its late failure reported. Only an exit's own time
 * counts: the clock stands while an exit inside it has a limit of its own.
 */
import { checkDuration, currentClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { ExitTimeoutError, reportLateError } from '../errors/index.ts'
import { currentFrame, runInFrameIfPossible, scopeOf, shieldedFrame } from '../frame.ts'
import { ScopeNode } from '../scope.ts'
import { nameOf } from './describe.ts'
import { isThenable } from './exits.ts'
import type { ManagerExtras } from './protocol.ts'

/** The limit of a manager's exit, looked up and checked before it is entered: later would be too late to refuse it. */
export function exitLimitOf(manager: ManagerExtras): number | undefined {
  const limit = manager['~exitTimeout']
  if (limit !== undefined) checkDuration(limit, '~exitTimeout')
  return limit
}

/** Runs an exit, or a part of one, that has a limit in milliseconds; `manager` names it. */
export function limited(manager: object, limit: number, exit: () => unknown): unknown {
  const frame = currentFrame()
  const around = scopeOf(frame)
  const scope = new ScopeNode(around, true)
  const answer = runInFrameIfPossible(shieldedFrame(frame, scope), exit)
  return isThenable(answer) ? new Limited(manager, answer, limit, scope, around).result : answer
}

/** The limited exits that are running, by their shield: one inside another finds it there. */
const running = new WeakMap<ScopeNode, Limited>()

function runningAround(scope: ScopeNode | undefined): Limited | undefined {
  for (let node = scope; node !== undefined; node = node.parent) {
    const found = running.get(node)
    if (found !== undefined) return found
  }
  return undefined
}

class Limited {
  readonly result: Promise<unknown>
  readonly #manager: object
  readonly #limit: number
  readonly #scope: ScopeNode
  readonly #clock: Clock = currentClock()
  #settle: PromiseWithResolvers<unknown> = Promise.withResolvers()
  #phase: 'in time' | 'cancelled' | 'left behind' = 'in time'
  #left: number
  #since = 0
  #paused = 0
  #stopTimer: (() => void) | undefined

  constructor(
    manager: object,
    answer: PromiseLike<unknown>,
    limit: number,
    scope: ScopeNode,
    around: ScopeNode | undefined,
  ) {
    this.#manager = manager
    this.#limit = limit
    this.#scope = scope
    this.#left = limit
    this.result = this.#settle.promise
    running.set(scope, this)
    const outer = runningAround(around)
    outer?.pause()
    this.#startTimer()
    const ended = (): void => {
      this.#stopTimer?.()
      running.delete(scope)
      scope.end()
      outer?.resume()
    }
    answer.then(
      (value) => (ended(), this.#fulfilled(value)),
      (error: unknown) => (ended(), this.#rejected(error)),
    )
  }

  pause(): void {
    if (this.#paused++ > 0) return
    this.#stopTimer?.()
    this.#left -= this.#clock.now() - this.#since
  }

  resume(): void {
    if (--this.#paused === 0 && running.has(this.#scope)) this.#startTimer()
  }

  #startTimer(): void {
    if (this.#left === Infinity || this.#phase === 'left behind') return
    this.#since = this.#clock.now()
    this.#stopTimer = this.#clock.setTimer(Math.max(0, this.#left), () => this.#ranOut())
  }

  #ranOut(): void {
    if (this.#phase === 'in time') {
      this.#phase = 'cancelled'
      this.#left = this.#limit
      this.#scope.cancel(`its exit took longer than ${this.#limit} ms`, 'deadline')
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
