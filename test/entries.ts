/** What can be imported from the package, read from the `exports` of package.json: the one list there is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

interface Entry {
  /** What users import: `withal`, `withal/files`. */
  readonly name: string
  /** The source file it is built from. */
  readonly source: string
}

export function sourceEntries(): Entry[] {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string
    exports: Record<string, string | { default: string }>
  }
  return Object.entries(exports).flatMap(([subpath, target]) =>
    typeof target === 'string' ? [] : [{ name: name + subpath.slice(1), source: sourceOf(target.default) }],
  )
}

function sourceOf(built: string): string {
  return join(root, built.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts'))
}
