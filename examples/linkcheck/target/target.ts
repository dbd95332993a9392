/** What is to be checked: said on the command line, found on this machine. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { text } from 'node:stream/consumers'
import { cancellable, contextManager, within } from 'withal'
import { serveFolder } from './serve-folder.ts'

/** What a run begins with. */
export interface Target {
  /** As reports say it. */
  readonly name: string
  /** The pages that are looked at first, as whole addresses. */
  readonly start: readonly string[]
  /** What is served from a folder: its origin is left out in reports and in the database, since its port is another one each time. */
  readonly folderOrigin: string | undefined
  /** Whether more pages of the same sites are looked for. Those of a list are taken as they are. */
  readonly isList: boolean
}

/** There is nothing there that could be checked. */
export class NoTargetError extends Error {
  override readonly name = 'NoTargetError'
}

/**
 * Opens what was given: a folder or a page of one is served for as long as the block lasts.
 *
 * @throws NoTargetError  There is no such thing.
 */
export const openTarget = contextManager(async function* target(given: string) {
  if (/^https?:/i.test(given)) yield site(given)
  else if (given === '-') yield listOf('the list on standard input', await cancellable(text(process.stdin)))
  else {
    const path = resolve(given)
    const found = await stat(path).catch(() => undefined)
    if (found === undefined) throw new NoTargetError(nothingThere(given))
    if (found.isDirectory()) yield folderOf(given, yield* within(serveFolder(path)), await pagesIn(path))
    else if (/\.x?html?$/i.test(path)) {
      yield folderOf(given, yield* within(serveFolder(dirname(path))), [`/${encodeURIComponent(basename(path))}`])
    } else yield listOf(given, await readFile(path, 'utf8'))
  }
})

function site(given: string): Target {
  const url = URL.parse(given)
  if (url === null) throw new NoTargetError(`${given} is no valid URL. Give it whole: https://example.org/docs/`)
  url.hash = ''
  return { name: url.href, start: [url.href], folderOrigin: undefined, isList: false }
}

function folderOf(name: string, origin: string, pages: readonly string[]): Target {
  if (pages.length === 0)
    throw new NoTargetError(`${name} is a folder without any page. Give one that has .html files in it.`)
  return { name, start: pages.map((page) => origin + page), folderOrigin: origin, isList: false }
}

/** Every page of a folder, also those that no other page leads to, the outermost first. */
async function pagesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && /\.x?html?$/i.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep))
    .filter((path) => !path.some((name) => name.startsWith('.') || name === 'node_modules'))
    .map((path) => `/${path.map(encodeURIComponent).join('/')}`.replace(/\/index\.html$/, '/'))
    .toSorted((a, b) => depthOf(a) - depthOf(b) || (a < b ? -1 : 1))
}

function depthOf(path: string): number {
  return path.split('/').length
}

/** One URL on each line; empty lines and those that begin with `#` are passed over. */
function listOf(name: string, lines: string): Target {
  const start = lines
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trim(), number: index + 1 }))
    .filter(({ line }) => line !== '' && !line.startsWith('#'))
    .map(({ line, number }) => {
      const url = URL.parse(line)
      if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
        throw new NoTargetError(
          `Line ${number} of ${name} is no URL: ${line.slice(0, 80)}. Give one http:// or https:// URL on each line.`,
        )
      }
      url.hash = ''
      return url.href
    })
  if (start.length === 0) throw new NoTargetError(`There is no URL in ${name}. Give one on each line.`)
  return { name, start: [...new Set(start)], folderOrigin: undefined, isList: true }
}

function nothingThere(given: string): string {
  const guess = /^[\w-]+(\.[\w-]+)+/.test(given) ? ` Did you mean https://${given}?` : ''
  return `There is no ${given} here.${guess} Give a folder, a URL that begins with http:// or https://, a file with URLs, or -.`
}
