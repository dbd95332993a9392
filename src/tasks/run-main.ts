/**
 * The entry point of a process: a program that signals and uncaught errors end in an orderly way, and whose end becomes
 * the exit code. It leaves everything of the process as it found it.
 */
import { checkDuration, systemClock } from '../clock.ts'
import { UsageError } from '../errors/index.ts'
import { exitCodeOf, hostProcess, listenToProcess } from './host-process.ts'
import { printErrors, printProblem } from './last-words.ts'
import { checkMain } from './main-function.ts'
import type { MainFunction } from './main-function.ts'
import { Program } from './program.ts'
import { becomeMain, refuseSecondMain, runningProgram } from './running-program.ts'

/** What {@link runMain} takes besides the function. */
export interface RunMainOptions {
  /**
   * The most milliseconds for ending: from when the function is done, or the program is cancelled. Then the process ends at
   * once. Zero or less: there is no cleanup that waits; `Infinity`: as long as it takes. Default: 10,000.
   */
  readonly grace?: number | undefined
  /** The signals that end the program. Default: `SIGINT` and `SIGTERM`. */
  readonly signals?: readonly `SIG${string}`[] | undefined
  /** Whether uncaught exceptions, unhandled rejections and unhandled late errors end it in order. Default: true. */
  readonly uncaught?: boolean | undefined
  /** Is called with the exit code at the end, in place of everything that is done to the process. */
  readonly exit?: ((code: number) => void) | undefined
}

/** The same signal again within this time is the same request: npm and shells pass one on beside the terminal. */
const sameSignal = 200
/** What has been asked to end and has cleaned up gets so long to end by itself: for output that is on its way. */
const lingering = 1_000

/**
 * Runs the program of this process: `await runMain(main)` at its entry. The process is kept alive until it has ended.
 *
 * - The first SIGINT or SIGTERM cancels it, with the source `'shutdown'` and the signal's name as reason. It cleans up, and the exit
 *   code is 130 or 143. When a second signal comes, or cleanup takes longer than `grace`, the process ends at once with the
 *   same code, and stderr names what was still running. The same signal within 200 ms counts once.
 * - An error is printed on stderr with the tasks it came from, after cleanup, and the code is 1. So are an uncaught error and a
 *   late error that nobody handles. Errors of a shutdown are printed, too, and do not change the code of a signal.
 * - `quit(code, message)` ends it with that code. A normal end leaves the exit code as it is.
 * - `process.exit()` called by somebody cannot wait: what listens to a signal of the program hears of it, and stderr names what
 *   was skipped.
 *
 * At the end `process.exitCode` is set. After a normal end nothing more is done. A program that was asked to end, or failed,
 * and is kept alive by something it has forgotten for a second more is ended by `process.exit`, and that is named.
 *
 * Where there are no process signals (workers, browsers) it works without them. Handlers of others stay in place.
 *
 * @returns  When the program has ended; it never rejects because of what the program did.
 * @throws UsageError  Not a function, or an option that makes no sense. Nothing was run.
 * @throws StateError  Another `runMain` is running in this thread. Nothing was run.
 * @example
 * await runMain(async (group) => {
 *   const work = group.spawn(async () => 'done')
 *   console.log(await work.result)
 * })
 */
export async function runMain(fn: MainFunction<unknown>, options: RunMainOptions = {}): Promise<void> {
  checkMain(fn, 'runMain')
  refuseSecondMain()
  await new Main(fn, options).run()
}

class Main {
  readonly #program: Program<unknown>
  readonly #options: RunMainOptions
  /** The signal that has ended it. */
  #signal: string | undefined
  #last: { readonly name: string; readonly at: number } | undefined
  #isForced = false

  constructor(fn: MainFunction<unknown>, options: RunMainOptions) {
    const { grace = 10_000, signals } = options
    checkDuration(grace, 'grace')
    if (signals !== undefined && !Array.isArray(signals)) {
      throw new UsageError('WITHAL_INVALID_ARGUMENT', "`signals` is no list. Give one: `['SIGTERM']`.")
    }
    if (signals?.some((name) => !name.startsWith('SIG')) === true) {
      throw new UsageError(
        'WITHAL_INVALID_ARGUMENT',
        `\`signals\` is ${signals.join(', ')}. Give names like 'SIGTERM'.`,
      )
    }
    this.#options = options
    const overrun = (): void => this.#force(`cleanup took longer than ${grace} ms`)
    this.#program = new Program(fn, { grace, overrun })
  }

