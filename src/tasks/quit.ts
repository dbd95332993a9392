/** Ending the program from anywhere inside it, with an exit code. */
import { QuitError, StateError, UsageError } from '../errors/index.ts'
import { currentFrame } from '../frame.ts'
import { runningProgram } from './running-program.ts'

/**
 * Ends the program: it is cancelled, cleans up, and leaves with the code. Under `runMain` that is the exit code of the
 * process, and the message is printed: on stderr, or for code 0 on stdout. `run` rejects with a `QuitError`.
 *
 * It never returns: it throws the program's `Cancelled`, which no group wraps and nothing on the way should keep. The first
 * call counts. After a signal has asked the program to end, it still decides the code. Where cleanup fails, the errors are
 * printed, and a code of 0 becomes 1.
 *
 * @param code     A whole number from 0 to 255. Default: 0.
 * @throws UsageError  Another code, or a message that is no string.
 * @throws StateError  No program is running here.
 * @example
 * const error = await run(async () => quit(3, 'no such file')).catch((e) => e)
 * error.exitCode // => 3
 * error.message // => 'no such file'
 */
export function quit(code: number = 0, message?: string): never {
  if (!Number.isInteger(code) || code < 0 || code > 255) {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `\`quit\` got the code ${String(code)}. Give a whole number from 0 to 255.`,
    )
  }
  if (message !== undefined && typeof message !== 'string') {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `\`quit\` got a message of type ${typeof message}. Give a string.`)
  }
  const program = runningProgram(currentFrame())
  if (program === undefined) {
    throw new StateError(
      'WITHAL_NOT_RUNNING',
      '`quit` was called where no program is running. Call it inside `run` or `runMain`; a callback keeps the frame by `bind(fn)`.',
    )
  }
  throw program.quit(new QuitError(code, message))
}
