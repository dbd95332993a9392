/**
 * The public cancel scope: what can be cancelled, by whom, until when, and which cancellations end at its edge.
 */
import { isWatching, scopeChannel } from '../channels.ts'
import { checkDuration, clockIn, currentClock } from '../clock.ts'
import { replace } from '../contexts/index.ts'
import type { ContextManager, ExitAnswer, ManagerExtras, Outcome } from '../contexts/index.ts'
import { isCancelled, MisnestingError, reportLateError, StateError, UsageError } from '../errors/index.ts'
import type { Cancelled } from '../errors/index.ts'
import { currentFrame, runInFrameIfPossible, scopeOf } from '../frame.ts'
import type { Frame } from '../frame.ts'
import { placeOf } from '../observe.ts'
import { ScopeNode } from '../scope.ts'
import { takeOwn } from './absorb.ts'
import { Expiry, Grace } from './expiry.ts'
import { placesOf } from './group-watch.ts'
import { makeLimitsCancel } from './limits-cancel.ts'
import { tellScope } from './observed.ts'
import { rememberPlace } from './opened-at.ts'
import { checkSignal } from './waiting.ts'

makeLimitsCancel()

/** What a {@link CancelScope} takes. */
export interface CancelScopeOptions {
  /** A signal of somebody else: when it aborts, the scope is cancelled, and its reason is thrown at the scope's edge. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds from entering until the scope expires. Zero or less: at once; `Infinity`, the default: never. */
  readonly timeout?: number | undefined
  /** The time at which it expires, as `now()` has it; in the past: at once. Default: `Infinity`. */
  readonly deadline?: number | undefined
  /** Whether cancellation from outside stops at it. Default: false. */
  readonly shield?: boolean | undefined
  /** Stands in messages. */
  readonly name?: string | undefined
}

/**
 * A part of the program that can be cancelled. Entered by `within`, it is ambient: every wait of the library in its body,
 * and in what the body starts, ends with `Cancelled` once the scope is cancelled, now and later; `signal` says the same to
 * everybody else. At its edge it takes its own cancellation out of the failure again, and the result is `undefined`; other
 * errors pass. Of several cancelled scopes the outermost takes it.
 *
 * Held by `hold` or put on a stack it is a source of an explicit signal: it covers nothing and absorbs nothing. In browsers,
 * where nothing is ambient, it absorbs what has its signal, and waits look at nothing but the `signal` they are given.
 *
 * @throws UsageError  From the constructor: an option that makes no sense.
 * @throws StateError  It is entered twice.
 * @example
 * const scope = new CancelScope()
 * await within(scope, async () => {
 *   scope.cancel('enough')
 *   await sleep(60_000)
 * }) // => undefined
 * scope.caught // => true
 */
export class CancelScope implements ContextManager<CancelScope, true>, ManagerExtras {
  readonly name: string | undefined
  readonly #options: CancelScopeOptions
  #state: 'new' | 'open' | 'ended' = 'new'
  #node: ScopeNode | undefined
  #frame: Frame | undefined
  #early: { readonly reason: unknown } | undefined
  #shield: boolean
  #caught = false
  #expiry: Expiry | undefined
  #grace: Grace | undefined
  #unlink: (() => void) | undefined

  constructor(options: CancelScopeOptions = {}) {
    if (options.timeout !== undefined) checkDuration(options.timeout, 'timeout')
    if (options.deadline !== undefined) checkDuration(options.deadline, 'deadline')
    if (options.signal !== undefined) checkSignal(options.signal)
    if (options.timeout !== undefined && options.deadline !== undefined) {
      throw new UsageError('WITHAL_INVALID_ARGUMENT', 'A scope got both `timeout` and `deadline`. Give one of them.')
    }
    this.#options = options
    this.#shield = options.shield ?? false
    this.name = options.name
  }

  /** Aborts when the scope is cancelled, or a scope around it. */
  get signal(): AbortSignal {
    return this.#entered('signal').signal
  }

