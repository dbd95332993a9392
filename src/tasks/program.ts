/**
 * A program: a main function in a root scope, with a root group for what it starts. It ends when the function and all of
 * that have ended. `run` is one by itself, `runMain` one that is tied to the process.
 */
import { isWatching } from '../channels.ts'
import { currentClock, systemClock } from '../clock.ts'
import { within } from '../contexts/index.ts'
import { filterLeaves, isCancelled, leaves, MisnestingError, reportLateError } from '../errors/index.ts'
import type { CancelSource, Found, QuitError } from '../errors/index.ts'
import { currentFrame, runInFrameIfPossible, scopeOf } from '../frame.ts'
import type { Frame } from '../frame.ts'
import type { ScopeNode } from '../scope.ts'
import { realPart } from './absorb.ts'
import { watchLoop } from './blocked-loop.ts'
import { placesOf, tellLeftWaits } from './group-watch.ts'
import type { MainFunction } from './main-function.ts'
import { RootScope } from './running-program.ts'
import type { Quittable } from './running-program.ts'
import { runningTasks } from './still-running.ts'
import { TaskGroup } from './task-group.ts'
import type { Task } from './task.ts'

/** How it ends when it takes too long. */
export interface ProgramLimits {
  /** Milliseconds from when it begins to end. */
  readonly grace: number
  /** Called when they have passed. */
  readonly overrun: () => void
}

/** The most tasks that a message names. */
const mostNamed = 20

export class Program<T> implements Quittable {
  readonly root: ScopeNode
  /** How the main function has ended. */
  main: 'running' | 'failed' | { readonly value: T } = 'running'
  /** What has failed, in the order in which it did. */
  readonly errors: Set<unknown> = new Set()
  /** Somebody has asked it to end. */
  asked: QuitError | undefined
  readonly #fn: MainFunction<T>
  readonly #limits: ProgramLimits
  readonly #clock = currentClock()
  readonly #frame: Frame
  readonly #group: TaskGroup
  readonly #over = Promise.withResolvers<void>()
  #isEnding = false
  #isOver = false
  #stopGrace: (() => void) | undefined
  #stopWatching: (() => void) | undefined
  /** The group's scope, in which the main function runs; nowhere where nothing is ambient. */
  #host: ScopeNode | undefined

  constructor(fn: MainFunction<T>, limits: ProgramLimits) {
    this.#fn = fn
    this.#limits = limits
    const frame = currentFrame()
    this.root = new RootScope(scopeOf(frame), this)
    this.#frame = { scope: this.root, task: frame?.task, bindings: frame?.bindings }
    const onError = (error: unknown, task: Task<unknown>): void => this.#childFailed(error, task)
    this.#group = new TaskGroup({ name: 'program', supervise: true, onError, errors: 'first' })
  }

  /** Whether it has begun to end: it was cancelled, or its main function is done. */
  get isEnding(): boolean {
    return this.#isEnding
  }