  async run(): Promise<void> {
    const undo = [becomeMain(this.#program)]
    undo.push(systemClock.setTimer(Infinity, () => {})) // a promise keeps no process alive (fact JF-21)
    this.#listen(undo)
    await this.#program.run()
    await new Promise((resolve) => setTimeout(resolve, 0)) // what was thrown last is uncaught only now
    for (const stop of undo) stop()
    if (!this.#isForced) this.#leave()
  }

  #listen(undo: (() => void)[]): void {
    const { signals = ['SIGINT', 'SIGTERM'], uncaught = true } = this.#options
    for (const name of signals) undo.push(listenIfPossible(name, () => this.#signalled(name)))
    undo.push(listenIfPossible('exit', () => this.#exiting()))
    if (!uncaught) return
    const failed = (error: unknown): void => (this.#isForced ? printErrors([error]) : this.#program.fail(error))
    undo.push(listenIfPossible('uncaughtException', failed), listenIfPossible('unhandledRejection', failed))
  }

  #signalled(name: string): void {
    const now = systemClock.now()
    const before = this.#last
    this.#last = { name, at: now }
    if (before === undefined) {
      if (this.#program.isEnding) return // its end is its own, not the signal's
      this.#signal = name
      this.#program.cancel(name)
    } else if (before.name !== name || now - before.at >= sameSignal) {
      this.#force(`${name} came as a second signal`)
    }
  }

  /** Ends the process at once, with the code that it would have had. */
  #force(why: string): void {
    if (this.#isForced) return
    this.#isForced = true
    const running = this.#program.stillRunning()
    this.#program.cancel(why) // for what ends without waiting
    printErrors(this.#program.errors)
    printProblem(`${why}: the program ends at once. Still running: ${running}.`)
    this.#program.giveUp()
    this.#exit(this.#code() || (this.#last === undefined ? 1 : exitCodeOf(this.#last.name)))
  }

  /** Somebody has called `process.exit`, or an error kills the process: nothing can be waited for any more. */
  #exiting(): void {
    if (this.#isForced) return
    this.#isForced = true
    const { isOver } = this.#program
    const running = this.#program.stillRunning()
    this.#program.cancel('process.exit')
    printErrors(this.#program.errors)
    if (isOver) return
    printProblem(`the process was ended inside the program, whose cleanup is skipped. Still running: ${running}.`)
  }

  #leave(): void {
    const { errors, asked } = this.#program
    printErrors(errors)
    const code = this.#code()
    if (asked !== undefined && asked.message !== '') (asked.exitCode === 0 ? console.log : console.error)(asked.message)
    if (this.#options.exit !== undefined) return this.#options.exit(code)
    const host = hostProcess()
    if (host === undefined || (code === 0 && asked === undefined)) return
    host.exitCode = code
    systemClock.setTimer(lingering, () => this.#endLingering(code), true)
  }

  #endLingering(code: number): void {
    if (runningProgram(undefined) !== undefined) return // the next `runMain` is what keeps it alive
    const alive = new Set(hostProcess()?.getActiveResourcesInfo?.())
    const what = alive.size > 0 ? ` (${[...alive].join(', ')})` : ''
    printProblem(`the program has ended, and something it has left open keeps the process alive${what}. It ends now.`)
    this.#exit(code)
  }

  #exit(code: number): void {
    if (this.#options.exit !== undefined) this.#options.exit(code)
    else hostProcess()?.exit(code)
  }

  #code(): number {
    const { errors, asked } = this.#program
    const ofErrors = errors.size > 0 ? 1 : 0
    if (asked !== undefined) return asked.exitCode || ofErrors
    return this.#signal === undefined ? ofErrors : exitCodeOf(this.#signal)
  }
}

/** Some platforms know events by name only, and refuse to listen. */
function listenIfPossible(event: string, listener: (first: unknown) => void): () => void {
  try {
    return listenToProcess(event, listener)
  } catch {
    return () => {}
  }
}
