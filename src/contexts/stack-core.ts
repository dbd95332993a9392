/** What the two exit stacks share: the list of exits, the state, the word, and the registrations that need no waiting. */
import { isWatching } from '../channels.ts'
import { ClosedError, MisnestingError, UsageError } from '../errors/index.ts'
import { watchOpen } from '../observe.ts'
import type { Watch } from '../observe.ts'
import { describe } from './describe.ts'
import { exitOf } from './entering.ts'
import { ExitList } from './exit-list.ts'
import type { Exit } from './exits.ts'
import { completed, unknown } from './outcome.ts'
import type { Outcome } from './outcome.ts'

/** The inside of a stack. */
export class StackCore {
  readonly name: string
  list: ExitList = new ExitList()
  state: 'open' | 'closing' | 'closed' = 'open'
  /** How the block ended, where nobody knows better. */
  word: Outcome = unknown
  #watch: Watch | undefined

  constructor(name: string) {
    this.name = name
  }

  /** Refuses what may still be done while unwinding (rule D-13), but not afterwards. */
  refuseClosed(what: string): void {
    if (this.state === 'closed') throw this.closedError(what)
  }

  /** Refuses what may be done with an open stack only. */
  refuseUnlessOpen(what: string): void {
    if (this.state !== 'open') throw this.closedError(what)
  }

  closedError(what: string): ClosedError {
    const closed = this.state === 'closed' ? 'has been closed' : 'is being closed'
    return new ClosedError(
      `\`${what}\` was called on an ${this.name} that ${closed}. Register while it is open, or make a new one.`,
    )
  }

  /** Diagnostics watch the stack from its first registration on: an empty one may be forgotten. */
  watch(stack: object, caller: (...args: never[]) => unknown): void {
    if (this.#watch !== undefined || !isWatching()) return
    this.#watch = watchOpen(() => `an ${this.name}`, caller)
    this.#watch?.follow(stack)
  }

  /** Begins to close; gives what the exits are told. */
  close(outcome: Outcome): Outcome {
    this.state = 'closing'
    const told = outcome.status === 'unknown' ? this.word : outcome
    this.#watch?.closed(told.status === 'unknown' && this.list.wantsWord())
    return told
  }

  /** Everything goes to another stack: this one is not to be reported as never closed. */
  handOver(): ExitList {
    if (this.list.isFixed()) {
      throw new MisnestingError(
        `This ${this.name} has a scope or a task group on it, which belongs to the block it was entered in. It cannot be moved.`,
      )
    }
    this.#watch?.closed(false)
    this.#watch = undefined
    const { list } = this // the same object, since handles on it know it
    this.list = new ExitList()
    return list
  }

  complete(): void {
    this.refuseClosed('complete')
    this.word = completed
  }

  push(given: unknown, sync: boolean): void {
    this.refuseClosed('push')
    this.list.push(exitFunction(given) ?? exitOf(given, sync) ?? notPushable(given, this.name))
  }

  adopt(value: unknown, dispose: unknown, mayWait: boolean): void {
    this.refuseClosed('adopt')
    this.list.push(new CallbackExit(callable(dispose, 'adopt', this.name), [value], mayWait))
  }

  defer(dispose: unknown, args: readonly unknown[], mayWait: boolean): void {
    this.refuseClosed('defer')
    const callback = callable(dispose, 'defer', this.name)
    this.list.push(args.length === 0 ? callback : new CallbackExit(callback, args, mayWait))
  }
}

class CallbackExit implements Exit {
  readonly told = false
  readonly mayWait: boolean
  readonly #callback: Callback
  readonly #args: readonly unknown[]
  constructor(callback: Callback, args: readonly unknown[], mayWait: boolean) {
    this.#callback = callback
    this.#args = args
    this.mayWait = mayWait
  }
  run(): unknown {
    const callback = this.#callback
    return callback(...this.#args)
  }
}

function exitFunction(given: unknown): Exit | undefined {
  if (typeof given !== 'function') return undefined
  return {
    told: true,
    mayWait: true,
    wantsWord: () => given.length > 0,
    run: (outcome) => (given as Callback)(outcome),
  }
}

type Callback = (...args: unknown[]) => unknown

function callable(given: unknown, method: string, stack: string): Callback {
  if (typeof given === 'function') return given as Callback
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `\`${method}\` of an ${stack} got ${describe(given)} where a function belongs. Give the function that is to be called at the end.`,
  )
}

function notPushable(given: unknown, stack: string): never {
  throw new UsageError(
    'WITHAL_NOT_A_MANAGER',
    `\`push\` of an ${stack} got ${describe(given)}. Give a function of the outcome, or something entered that has an exit.`,
  )
}
