/**
 * The native form: a manager entered now, held by a handle, and exited when the handle is disposed by `using`. The
 * platform tells a disposer nothing about how the block ended, so leaving it without a word is an abort: exits are told
 * `unknown`, and a transaction rolls back. The word is `complete()` or `fail(error)`.
 */
import { StateError } from '../errors/index.ts'
import type { ContractError } from '../errors/index.ts'
import { watchOpen } from '../observe.ts'
import type { Watch } from '../observe.ts'
import { beginUncovered, enterUncoveredSync, exitAgain, misfitOf, refuseNeedsBody } from './enter-fully.ts'
import { describe } from './describe.ts'
import type { Entered } from './entering.ts'
import { unwindSync } from './exits.ts'
import { isPromised, whenGiven } from './given.ts'
import { answerFor, answerForLater, completed, failed, throwNew, unknown } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import type { ExitAnswer, Managed, ManagedSync, ValueOf, ValueOfSync } from './protocol.ts'
import { callerOf, closedWhileRunning } from './own-frame.ts'
import { SingleEnd } from './single-end.ts'
import type { Conclude } from './single-end.ts'

/** A text that shows as the type error where a manager has no native form. */
export type HasNativeForm<M> = M extends { readonly '~needsBody': true }
  ? 'this manager acts on a body: use within(manager, body)'
  : unknown

/** The part that both kinds of handle share: a value, and the word about how the block ended. */
abstract class HandleBase<T> {
  /** Marks what has been entered already. */
  readonly '~held' = true
  readonly #entered: Entered
  readonly #watch: Watch | undefined
  #word: Outcome = unknown
  readonly #onLeave: (() => void) | undefined
  #taken = false
  #exited = false

  constructor(entered: Entered, watch: Watch | undefined, onLeave?: () => void) {
    this.#entered = entered
    this.#watch = watch
    this.#onLeave = onLeave
    watch?.follow(this)
  }

  /** What entering gave. */
  get value(): T {
    return this.#entered.value as T // the type says what the manager gives
  }

  /** Says that the block has done its work: exits will be told `completed`. Does not exit anything itself. */
  complete(): void {
    this.#say(completed)
  }

  /** Says that the block has failed: exits will be told so. Does not exit and does not throw. */
  fail(error: unknown): void {
    this.#say(failed(error))
  }

  #say(word: Outcome): void {
    if (this.#exited) throw ended()
    this.#word = word
  }

  /** The handle is given to `within` or to a stack, which will exit it; a second time is an error. */
  protected take(): T {
    if (this.#taken || this.#exited) {
      throw new StateError(
        'WITHAL_ALREADY_ENTERED',
        `This handle has already been ${this.#exited ? 'exited' : 'given away'}. A handle is exited once: hold the manager again.`,
      )
    }
    this.#taken = true
    return this.value
  }

