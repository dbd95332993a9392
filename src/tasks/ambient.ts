/** What the running code belongs to: the scope, the deadline and the time around it. */
import { currentClock } from '../clock.ts'
import { askForFrame, currentFrame, runInFrame, scopeOf } from '../frame.ts'
import { ScopeNode } from '../scope.ts'
import { checkFunction } from './check-function.ts'
import { makeLimitsCancel } from './limits-cancel.ts'

makeLimitsCancel()

/** The scope around the running code, as it can be seen from inside. */
export interface AmbientScope {
  /** Aborts when the scope, or one around it, is cancelled; for `fetch` and other people's functions. */
  readonly signal: AbortSignal
  /** Whether it has been cancelled, by itself or from outside. */
  readonly cancelled: boolean
  /** Whether it, or a scope around it, has been asked to come to an end (`softCancel`), or is cancelled. */
  readonly stopping: boolean
  /** Aborts when it is asked to come to an end: for what waits for new work, not for work under way. */
  readonly stopSignal: AbortSignal
  /** When it expires, as `now()` has it; `Infinity` for never. Those of the scopes around it are not looked at. */
  readonly deadline: number
}

/** Outside of all scopes there is this one, which nobody cancels. */
const root = new ScopeNode(undefined)

/**
 * The scope around the running code; outside of all, one that is never cancelled.
 *
 * @throws UsageError  The platform has no asynchronous context (browsers), so a signal from here would never abort. Use the
 *   scope that `within` gives to its body.
 * @example
 * currentScope().signal.aborted // => false
 * await within(moveOnAfter(0), () => currentScope().signal.aborted) // => true
 */
export function currentScope(): AmbientScope {
  const node = scopeOf(askForFrame()) ?? root
  return {
    get signal() {
      return node.signal
    },
    get cancelled() {
      return node.cancelled !== undefined
    },
    get stopping() {
      return node.stopping || node.cancelled !== undefined
    },
    get stopSignal() {
      return node.stopSignal
    },
    get deadline() {
      return node.deadline
    },
  }
}

/**
 * When the running code will be cancelled by a deadline: the earliest of all around it, up to a shield, as `now()` has it.
 * `Infinity` where there is none, `-Infinity` where it is cancelled already.
 *
 * @throws UsageError  The platform has no asynchronous context (browsers).
 */
export function currentDeadline(): number {
  let earliest = Infinity
  let node = scopeOf(askForFrame())
  if (node?.cancelled !== undefined) return -Infinity
  while (node !== undefined) {
    earliest = Math.min(earliest, node.deadline)
    node = node.shield ? undefined : node.parent
  }
  return earliest
}

/** The time of the clock in use, in milliseconds; never goes back. It is no date. */
export function now(): number {
  return currentClock().now()
}

/**
 * Binds a function to the scope, task and variables of here and now: called later, by a timer or an emitter, it runs in
 * them. When the scope has ended by then, it runs in the nearest one around that has not. In browsers, where nothing is
 * ambient, it gives a function that does the same as the one given.
 */
export function bind<A extends unknown[], R>(fn: (...args: A) => R): (...args: A) => R {
  checkFunction(fn, 'bind')
  const frame = currentFrame()
  return (...args) => runInFrame(frame, () => fn(...args))
}