  /** Whether nobody waits for it any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Runs it, and waits until all of it has ended or has been given up. Never rejects: see `main`, `errors`, `asked`. */
  run(): Promise<void> {
    const stopListening = this.root.listen(() => this.#end())
    if (this.root.cancelled !== undefined) this.#end()
    if (isWatching()) this.#stopWatching = watchLoop(systemClock, () => this.stillRunning())
    this.#work().then(stopListening, stopListening)
    return this.#over.promise
  }

  /** Cancels it. The first call counts. */
  cancel(reason: unknown, source: CancelSource = 'shutdown', task?: string): void {
    this.root.cancel(reason, source, task)
  }

  quit(asked: QuitError): unknown {
    this.asked ??= asked
    this.cancel(asked)
    return this.root.own ?? asked
  }

  /** Takes an error that nobody in it has received; it ends. One that is due to its cancellation is none. */
  fail(error: unknown, source: CancelSource = 'shutdown', task?: string): void {
    const real = this.#realPart(error)
    if (real === undefined) return
    const asked = leaves(real.error).find(isQuitError)
    if (asked !== undefined) this.asked ??= asked
    const failed = asked === undefined ? real : filterLeaves(real.error, isQuitError).dropped
    if (failed !== undefined) this.errors.add(failed.error)
    this.cancel(real.error, source, task)
  }

  /** It is over for who waits for it; what still runs is left behind. */
  giveUp(): void {
    this.#isOver = true
    this.#stopWatching?.()
    this.#over.resolve()
  }

  /** Names what has not ended. */
  stillRunning(): string {
    const { paths, more } = runningTasks(this.root, mostNamed)
    const names = paths.map((path) => `the task "${path}"`)
    if (this.main === 'running') names.unshift('the main function')
    if (more > 0) names.push(`${more} more tasks`)
    return names.length > 0 ? names.join(', ') : 'nothing that has a name'
  }

  async #work(): Promise<void> {
    try {
      await runInFrameIfPossible(this.#frame, () => within(this.#group, (group) => this.#runMain(group)))
    } catch (error) {
      this.fail(error) // the group's wait was cancelled, which is no failure
    }
    this.#stopGrace?.()
    if (this.#host?.hasOpenChildren === true) reportLeftOpen(this.#host)
    this.root.end()
    this.giveUp()
  }

  /** Ends without an error, so that the group's own ones come by themselves. */
  async #runMain(group: TaskGroup): Promise<void> {
    this.#host = scopeOf(currentFrame())
    if (this.#host === undefined) this.#linkByHand(group)
    try {
      this.main = { value: await this.#fn(group) }
    } catch (error) {
      this.main = 'failed'
      this.#failedInside(error)
    }
    if (isWatching() && this.#host?.cancelled === undefined) this.#tellLeftWaits()
    this.#end()
    group.cancel('the main function has ended')
  }

  #tellLeftWaits(): void {
    if (this.#host !== undefined) tellLeftWaits(this.#host, 'The main function of a program', '')
  }

  /** Once the main function has given its value, that stands: what fails only while it is cancelled is late. */
  #childFailed(error: unknown, { name }: Task<unknown>): void {
    const stands = typeof this.main === 'object' && this.errors.size === 0 && this.asked === undefined
    if (stands) reportLateError(error, { source: 'a program whose main function has ended', name })
    else this.#failedInside(error, 'sibling', name)
  }

  #failedInside(error: unknown, source?: CancelSource, name?: string): void {
    if (!this.#isOver) this.fail(error, source, name)
    else if (this.#realPart(error) !== undefined) reportLateError(error, { source: 'a program left behind', name })
  }

  #end(): void {
    if (this.#isEnding) return
    this.#isEnding = true
    const { grace, overrun } = this.#limits
    if (grace !== Infinity) this.#stopGrace = this.#clock.setTimer(Math.max(0, grace), overrun)
  }

  /** Where nothing is ambient (browsers), the group does not find the root scope. */
  #linkByHand(group: TaskGroup): void {
    const { root } = this
    if (root.own === undefined) root.listen(() => group.cancel(root.own))
    else group.cancel(root.own)
  }

  #realPart(error: unknown): Found | undefined {
    const real = realPart(this.root, error)
    if (real === undefined || this.#host !== undefined || this.root.own === undefined) return real
    return filterLeaves(real.error, (leaf) => isCancelled(leaf) && leaf.reason === this.root.own).dropped
  }
}

/** By its shape, since it may come from another copy of the package. */
function isQuitError(error: unknown): error is QuitError {
  return error instanceof Error && (error as { code?: unknown }).code === 'WITHAL_QUIT'
}

function reportLeftOpen({ children }: ScopeNode): void {
  const error = new MisnestingError(
    `A program ended before scopes that were opened in it, which have been cancelled. Leave what is held: \`using\`, a stack, \`within\`.${placesOf(children)}`,
  )
  reportLateError(error, { source: 'a program that has ended' })
}
