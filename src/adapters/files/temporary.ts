/** Files and folders that are there exactly as long as they are needed. */
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { AsyncContextManager } from '../../contexts/index.ts'
import { contextManager } from '../../contexts/index.ts'
import { UsageError } from '../../errors/index.ts'

/** What {@link temporaryDirectory} and {@link temporaryFile} take. */
export interface TemporaryOptions {
  /** The folder to make it in. Default: the system's folder for temporary files. */
  readonly parent?: string | undefined
  /** How its name begins. Default: 'withal-'. */
  readonly prefix?: string | undefined
}

/**
 * A folder that only this user can read; its value is the path. It is removed with everything in it, whatever happens. If it is
 * gone already, that is no error.
 *
 * @throws  From entering: what the system says, for instance that `parent` is missing. From exiting: that it cannot be removed.
 * @example
 * import { temporaryDirectory } from 'withal/files'
 * await within(temporaryDirectory(), (path) => path.includes('withal-')) // => true
 */
export const temporaryDirectory: (options?: TemporaryOptions) => AsyncContextManager<string> = contextManager(
  async function* temporaryDirectory(options: TemporaryOptions = {}): AsyncGenerator<string, void, undefined> {
    const path = await mkdtemp(join(options.parent ?? tmpdir(), options.prefix ?? 'withal-'))
    try {
      yield path
    } finally {
      await rm(path, { recursive: true, force: true })
    }
  },
)

/**
 * An empty file that only this user can read, in a folder of its own; its value is the path. It is removed, whatever happens.
 * If it is gone already, that is no error.
 *
 * @param options.name  The file's name. Default: 'file'.
 * @example
 * import { temporaryFile } from 'withal/files'
 * await within(temporaryFile({ name: 'report.csv' }), (path) => path.endsWith('report.csv')) // => true
 */
export const temporaryFile: (
  options?: TemporaryOptions & { readonly name?: string | undefined },
) => AsyncContextManager<string> = contextManager(async function* temporaryFile(
  options: TemporaryOptions & { readonly name?: string | undefined } = {},
): AsyncGenerator<string, void, undefined> {
  const { name = 'file' } = options
  if (name !== basename(name) || name === '' || name === '.' || name === '..') {
    throw new UsageError(
      'WITHAL_INVALID_ARGUMENT',
      `The \`name\` of a temporary file is ${JSON.stringify(name)}, which leads out of its folder. Give a name without a path.`,
    )
  }
  const path = await mkdtemp(join(options.parent ?? tmpdir(), options.prefix ?? 'withal-'))
  try {
    const file = join(path, name)
    await (await open(file, 'wx', 0o600)).close()
    yield file
  } finally {
    await rm(path, { recursive: true, force: true })
  }
})
