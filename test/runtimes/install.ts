/** Installs the pinned runtimes beside this file, unless they are there already. Run by the npm scripts that need them. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = import.meta.dirname
const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
const installed = join(folder, 'node_modules', 'installed-lock.json')

if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
  execFileSync('npm', ['ci', '--prefix', folder], { stdio: ['ignore', 'inherit', 'inherit'] })
  writeFileSync(installed, lock)
}
