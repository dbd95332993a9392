/** Runs a program inside a process: the root of a tree of scopes and tasks, without signals and exit codes. */
import { checkDuration } from '../clock.ts'
import { ExitTimeoutError, UsageError } from '../errors/index.ts'
import { firstOf } from './failures.ts'
import { checkMain } from './main-function.ts'
import type { MainFunction } from './main-function.ts'
import { Program } from './program.ts'

/** What {@link run} takes besides the function. */
export interface RunOptions {
  /**
   * The most milliseconds for ending: from when the function is done, or the program is cancelled. What runs even then is
   * left behind, and its late errors go to `onLateError`. Zero or less: nothing is waited for. Default: `Infinity`.
   */
  readonly grace?: number | undefined
  /** Cancels the program when it aborts; its reason is then thrown. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs a function in a root scope, and gives what it gives. When it ends, what it has spawned in the group and still runs
 * is cancelled and waited for. A child that fails cancels the function, and its error is thrown.
 *
 * Errors are thrown bare, what failed beside them is attached (`othersOf`). Once the function has given its value, that
 * stands: what fails afterwards, while it is being cancelled, goes to `onLateError` with the name of its task.
 *
 * Inside another program it is a scope in that one. `quit` ends the nearest.
 *
 * @throws UsageError        Not a function, or an option that makes no sense. Nothing was run.
 * @throws QuitError         `quit` was called inside. It passes groups bare, and wins over errors of the cleanup.
 * @throws ExitTimeoutError  It took longer than `grace` to end; the text names what was left behind.
 * @throws Cancelled         The scope around it was cancelled. All of it has ended.
 * @example
 * const log: string[] = []
 * await run(async (group) => {
 *   group.spawn(async () => {
 *     await sleep(60_000).finally(() => log.push('stopped'))
 *   })
 *   await sleep(1)
 *   return 'done'
 * }) // => 'done'
 * log // => ['stopped']
 */
export async function run<T>(fn: MainFunction<T>, options: RunOptions = {}): Promise<T> {
  return await resultOf(programOf(fn, options, 'run'), options)
}

/** Makes the program of a function in the running frame; it does not run yet. */
export function programOf<T>(fn: MainFunction<T>, options: RunOptions, caller: string): Program<T> {
  checkMain(fn, caller)
  const { grace = Infinity, signal } = options
  checkDuration(grace, 'grace')
  if (signal !== undefined) checkSignal(signal)
  const overrun = (): void => {
    const text = `The program took longer than its grace of ${grace} ms to end. Left behind: ${program.stillRunning()}.`
    program.errors.add(new ExitTimeoutError(text, grace))
    program.giveUp()
  }
  const program: Program<T> = new Program(fn, { grace, overrun })
  return program
}

/** Runs a program, and gives what its function gives. */
export async function resultOf<T>(program: Program<T>, { signal }: RunOptions): Promise<T> {
  const unlink = signal === undefined ? undefined : link(signal, program)
  await program.run()
  unlink?.()
  if (program.asked !== undefined) throw firstOf([program.asked, ...program.errors])
  if (program.errors.size > 0) throw firstOf([...program.errors])
  if (typeof program.main === 'object') return program.main.value
  throw stopped(program)
}

function checkSignal(signal: unknown): void {
  if (typeof signal === 'object' && signal !== null && 'aborted' in signal) return
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    '`signal` is not an AbortSignal. Give that of a scope or a controller.',
  )
}

function link(signal: AbortSignal, program: Program<unknown>): () => void {
  const abort = (): void => program.cancel(signal.reason, 'signal')
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort)
  return () => signal.removeEventListener('abort', abort)
}

/** Nothing failed, it was stopped. A foreign signal's reason belongs to whoever gave the signal. */
function stopped({ root }: Program<unknown>): unknown {
  const { own, cancelled } = root
  return own !== undefined && own === cancelled && own.source === 'signal' ? own.reason : cancelled
}
