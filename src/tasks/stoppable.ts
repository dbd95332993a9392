/**
 * Work that can be stopped from outside, but has to be waited for: a statement on a server, a process. When the scope around is cancelled, a
 * signal aborts or time is up, it is asked to stop; what has come of it all the same is given.
 */
import { currentClock } from '../clock.ts'
import { TimeoutError } from '../errors/index.ts'
import type { Cancelled } from '../errors/index.ts'
import type { Listening, ScopeNode } from '../scope.ts'
import { deadlinesOf } from './deadlines.ts'
import type { Deadline, Deadlines, DueList } from './deadlines.ts'
import { refusalOf, scopeHere } from './waiting.ts'
import type { TimedWaitOptions } from './waiting.ts'

/** Work that can be stopped. */
export interface Stoppable<T> {
  /** What it is called in a TimeoutError: `the statement`. */
  readonly name: string
  begin(): Promise<T>
  /** Asks it to stop; is waited for, too. It must not fail. */
  stop(): Promise<unknown>
  /** Whether an error is how it ends when it was stopped; any other one is an error of its own. */
  isStopped(error: unknown): boolean
}

/**
 * Runs it, and waits for its end in any case.
 *
 * @throws Cancelled     The scope around was cancelled, and it has stopped; or it was before, and nothing was begun.
 * @throws TimeoutError  Its time was up, and it has stopped.
 * @throws  The reason of the signal, in the same way; else what the work throws.
 */
export async function runStoppable<T>(work: Stoppable<T>, options?: TimedWaitOptions): Promise<T> {
  const scope = scopeHere()
  const refusal = refusalOf(scope, options)
  if (refusal !== undefined) return await refusal
  const { timeout = Infinity, signal } = options ?? {}
  if (timeout <= 0) throw timedOut(work.name, timeout)
  const begun = work.begin()
  const guard =
    scope === undefined && signal === undefined && timeout === Infinity
      ? undefined
      : new StopGuard(work, scope, signal, timeout)
  try {
    return await begun
  } catch (error) {
    throw guard?.stopped !== undefined && work.isStopped(error) ? guard.stopped.error : error
  } finally {
    const stopping = guard?.end()
    if (stopping !== undefined) await stopping
  }
}

function timedOut(name: string, allowed: number): TimeoutError {
  return new TimeoutError(`${name} took longer than ${allowed} ms and was stopped.`, allowed)
}

/** Watches what may stop it. */
class StopGuard implements Listening, Deadline {
  listedIn: ScopeNode | undefined
  previous: Listening | undefined
  next: Listening | undefined
  dueList: DueList | undefined
  dueBefore: Deadline | undefined
  dueAfter: Deadline | undefined
  /** Why it was stopped. */
  stopped: { readonly error: unknown } | undefined
  readonly #work: Stoppable<unknown>
  readonly #signal: AbortSignal | undefined
  readonly #timeout: number
  readonly #deadlines: Deadlines | undefined
  #stopping: Promise<unknown> | undefined

  constructor(
    work: Stoppable<unknown>,
    scope: ScopeNode | undefined,
    signal: AbortSignal | undefined,
    timeout: number,
  ) {
    this.#work = work
    this.#signal = signal
    this.#timeout = timeout
    scope?.addListening(this)
    signal?.addEventListener('abort', this.#aborted)
    if (timeout === Infinity) return
    const clock = currentClock()
    this.#deadlines = deadlinesOf(clock)
    this.#deadlines.add(this, clock.now() + timeout)
  }

  reached(cancelled: Cancelled): void {
    this.#stop(cancelled)
  }

  expired(): void {
    this.#stop(timedOut(this.#work.name, this.#timeout))
  }

  readonly #aborted = (): void => this.#stop(this.#signal?.reason)

  /** The work has ended; what asked it to stop may not have. */
  end(): Promise<unknown> | undefined {
    this.listedIn?.removeListening(this)
    this.#signal?.removeEventListener('abort', this.#aborted)
    this.#deadlines?.remove(this)
    return this.#stopping
  }

  #stop(error: unknown): void {
    if (this.stopped !== undefined) return
    this.stopped = { error }
    this.#stopping = this.#work.stop()
  }
}
