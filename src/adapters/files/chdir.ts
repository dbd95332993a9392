/** The working directory of the process, for the time of a block. */
import { isMainThread } from 'node:worker_threads'
import type { ContextManager } from '../../contexts/index.ts'
import { StateError, UsageError } from '../../errors/index.ts'

/**
 * Changes the working directory of the whole process for the body, and goes back at the end; everything that runs at the same
 * time sees it, too. It can be entered again, also in itself. Its value is the directory.
 *
 * @throws UsageError  In a worker thread, which cannot change it.
 * @throws  From entering: the directory cannot be entered. From exiting: the former one has vanished.
 * @example
 * import { chdir } from 'withal/files'
 * withinSync(chdir('/'), () => process.cwd()) // => '/'
 */
export function chdir(directory: string): ContextManager<string> {
  const former: string[] = []
  return {
    '~enter': () => {
      if (!isMainThread) {
        throw new UsageError(
          'WITHAL_INVALID_ARGUMENT',
          '`chdir` was entered in a worker thread, which cannot change the working directory. Use absolute paths.',
        )
      }
      const before = process.cwd()
      process.chdir(directory)
      former.push(before)
      return directory
    },
    '~exit': () => {
      const before = former.pop()
      if (before === undefined) throw new StateError('WITHAL_NOT_ENTERED', '`chdir` was exited before it was entered.')
      process.chdir(before)
    },
  }
}
