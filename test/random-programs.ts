/**
 * Random programs of groups, scopes, shields, tasks and managers, and a small interpreter that runs them on a test clock and notes
 * what goes wrong.
 */
import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import {
  CancelScope,
  gather,
  isCancelled,
  moveOnAfter,
  onLateError,
  othersOf,
  shield,
  sleep,
  TaskCancelledError,
  TaskGroup,
  timeout,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
import { currentFrame, scopeOf } from '../src/frame.ts'

/** A program, or a part of one. `to` picks one of the groups or scopes around, the innermost first. */
export type Program =
  | { readonly does: 'sleep'; readonly for: number }
  | { readonly does: 'fail' }
  | { readonly does: 'cancel'; readonly to: number }
  | { readonly does: 'all'; readonly parts: readonly Program[] }
  | { readonly does: 'group'; readonly options: GroupOptions; readonly body: Program }
  | { readonly does: 'scope'; readonly kind: 'plain' | 'linked' | 'shielded'; readonly body: Program }
  | { readonly does: 'moveOnAfter' | 'timeout'; readonly for: number; readonly body: Program }
  | { readonly does: 'shield' | 'handle'; readonly body: Program }
  | {
      readonly does: 'spawn'
      readonly to: number
      readonly options: { background: boolean; eager: boolean }
      readonly body: Program
    }
  | { readonly does: 'start'; readonly to: number; readonly before: Program; readonly body: Program }
  | { readonly does: 'gather'; readonly parts: readonly Program[] }
  | { readonly does: 'manager'; readonly for: number; readonly fails: Fails; readonly body: Program }

type GroupOptions = { background: boolean; supervise: boolean; errors: 'group' | 'first'; limit: number }
type Fails = 'never' | 'entering' | 'exiting' | 'both'

const does = <const D extends Program['does']>(name: D): fc.Arbitrary<D> => fc.constant(name)
const duration = fc.integer({ min: 0, max: 4 })
const to = fc.nat(3)
const rarely = fc.nat(4).map((drawn) => drawn === 0)

export const { program } = fc.letrec<{ program: Program }>((part) => {
  const body = part('program')
  const parts = fc.array(body, { minLength: 1, maxLength: 4 })
  const options = fc.record({
    background: rarely,
    supervise: rarely,
    errors: fc.constantFrom('group' as const, 'first' as const),
    limit: fc.constantFrom(Infinity, Infinity, 1, 2),
  })
  return {
    program: fc.oneof(
      { maxDepth: 7, depthSize: 'max' },
      fc.oneof(
        { weight: 5, arbitrary: fc.record({ does: does('sleep'), for: duration }) },
        fc.record({ does: does('fail') }),
        fc.record({ does: does('cancel'), to }),
      ),
      { weight: 3, arbitrary: fc.record({ does: does('all'), parts }) },
      { weight: 3, arbitrary: fc.record({ does: does('group'), options, body }) },
      {
        weight: 3,
        arbitrary: fc.record({
          does: does('spawn'),
          to,
          options: fc.record({ background: rarely, eager: rarely }),
          body,
        }),
      },
      fc.record({ does: does('start'), to, before: body, body }),
      fc.record({ does: does('scope'), kind: fc.constantFrom('plain', 'linked', 'shielded'), body }),
      fc.record({ does: fc.constantFrom('moveOnAfter', 'timeout'), for: duration, body }),
      fc.record({ does: fc.constantFrom('shield', 'handle'), body }),
      fc.record({ does: does('gather'), parts }),
      fc.record({
        does: does('manager'),
        for: duration,
        fails: fc.constantFrom('never', 'never', 'never', 'entering', 'exiting', 'both'),
        body,
      }),
    ),
  }
})

/** What a part of a program can refer to, the innermost first. */
interface Around {
  readonly groups: readonly TaskGroup[]
  readonly cancellable: readonly { cancel(): void }[]
}

/** One run of a program, and what went wrong in it. */
export class Run {
  readonly faults: string[] = []
  readonly longLived = new AbortController()
  /** Every error that was thrown, and how often it has come out. */
  readonly thrown = new Map<unknown, number>()
  readonly #limited = new Set<TaskGroup>()
  readonly #alive = new Map<TaskGroup, number>()
  #entered = 0
  #count = 0

  async run(drawn: Program): Promise<void> {
    const time = new TestClock({ autoAdvance: true })
    const remove = onLateError((error) => (this.#cameOut(error), 'handled'))
    try {
      await within(time, () => this.#do(drawn, { groups: [], cancellable: [] }))
    } catch (error) {
      this.#cameOut(error)
    }
    if (time.timers > 1) this.faults.push('timers are left') // deadlines share one, which may stay for a while
    await time.advance(5)
    remove()
    for (const [error, times] of this.thrown)
      if (times !== 1) this.faults.push(`${String(error)} came out ${times} times`)
    if (this.#entered !== 0) this.faults.push(`${this.#entered} managers were not exited`)
    if (time.timers !== 0) this.faults.push(`${time.timers} timers are left`)
    if (getEventListeners(this.longLived.signal, 'abort').length > 0) this.faults.push('a listener is left')
  }

  async #do(part: Program, around: Around): Promise<void> {
    switch (part.does) {
      case 'sleep':
        return await sleep(part.for)
      case 'fail':
        throw this.#failure('fail')
      case 'cancel':
        return pick(around.cancellable, part.to)?.cancel()
      case 'all':
        for (const each of part.parts) await this.#do(each, around)
        return
      case 'group':
        return await this.#group(part.options, part.body, around)
      case 'scope': {
        const scope = new CancelScope({
          signal: part.kind === 'linked' ? this.longLived.signal : undefined,
          shield: part.kind === 'shielded',
        })
        return await within(scope, () => this.#do(part.body, inside(around, scope)))
      }
      case 'moveOnAfter':
        return await within(moveOnAfter(part.for), (scope) => this.#do(part.body, inside(around, scope)))
      case 'timeout':
        return await this.#made(within(timeout(part.for), () => this.#do(part.body, around)))
      case 'shield':
        return await shield(() => this.#do(part.body, around))
      case 'handle':
        return await this.#handle(part.body, around)
      case 'spawn': {
        const group = pick(around.groups, part.to)
        group?.spawn(() => this.#task(group, part.body, around), part.options)
        return
      }
      case 'start':
        return await this.#start(part, around)
      case 'gather':
        return await this.#made(gather(part.parts.map((each) => () => this.#do(each, around))))
      case 'manager':
        return await within(this.#manager(part.for, part.fails), () => this.#do(part.body, around))
    }
  }

  async #group(options: GroupOptions, body: Program, around: Around): Promise<void> {
    const group = new TaskGroup(options)
    if (options.limit < Infinity) this.#limited.add(group)
    const groups = [group, ...around.groups]
    const cancellable = [group, ...around.cancellable]
    try {
      await this.#made(within(group, () => this.#do(body, { groups, cancellable })))
    } finally {
      if ((this.#alive.get(group) ?? 0) > 0) this.faults.push('a task outlives its group')
    }
  }

  async #task(group: TaskGroup, body: Program, around: Around): Promise<void> {
    this.#alive.set(group, (this.#alive.get(group) ?? 0) + 1)
    try {
      await this.#do(body, seenFrom(group, around))
    } finally {
      this.#alive.set(group, this.#alive.get(group)! - 1) // set above
    }
  }

  async #start(part: Program & { does: 'start' }, around: Around): Promise<void> {
    const group = pick(around.groups, part.to)
    if (group === undefined || this.#limited.has(group)) return // a child would wait for the place that it has itself
    const starting = group.start(async (started: () => void) => {
      await this.#task(group, part.before, around)
      started()
      await this.#task(group, part.body, around)
    })
    await this.#made(starting)
  }

  /** An error that is no cancellation is dealt with here; the rest goes on. */
  async #handle(body: Program, around: Around): Promise<void> {
    try {
      await this.#do(body, around)
    } catch (error) {
      if (partsOf(error).some(isCancelled)) throw error
      this.#cameOut(error)
    }
  }

  /** What the library itself throws here has to come out, too. */
  async #made(work: Promise<unknown>): Promise<void> {
    try {
      await work
    } catch (error) {
      for (const part of partsOf(error)) {
        const isOurs =
          !isCancelled(part) && (part as Error).name !== 'SuppressedError' && !(part instanceof AggregateError)
        if (isOurs && !isOwnCancellation(part) && !this.thrown.has(part)) this.thrown.set(part, 0)
      }
      throw error
    }
  }

  #manager(takes: number, fails: Fails) {
    return {
      '~enterAsync': async (): Promise<void> => {
        await sleep(takes)
        if (fails === 'entering' || fails === 'both') throw this.#failure('enter')
        this.#entered++
      },
      '~exitAsync': async (): Promise<void> => {
        this.#entered--
        await sleep(takes)
        if (fails === 'exiting' || fails === 'both') throw this.#failure('exit')
      },
    }
  }

  #failure(what: string): Error {
    const error = new Error(`${what} ${++this.#count}`)
    this.thrown.set(error, 0)
    return error
  }

  #cameOut(error: unknown): void {
    for (const part of partsOf(error)) {
      if (isCancelled(part)) this.faults.push(`a cancellation came out: ${String((part as Error).stack)}`)
      const times = this.thrown.get(part)
      if (times !== undefined) this.thrown.set(part, times + 1)
    }
  }
}

/** Who waits for a task that was stopped by a cancellation of a scope around himself has met that (rule I): it need not come out. */
function isOwnCancellation(error: unknown): boolean {
  let cause = error
  while (cause instanceof TaskCancelledError) cause = cause.cause
  if (cause === error || !isCancelled(cause)) return false
  for (let scope = scopeOf(currentFrame()); scope !== undefined; scope = scope.parent)
    if (scope === cause.scope) return true
  return false
}

function pick<T>(all: readonly T[], number: number): T | undefined {
  return all.length === 0 ? undefined : all[number % all.length]
}

function inside(around: Around, scope: { cancel(): void }): Around {
  return { ...around, cancellable: [scope, ...around.cancellable] }
}

/** A task can refer to what is around its group: what is inside may have ended. */
function seenFrom(group: TaskGroup, { groups, cancellable }: Around): Around {
  return {
    groups: groups.slice(groups.indexOf(group)),
    cancellable: cancellable.slice(cancellable.indexOf(group)),
  }
}

/** An error and all that can be reached from it, as often as it can. A cancellation's reason is not a part of it. */
function partsOf(error: unknown): unknown[] {
  if (typeof error !== 'object' || error === null || isCancelled(error)) return [error]
  const { errors = [], cause } = error as Partial<AggregateError>
  const pair = error as Partial<SuppressedError>
  const both = pair.name === 'SuppressedError' ? [pair.error, pair.suppressed] : []
  const causes = cause === undefined || isCancelled(cause) ? [] : [cause]
  return [error, ...[...errors, ...both, ...causes, ...othersOf(error)].flatMap(partsOf)]
}