  /** Whether it has been cancelled, by itself or from outside. */
  get cancelled(): boolean {
    return this.#early !== undefined || this.#node?.cancelled !== undefined
  }

  /** Whether a cancellation has ended at its edge. */
  get caught(): boolean {
    return this.#caught
  }

  /** Whether its deadline has passed while it was open. */
  get expired(): boolean {
    return this.#expiry?.passed ?? false
  }

  /** Whether cancellation from outside stops here. Can be switched; what has happened outside is then met at once. */
  get shield(): boolean {
    return this.#shield
  }

  set shield(shield: boolean) {
    this.#shield = shield
    if (this.#node !== undefined) this.#node.shield = shield
  }

  /**
   * When it expires, as `now()` has it; `Infinity` for never. Can be moved while it is open; moved into the past it expires
   * on the next turn.
   *
   * @throws StateError  When set: it is not open, or has expired or been cancelled already.
   */
  get deadline(): number {
    return this.#node?.deadline ?? this.#options.deadline ?? Infinity
  }

  set deadline(deadline: number) {
    checkDuration(deadline, 'deadline')
    if (this.#state !== 'open' || this.#node?.own !== undefined) throw notMovable(this.#stateInWords())
    this.#expiry ??= new Expiry(this.#node!, currentClock()) // open, so there is a node
    this.#expiry.move(deadline)
  }

  /** Cancels it, and all in it that is not shielded, at once. The first reason stays. Before entering: from the start. */
  cancel(reason?: unknown): void {
    if (this.#node !== undefined) this.#node.cancel(reason)
    else this.#early ??= { reason }
  }

  /**
   * Asks all in it, up to shields, to come to an end by itself: `stopping` turns true here and in scopes inside, and
   * `stopSignal` aborts. What has not ended after the time of grace is cancelled. It can be asked again, for less time.
   *
   * @param grace  Milliseconds. Zero or less: it is cancelled on the next turn. `Infinity`: it is never cancelled.
   * @throws StateError  It has not been entered.
   * @example
   * const scope = new CancelScope()
   * await within(scope, async () => {
   *   scope.softCancel(5_000)
   *   while (!currentScope().stopping) await sleep(60_000)
   *   return 'ended by itself'
   * }) // => 'ended by itself'
   */
  softCancel(grace: number, reason?: unknown): void {
    checkDuration(grace, 'grace')
    const node = this.#entered('work to be stopped')
    if (node.ended) return
    const clock = currentClock()
    this.#grace ??= new Grace(node, clock, reason)
    this.#grace.end(clock.now() + grace)
    node.stop()
  }

  /** Whether it, or a scope around it, has been asked to come to an end, or is cancelled. */
  get stopping(): boolean {
    return this.cancelled || this.#node?.stopping === true
  }

  /** Aborts when it is asked to come to an end: for what waits for new work, not for work under way. */
  get stopSignal(): AbortSignal {
    return this.#entered('stopSignal').stopSignal
  }

  '~enter'(): this {
    if (this.#state !== 'new') throw enteredTwice(this.#state)
    this.#state = 'open'
    const { signal, timeout, deadline } = this.#options
    const frame = currentFrame()
    const node = new ScopeNode(scopeOf(frame), this.#shield, true)
    this.#node = node
    this.#frame = { scope: node, task: frame?.task, bindings: frame?.bindings }
    if (this.#early !== undefined) node.cancel(this.#early.reason)
    if (signal !== undefined) this.#unlink = link(signal, node)
    if (timeout !== undefined || deadline !== undefined) {
      const clock = clockIn(frame)
      const now = clock.now()
      this.#expiry = new Expiry(node, clock)
      this.#expiry.start(deadline ?? now + timeout!, now) // one of the two is there
    }
    if (isWatching()) rememberPlace(node, placeOf(this['~enter']))
    if (scopeChannel.hasSubscribers) tellScope(node, 'scope', this.name)
    return this
  }

  '~around'<R>(body: () => R): R {
    return runInFrameIfPossible(this.#frame!, body) // called after entering
  }

  '~exit'(outcome: Outcome): ExitAnswer<true> {
    const node = this.#entered('exit')
    const edge = outcome.status === 'failed' ? takeOwn(node, outcome.error) : undefined
    this.#leave(node)
    if (edge?.kept === undefined) return undefined
    this.#caught = true
    return edge.dropped === undefined ? this.absorb(ownOf(node, edge.kept.error)) : replace(edge.dropped.error)
  }

  /** What holders that run no body enter in its place: it covers nothing and absorbs nothing. */
  '~native'(): ContextManager<CancelScope> & ManagerExtras {
    return { '~fixed': true, '~enter': () => this['~enter'](), '~exit': () => this.#leave(this.#entered('exit')) }
  }

  /** Milliseconds from entering, if it was given so many. */
  protected get timeout(): number | undefined {
    return this.#options.timeout
  }

  /** What comes of a cancellation that has ended at the edge. A foreign signal's reason belongs to whoever gave the signal. */
  protected absorb(cancelled: Cancelled): ExitAnswer<true> {
    return cancelled.source === 'signal' ? replace(cancelled.reason) : true
  }

  #leave(node: ScopeNode): void {
    this.#state = 'ended'
    this.#expiry?.stop()
    this.#grace?.stop()
    this.#unlink?.()
    if (node.hasOpenChildren) reportMisnesting(this.name, node)
    node.end()
  }

  #entered(what: string): ScopeNode {
    if (this.#node !== undefined) return this.#node
    throw new StateError(
      'WITHAL_NOT_ENTERED',
      `This scope has not been entered, so it has no ${what} yet. Enter it by \`within(scope, body)\`.`,
    )
  }

  #stateInWords(): string {
    if (this.#state !== 'open') return this.#state === 'new' ? 'has not been entered' : 'has ended'
    return this.expired ? 'has expired' : 'has been cancelled'
  }

  get [Symbol.toStringTag](): string {
    const { name, deadline } = this
    const words: string[] = [this.#state]
    if (this.cancelled) words.push(this.expired ? 'expired' : 'cancelled')
    else if (this.stopping) words.push('stopping')
    if (deadline !== Infinity) words.push(`deadline ${Math.round(deadline)}`)
    if (this.#shield) words.push('shield')
    return `CancelScope ${name === undefined ? '' : `"${name}" `}(${words.join(', ')})`
  }
}

/** Node's `util.inspect` and `console.log` ask for it by this symbol. It is no member, which would have to be typed. */
Object.defineProperty(CancelScope.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: CancelScope): string {
    return this[Symbol.toStringTag]
  },
})

/** The cancellation of a scope, as it was met: with diagnostics on, each wait has thrown one of its own. */
function ownOf(node: ScopeNode, met: unknown): Cancelled {
  return isCancelled(met) && met.scope === node ? met : node.own! // it has taken its own, so there is one
}

/** One listener on each foreign signal; many, or `AbortSignal.any`, would be slow and could lose aborts (fact JF-14). */
function link(signal: AbortSignal, node: ScopeNode): (() => void) | undefined {
  const abort = (): void => node.cancel(signal.reason, 'signal')
  if (signal.aborted) {
    abort()
    return undefined
  }
  signal.addEventListener('abort', abort)
  return () => signal.removeEventListener('abort', abort)
}

function reportMisnesting(name: string | undefined, { children }: ScopeNode): void {
  const error = new MisnestingError(
    `The scope${name === undefined ? '' : ` "${name}"`} was left before one that was opened in it, which has been cancelled. Leave scopes in reverse order.${placesOf(children)}`,
  )
  reportLateError(error, { source: 'CancelScope', name })
}

function enteredTwice(state: string): StateError {
  return new StateError(
    'WITHAL_ALREADY_ENTERED',
    `This scope is ${state}: it can be entered once. Make a new one for each block.`,
  )
}

function notMovable(state: string): StateError {
  return new StateError(
    'WITHAL_ENDED',
    `The deadline of a scope that ${state} cannot be moved. Move it while the scope is open.`,
  )
}