  /** What there is to exit, the first time; with the word, where nobody knows better. */
  protected leave(outcome: Outcome): { readonly entered: Entered; readonly told: Outcome } | undefined {
    if (this.#exited) return undefined
    this.#exited = true
    const told = outcome.status === 'unknown' ? this.#word : outcome
    this.#watch?.closed(told.status === 'unknown' && this.#entered.wantsWord())
    return { entered: this.#entered, told }
  }

  /** The generator that is held, while it is being closed, must not wait for that. */
  protected itsOwnCall(): ContractError | undefined {
    const { manager } = this.#entered
    return manager !== undefined && callerOf(manager) !== undefined ? closedWhileRunning(manager) : undefined
  }

  /** Lets the stack forget it. */
  protected forgotten(): void {
    this.#onLeave?.()
  }
}

function ended(): StateError {
  return new StateError('WITHAL_ENDED', 'This handle has been exited; what is said about its block comes too late.')
}

/**
 * Something that has been entered and waits for its exit: `await using handle = await hold(manager)`. It is a manager
 * itself, entered already: `within(handle, body)` and `stack.enter(handle)` give its value and tell it the outcome.
 */
export class Handle<T> extends HandleBase<T> implements AsyncDisposable {
  readonly #end = new SingleEnd()

  '~enterAsync'(): T {
    return this.take()
  }

  '~exitAsync'(outcome: Outcome): Promise<ExitAnswer<true>> {
    return this.#exit(outcome, (told, final) => answerForLater(outcome, told, final))
  }

  /**
   * Exits what is held, once; further calls wait for the same end. Throws what the exit threw; what the block itself
   * threw is thrown by the block.
   */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#exit(unknown, throwNew)
  }

  #exit<R>(outcome: Outcome, conclude: Conclude<R>): Promise<R> {
    const concludeAndForget = (told: Outcome, final: Outcome): R => {
      this.forgotten() // not before: a stack that is closed meanwhile waits for it, too
      return conclude(told, final)
    }
    const left = this.leave(outcome)
    if (left !== undefined) {
      const { entered, told } = left
      return this.#end.begin(told, concludeAndForget, [entered])
    }
    const error = this.#end.isRunning ? this.itsOwnCall() : undefined
    return error === undefined ? this.#end.join(conclude) : Promise.reject(error)
  }
}

/** A handle whose exit needs no waiting: `using handle = holdSync(manager)`. */
export class SyncHandle<T> extends HandleBase<T> implements Disposable {
  '~enter'(): T {
    return this.take()
  }

  '~exit'(outcome: Outcome): ExitAnswer<true> {
    const left = this.leave(outcome)
    if (left === undefined) return undefined
    this.forgotten()
    return answerFor(left.told, unwindSync([left.entered], left.told))
  }

  /** Exits what is held, once; further calls do nothing. */
  [Symbol.dispose](): void {
    const answer = this['~exit'](unknown)
    if (typeof answer === 'object') throw answer.error
  }
}

/**
 * Enters a manager for `await using`; the handle gives its value, and exits it when it is disposed.
 *
 * @throws UsageError  Not a manager; or one that acts on a body (`suppress`, `timeout`), which has no native form.
 * @throws Cancelled   The surrounding scope was cancelled while the manager was being entered; it has been exited again.
 * @example
 * const events: string[] = []
 * const logged = contextManager(async function* (name: string) {
 *   yield name
 *   events.push('committed')
 * })
 * {
 *   await using handle = await hold(logged('tx'))
 *   events.push(handle.value)
 *   handle.complete()
 * }
 * events // => ['tx', 'committed']
 */
export async function hold<M extends Managed>(manager: M & HasNativeForm<M>): Promise<Handle<ValueOf<M>>> {
  const watch = watchOpen(() => `a handle of ${describe(manager)}`, hold) // before waiting: the stack names the caller
  const given: unknown = isPromised(manager) ? await whenGiven(manager) : manager
  refuseNeedsBody(given)
  const entered = beginUncovered(given, '`hold`')
  if (entered.pending !== undefined) entered.value = await entered.pending
  const misfit = misfitOf(entered, given)
  if (misfit !== undefined) throw await exitAgain(entered, misfit)
  return new Handle(entered, watch)
}

/**
 * Enters a manager for `using`, without waiting; the handle gives its value, and exits it when it is disposed.
 *
 * @throws UsageError  Not a synchronous manager; or one that acts on a body, which has no native form.
 * @example
 * using handle = holdSync(nullContext('value'))
 * handle.value // => 'value'
 */
export function holdSync<M extends ManagedSync>(manager: M & HasNativeForm<M>): SyncHandle<ValueOfSync<M>> {
  refuseNeedsBody(manager)
  const entered = enterUncoveredSync(manager, '`holdSync`')
  return new SyncHandle(
    entered,
    watchOpen(() => `a handle of ${describe(manager)}`, holdSync),
  )
}
