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

interface Making {
  readonly handle: Promise<Handle<unknown>>
  /** How many have waited for it, and how many of them have left before it had come to its end. */
  waited: number
  left: number
}

class SharedResource implements Shared<unknown> {
  readonly #make: () => Managed
  readonly #idleTimeout: number
  readonly #owner: Frame | undefined = currentFrame()
  #users = 0
  #open: Making | undefined
  #closing: Promise<void> | undefined
  #stopIdling: (() => void) | undefined
  #whenUnused: PromiseWithResolvers<void> | undefined
  #closed: Promise<void> | undefined

  constructor(make: () => Managed, idleTimeout: number) {
    this.#make = make
    this.#idleTimeout = idleTimeout
  }

  async '~enterAsync'(): Promise<unknown> {
    if (this.#closed !== undefined) throw new ClosedError('This shared resource has been closed. Make a new one.')
    const cancelled = scopeOf(currentFrame())?.cancelled
    if (cancelled !== undefined) throw cancelled
    this.#stopIdling?.()
    this.#users++
    try {
      return (await this.#wait((this.#open ??= this.#begin()))).value
    } catch (error) {
      this.#leave().then(undefined, reportClose)
      if (!isCancelled(error) || scopeOf(currentFrame())?.cancelled !== undefined) throw error
      throw new TaskCancelledError('The making of a shared resource was cancelled.', { cause: error })
    }
  }

  /** Waits for a making, unless cancelled. The failure of one that all have left is nobody else's. */
  #wait(making: Making): PromiseLike<Handle<unknown>> {
    making.waited++
    return unlessCancelled(making.handle, {
      lateValue: () => {}, // the others have it, or `#leave` sees to it
      lateError: (error) => {
        if (++making.left === making.waited) reportLateError(error, { source: 'the making of a shared resource' })
      },
    })
  }

  async '~exitAsync'(): Promise<void> {
    await this.#leave()
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeForGood()
    return this.#closed
  }

  async #closeForGood(): Promise<void> {
    this.#stopIdling?.()
    if (this.#users > 0) {
      this.#whenUnused = Promise.withResolvers()
      await this.#whenUnused.promise
    }
    await this.#close()
  }

  #begin(): Making {
    const making: Making = { handle: this.#makeOne(), waited: 0, left: 0 }
    making.handle.then(undefined, () => {
      if (this.#open === making) this.#open = undefined // the next user tries again
    })
    return making
  }

  async #makeOne(): Promise<Handle<unknown>> {
    await this.#closing
    return runInFrame(this.#owner, () => hold(this.#make()))
  }

  async #leave(): Promise<void> {
    if (--this.#users > 0) return
    if (this.#idleTimeout > 0 && this.#open !== undefined && this.#closed === undefined) return this.#idle()
    const closing = this.#close()
    this.#whenUnused?.resolve()
    await closing
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
    const closing = this.#exit(open.handle)
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
