/** The end of a program, asked for. */
import type { CauseOptions } from './codes.ts'
import { named } from './named.ts'

/** The program was asked to end, by `quit(exitCode, message)`. The message is empty where none was given. */
export class QuitError extends Error {
  readonly code = 'WITHAL_QUIT'
  /** What the process is to leave with. */
  readonly exitCode: number
  constructor(exitCode: number, message?: string, options?: CauseOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

named(QuitError, 'QuitError')
