/** Several programs, one after another or at the same time, in one context. */
import type { AsyncContextManager } from '../contexts/index.ts'
import { ClosedError, isCancelled, StateError, TaskCancelledError } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { captureContext } from './context.ts'
import type { Context } from './context.ts'
import type { MainFunction } from './main-function.ts'
import type { Program } from './program.ts'
import { programOf, resultOf } from './run.ts'
import type { RunOptions } from './run.ts'
import { refuse, wait } from './waiting.ts'

/** What a {@link Runner} takes. */
export interface RunnerOptions {
  /** In which the runs run. Default: that of where the runner is made. */
  readonly context?: Context | undefined
}

/**
 * Runs functions as `run` does, all of them in the context in which the runner was made, whoever calls: with its variables, clock and
 * scope. For what calls again and again from outside: a prompt, a test file, a handler of another framework. Closing it
 * cancels what still runs, and waits for it.
 *
 * @example
 * const tenant = new ContextVar<string>('tenant')
 * const runner = await within(tenant.bind('a'), async () => new Runner())
 * await within(runner, async () => [await runner.run(() => tenant.get()), await runner.run(() => 2)]) // => ['a', 2]
 * await runner.run(() => 3) // => throws ClosedError
 */
export class Runner implements AsyncContextManager<Runner>, AsyncDisposable {
  readonly #context: Context
  /** What runs, and what settles when it has ended. */
  readonly #running = new Map<Program<unknown>, PromiseWithResolvers<void>>()
  #isEntered = false
  #closing: Promise<void> | undefined

  constructor(options: RunnerOptions = {}) {
    this.#context = options.context ?? captureContext()
  }

  /**
   * Runs a function in a root scope, in the runner's context; as `run` otherwise. When the caller is cancelled, the run is, and
   * is waited for.
   *
   * @throws ClosedError         The runner has been closed. Nothing was run.
   * @throws TaskCancelledError  The runner was closed meanwhile, or the scope in which it was made was cancelled; the caller is not.
   * @throws Cancelled           The caller was cancelled. All of it has ended.
   */
  async run<T>(fn: MainFunction<T>, options: RunOptions = {}): Promise<T> {
    if (this.#closing !== undefined) throw new ClosedError('This Runner has been closed. Make a new one.')
    const around = scopeOf(currentFrame())
    if (around?.cancelled !== undefined) return await refuse(around, around.cancelled)
    const program = this.#context.run(() => programOf(fn, options, 'run'))
    const stopListening = around?.listen((cancelled) => program.cancel(cancelled))
    const ended = Promise.withResolvers<void>()
    this.#running.set(program, ended)
    try {
      return await this.#context.run(() => resultOf(program, options))
    } catch (error) {
      if (!isCancelled(error) || program.root.cancelled === undefined) throw error
      if (around?.cancelled !== undefined) throw around.cancelled
      throw new TaskCancelledError('The run was cancelled: its runner was closed, or the scope in which it was made.', {
        cause: error,
      })
    } finally {
      stopListening?.()
      this.#running.delete(program)
      ended.resolve()
    }
  }

  /**
   * Cancels what still runs, and waits until it has ended; once. Its errors are those of who has called `run`.
   *
   * @throws Cancelled  The caller was cancelled: by this very call, if it is one of the runs. They end all the same.
   */
  close(): Promise<void> {
    const closed = this.#close()
    return wait<void>((settle) => {
      closed.then(settle.done, settle.fail)
      return () => {}
    }, undefined)
  }

  #close(): Promise<void> {
    this.#closing ??= this.#endAll()
    return this.#closing
  }

  async #endAll(): Promise<void> {
    const running = [...this.#running]
    for (const [program] of running) program.cancel('the runner has been closed')
    await Promise.all(running.map(([, ended]) => ended.promise))
  }

  '~enterAsync'(): this {
    if (this.#closing !== undefined) throw new ClosedError('This Runner has been closed. Make a new one.')
    if (this.#isEntered) throw new StateError('WITHAL_ALREADY_ENTERED', 'This Runner has already been entered.')
    this.#isEntered = true
    return this
  }

  async '~exitAsync'(): Promise<void> {
    await this.#close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
