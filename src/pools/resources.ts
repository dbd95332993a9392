/** The resources of a pool: made, checked and destroyed, each step in the pool's own context and within its limit. */
import type { Outcome } from '../contexts/index.ts'
import { describe } from '../contexts/describe.ts'
import { ExitTimeoutError, reportLateError, TimeoutError } from '../errors/index.ts'
import type { ScopeNode } from '../scope.ts'
import { isThenable } from '../contexts/exits.ts'
import type { Owner } from '../tasks/owner.ts'
import { Entry } from './entry.ts'
import type { PoolEvent, PoolStep } from './events.ts'
import { Histogram } from './histogram.ts'
import { inBackground } from './in-background.ts'
import type { Settings } from './settings.ts'

/** Makes a resource. */
export type Create<T> = (signal: AbortSignal) => T | PromiseLike<T>

/** Is told how a making has ended. */
export interface Maker<T> {
  made(entry: Entry<T>): void
  notMade(error: unknown): void
}

/** A failure that is no borrower's business. */
export interface PoolFailure {
  readonly during: PoolStep
  readonly error: unknown
}

/** All resources of a pool that there are, whatever they are doing. */
export class Resources<T> {
  /** In whose context everything is done; the pool's, until it is entered elsewhere. */
  owner: Owner
  readonly entries: Set<Entry<T>> = new Set()
  readonly makingTime: Histogram = new Histogram()
  created = 0
  destroyed = 0
  /** Those whose closing never ended. */
  leftBehind = 0
  failures = 0
  lastFailure: PoolFailure | undefined
  /** What failed in destroying since the pool began to close; before, that is told and counted only. */
  closingErrors: unknown[] | undefined
  readonly #settings: Settings<T>
  readonly #create: Create<T>
  readonly #making = new Set<ScopeNode>()

  constructor(create: Create<T>, settings: Settings<T>, owner: Owner) {
    this.#create = create
    this.#settings = settings
    this.owner = owner
  }

  /** How many are being made. */
  get making(): number {
    return this.#making.size
  }

  /** How many there are, those counted that are being made. */
  get alive(): number {
    return this.entries.size + this.#making.size
  }

  get now(): number {
    return this.owner.clock.now()
  }

  /**
   * Makes one; it counts as being made until the maker is told how that ended. What is made too late is destroyed again. Never fails.
   */
  async make(maker: Maker<T>): Promise<void> {
    const scope = this.owner.scope()
    const begun = this.now
    this.#making.add(scope)
    let resource: T
    try {
      const making = this.#begin(scope)
      resource = making instanceof Promise ? await making : making
    } catch (error) {
      this.#making.delete(scope)
      this.failed('create', error)
      return maker.notMade(error)
    }
    this.#making.delete(scope)
    maker.made(this.#added(resource, begun))
  }

  #begin(scope: ScopeNode): T | Promise<T> {
    const { createTimeout: limit, name } = this.#settings
    const create = this.#create
    return this.owner.limited<T>(
      {
        limit,
        begin: () => (create.length > 0 ? create(scope.signal) : (create as () => T | PromiseLike<T>)()),
        timeoutError: () => new TimeoutError(`${name}: making a resource took longer than ${limit} ms.`, limit),
        late: (ending) => {
          if ('value' in ending) inBackground(this.#destroyResource(ending.value, 'it was made too late'))
        },
      },
      scope,
    )
  }

  /** Aborts all that is being made. */
  abortMaking(reason: string): void {
    for (const scope of this.#making) scope.cancel(reason, 'shutdown')
  }

  /** Whether a resource can be lent: it is set up, and validated if it has not been used for long. */
  async prepare(entry: Entry<T>, validate: boolean): Promise<boolean> {
    const { validate: isValid, setup } = this.#settings
    if (validate && isValid !== undefined) {
      const answer = await this.#step('validate', isValid.length > 1, (signal) => isValid(entry.resource, signal))
      if (!answer) return false
      entry.checkedAt = this.now
    }
    if (setup === undefined) return true
    return await this.#step('setup', setup.length > 1, (signal) => {
      const answer = setup(entry.resource, signal)
      return isThenable(answer) ? answer.then(() => undefined) : undefined
    })
  }

  /** Makes a resource clean. Gives whether it can be lent again, at once if it can. */
  clean(entry: Entry<T>, outcome: Outcome): boolean | Promise<boolean> {
    const { reset } = this.#settings
    if (reset === undefined) return true
    return this.#step('reset', reset.length > 2, (signal) => reset(entry.resource, outcome, signal))
  }

  /** Destroys one, once, and forgets it when that has ended or is left behind. Never fails. */
  destroy(entry: Entry<T>, why: string): Promise<void> {
    entry.destroying ??= this.#destroy(entry, why)
    return entry.destroying
  }

  async #destroy(entry: Entry<T>, why: string): Promise<void> {
    entry.retired ??= why
    await this.#destroyResource(entry.resource, entry.retired)
    this.entries.delete(entry)
  }

  /** Tells whoever wants to know. What it throws is a late error: the accounts of the pool go on. */
  tell(event: PoolEvent): void {
    const { onEvent, name } = this.#settings
    try {
      onEvent?.(event)
    } catch (error) {
      reportLateError(error, { source: 'pool', name })
    }
  }

  failed(during: PoolStep, error: unknown): void {
    this.failures++
    this.lastFailure = { during, error }
    this.tell({ type: 'failed', pool: this.#settings.name, during, error })
  }

  #added(resource: T, begun: number): Entry<T> {
    const { maxLifetime, name } = this.#settings
    const now = this.now
    const entry = new Entry(resource, now, now + maxLifetime * (1 - Math.random() / 10))
    this.entries.add(entry)
    this.created++
    this.makingTime.add(now - begun)
    this.tell({ type: 'created', pool: name, took: now - begun })
    return entry
  }

  /** A step that may refuse the resource by `false`, by throwing and by taking too long. */
  #step(during: PoolStep, wantsSignal: boolean, work: (signal: AbortSignal) => unknown): boolean | Promise<boolean> {
    const { validateTimeout: limit, name } = this.#settings
    const refused = (error: unknown): false => {
      this.failed(during, error)
      return false
    }
    try {
      const answer = this.owner.limited<unknown>({
        limit,
        begin: (scope) => work(wantsSignal ? scope.signal : (undefined as never)), // then it takes none
        timeoutError: () => new TimeoutError(`${name}: \`${during}\` took longer than ${limit} ms.`, limit),
        late: (ending) => {
          if ('error' in ending) this.failed(during, ending.error)
        },
      })
      return answer instanceof Promise ? answer.then((given) => given !== false, refused) : answer !== false
    } catch (error) {
      return refused(error)
    }
  }

  async #destroyResource(resource: T, why: string): Promise<void> {
    const { destroy, destroyTimeout: limit, name } = this.#settings
    let leftBehind = false
    try {
      await this.owner.limited<unknown>({
        limit,
        begin: () => destroy?.(resource),
        timeoutError: () => {
          leftBehind = true
          const text = `${name}: destroying ${describe(resource)} took longer than ${limit} ms; it was left behind.`
          return new ExitTimeoutError(text, limit)
        },
        late: (ending) => {
          if ('error' in ending) this.failed('destroy', ending.error)
        },
      })
    } catch (error) {
      this.failed('destroy', error)
      this.closingErrors?.push(error)
    }
    this.destroyed++
    if (leftBehind) this.leftBehind++
    this.tell({ type: 'destroyed', pool: name, why, leftBehind })
  }
}
