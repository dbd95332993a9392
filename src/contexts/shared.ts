/** One resource for all who use it at the same time: made by the first, closed by the last. */
import { checkDuration, currentClock } from '../clock.ts'
import { ClosedError, isCancelled, reportLateError, TaskCancelledError } from '../errors/index.ts'
import { currentFrame, runInFrame, scopeOf } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { unlessCancelled } from './given.ts'
import { hold } from './hold.ts'
import type { Handle } from './hold.ts'
import type { AsyncContextManager, Managed, ValueOf } from './protocol.ts'

/** What {@link shared} takes. */
export interface SharedOptions {
  /** Milliseconds that the resource stays open when nobody uses it. Default: 0; `Infinity`: until `close()`. */
  readonly idleTimeout?: number | undefined
}

/** What {@link shared} gives: a manager that can be entered by any number at the same time. */
export interface Shared<T> extends AsyncContextManager<T> {
  /** Refuses new users, waits until the last has left, and closes the resource; at once when it is idle. */
  close(): Promise<void>
}

/**
 * Makes one resource and lends it to all who use it at the same time. The first user makes it (others wait for the same
 * making), the last one closes it, after `idleTimeout` if given. A making that has failed fails for those who wait for
 * it, and is tried anew by the next. It is made in the frame of who called `shared`: a user who is cancelled leaves, and
 * neither the making nor the other users notice.
 *
 * @param options.idleTimeout  Milliseconds; does not keep the process alive. Default: 0.
 * @throws TaskCancelledError  To users: the making was cancelled, they themselves were not.
 * @throws ClosedError         To users: `close()` has been called.
 * @example
 * let made = 0
 * const counter = shared(() => nullContext(++made))
 * await within(counter, counter, (a, b) => [a, b]) // => [1, 1]
 * await within(counter, (c) => c) // => 2
 */
export function shared<M extends Managed>(make: () => M, options: SharedOptions = {}): Shared<ValueOf<M>> {
  const idleTimeout = options.idleTimeout ?? 0
  checkDuration(idleTimeout, 'idleTimeout')
  return new SharedResource(make, idleTimeout) as Shared<unknown> as Shared<ValueOf<M>> // what is made gives it
}

class SharedResource implements Shared<unknown> {
  readonly #make: () => Managed
  readonly #idleTimeout: number
  readonly #owner: Frame | undefined = currentFrame()
  #users = 0
  #open: Promise<Handle<unknown>> | undefined
  #closing: Promise<void> | undefined
  #stopIdling: (() => void) | undefined
  #whenUnused: PromiseWithResolvers<void> | undefined

  constructor(make: () => Managed, idleTimeout: number) {
    this.#make = make
    this.#idleTimeout = idleTimeout
  }

  async '~enterAsync'(): Promise<unknown> {
    if (this.#whenUnused !== undefined) throw new ClosedError('This shared resource has been closed. Make a new one.')
    this.#stopIdling?.()
    this.#users++
    try {
      const nobody = (): void => {} // the others have it, or `leave` sees to it
      const handle = await unlessCancelled((this.#open ??= this.#begin()), { lateValue: nobody, lateError: nobody })
      return handle.value
    } catch (error) {
      this.#leave().then(undefined, reportClose)
      if (!isCancelled(error) || scopeOf(currentFrame())?.cancelled !== undefined) throw error
      throw new TaskCancelledError('The making of a shared resource was cancelled.', { cause: error })
    }
  }

  async '~exitAsync'(): Promise<void> {
    await this.#leave()
  }

  async close(): Promise<void> {
    this.#whenUnused ??= Promise.withResolvers()
    this.#stopIdling?.()
    if (this.#users > 0) await this.#whenUnused.promise
    else await this.#close()
  }

  async #begin(): Promise<Handle<unknown>> {
    try {
      await this.#closing
      return await runInFrame(this.#owner, () => hold(this.#make()))
    } catch (error) {
      this.#open = undefined // the next user tries again
      throw error
    }
  }

  async #leave(): Promise<void> {
    if (--this.#users > 0) return
    if (this.#idleTimeout > 0 && this.#open !== undefined && this.#whenUnused === undefined) return this.#idle()
    try {
      await this.#close()
    } finally {
      this.#whenUnused?.resolve()
    }
  }

  #idle(): void {
    if (this.#idleTimeout === Infinity) return
    const close = (): void => void this.#close().then(undefined, reportClose)
    this.#stopIdling = currentClock().setTimer(this.#idleTimeout, close, true)
  }

  /** Who comes while it closes waits for that, and makes it anew. */
  async #close(): Promise<void> {
    const open = this.#open
    if (open === undefined) return this.#closing
    this.#open = undefined
    const closing = this.#exit(open)
    this.#closing = closing.then(undefined, () => {}) // its failure is of who closes
    await closing
  }

  async #exit(open: Promise<Handle<unknown>>): Promise<void> {
    const handle = await open.then(undefined, () => undefined) // those who waited for it have the failure
    if (handle === undefined) return
    handle.complete()
    await runInFrame(this.#owner, () => handle[Symbol.asyncDispose]())
  }
}

function reportClose(error: unknown): void {
  reportLateError(error, { source: 'the closing of a shared resource' })
}
