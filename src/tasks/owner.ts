/**
 * What outlives its caller (a pool's resources, a cache, a server's handlers) is made and called back in the context of its owner,
 * never in that of whoever came first (rule G).
 */
import { currentClock } from '../clock.ts'
import type { Clock } from '../clock.ts'
import { isThenable } from '../contexts/exits.ts'
import { currentFrame, runInFrameIfPossible } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { ScopeNode } from '../scope.ts'
import { deadlinesOf } from './deadlines.ts'
import type { Deadline, DueList } from './deadlines.ts'

/** What an owner does for at most so long. */
export interface LimitedWork<T> {
  /** Milliseconds; `Infinity` for no limit. */
  readonly limit: number
  /** Is given its scope, which is cancelled at the limit. */
  begin(scope: ScopeNode): T | PromiseLike<T>
  /** What it has failed with when the limit has passed; it may still go on then. */
  timeoutError(): Error
  /** Is told how it ended after all. */
  late(ending: { readonly value: T } | { readonly error: unknown }): void
}

interface Resource {
  runInAsyncScope<R>(work: () => R): R
}

/** The asynchronous context, clock and frame of the place at which it was made. */
export class Owner {
  readonly clock: Clock = currentClock()
  readonly #frame: Frame | undefined = currentFrame()
  readonly #resource: Resource | undefined = makeResource()

  /** Runs work in the owner's context: its frame, and what others keep in asynchronous storages. */
  run<R>(work: () => R): R {
    return this.#resource === undefined ? work() : this.#resource.runInAsyncScope(work)
  }

  /** A scope for work of the owner: cancellation from outside does not reach it. */
  scope(): ScopeNode {
    return new ScopeNode(this.#frame?.scope, true)
  }

  /** Runs work in the owner's context, in a scope of its own, for at most so long. Gives the result at once if it can. */
  limited<T>(work: LimitedWork<T>, scope: ScopeNode = this.scope()): T | Promise<T> {
    const frame: Frame = { scope, task: this.#frame?.task, bindings: this.#frame?.bindings }
    try {
      const result = this.run(() => runInFrameIfPossible(frame, () => work.begin(scope)))
      if (isThenable(result)) return new Limited(work, scope, this.clock, result).result
      scope.end()
      return result
    } catch (error) {
      scope.end()
      throw error
    }
  }
}

/** Work that has to end in time. */
class Limited<T> implements Deadline {
  readonly result: Promise<T>
  dueList: DueList | undefined
  dueBefore: Deadline | undefined
  dueAfter: Deadline | undefined
  readonly #work: LimitedWork<T>
  readonly #scope: ScopeNode
  readonly #settle: PromiseWithResolvers<T> = Promise.withResolvers()
  #isLate = false

  constructor(work: LimitedWork<T>, scope: ScopeNode, clock: Clock, result: PromiseLike<T>) {
    this.#work = work
    this.#scope = scope
    this.result = this.#settle.promise
    const deadlines = deadlinesOf(clock)
    deadlines.add(this, clock.now() + work.limit)
    const ended = (): void => {
      deadlines.remove(this)
      scope.end()
    }
    result.then(
      (value) => {
        ended()
        if (this.#isLate) work.late({ value })
        else this.#settle.resolve(value)
      },
      (error: unknown) => {
        ended()
        if (this.#isLate) work.late({ error })
        else this.#settle.reject(error)
      },
    )
  }

  expired(): void {
    this.#isLate = true
    this.#scope.cancel(`it took longer than ${this.#work.limit} ms`, 'deadline')
    this.#settle.reject(this.#work.timeoutError())
  }
}

interface AsyncHooks {
  readonly AsyncResource?: new (type: string) => Resource
}

function makeResource(): Resource | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (name: string) => AsyncHooks | undefined } }
  const AsyncResource = process?.getBuiltinModule?.('node:async_hooks')?.AsyncResource
  return AsyncResource === undefined ? undefined : new AsyncResource('withal.Owner')
}
