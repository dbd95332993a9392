/**
 * Errors as text for people: the whole tree, what happened first first. It is used where something has gone wrong
 * already, so it never throws because of an error, whatever that error does, and never prints without bounds.
 */
import { UsageError } from './classes.ts'
import { brief, briefFields, fieldsOf, isErrorLike, messageOf, nameOf, read } from './describe.ts'
import { framesOf } from './frames.ts'
import { notesOf } from './notes.ts'
import { partsOf } from './shape.ts'
import { isSuppressedShape } from './suppressed.ts'

/** What {@link formatError} takes as second argument. */
export interface FormatOptions {
  /** The most errors to print; the rest is counted. Default: 100. */
  readonly errors?: number | undefined
  /** The most lines of each error's stack. Default: all that the stack has. `0`: none. */
  readonly lines?: number | undefined
}

/**
 * Prints an error with everything that belongs to it: name, code, message and stack, other properties, notes and causes,
 * and the members of groups, indented. Of a `SuppressedError` the error that came first is printed first, then what failed
 * while closing. An error that occurs again is named and not printed again. Any thrown value can be given: what is not an
 * error, what contains itself, is nested very deeply or throws when it is looked at is printed as well as may be.
 *
 * @param options.errors  The most errors to print; then a line says that there are more. Default: 100.
 * @param options.lines   The most lines of each stack. Default: all. `0`: none.
 * @throws UsageError  A limit is not a number from 0 on.
 * @example
 * const group = new ErrorGroup([new TypeError('no number'), 'text'], 'form rejected')
 * formatError(group, { lines: 0 }).split('\n')[0] // => 'ErrorGroup: form rejected (2 errors)'
 * formatError(group, { lines: 0 }).split('\n')[1] // => '  ├ TypeError: no number'
 */
export function formatError(error: unknown, options: FormatOptions = {}): string {
  const { errors = 100, lines = Number.POSITIVE_INFINITY } = options
  checkLimit('errors', errors)
  checkLimit('lines', lines)
  const print: Print = { text: [], met: new Set(), open: [{ error, first: '', rest: '' }], left: errors, lines }
  for (let next = print.open.pop(); next !== undefined; next = print.open.pop()) {
    if ('note' in next) print.text.push(next.note)
    else if ('parts' in next) printMember(print, next)
    else if (!startSuppressed(print, next)) {
      if (print.left-- <= 0) {
        print.open.push(next)
        const more = print.open.reduce((sum, item) => sum + countOf(item), 0)
        print.text.push(`… and at least ${countText(more, 'more error')}`)
        break
      }
      printError(print, next)
    }
  }
  return print.text.join('\n')
}

/** An error that is still to be printed: its first line starts with `first`, the others with `rest`. */
interface Single {
  readonly error: unknown
  readonly first: string
  readonly rest: string
}

/** The members of a group that are still to be printed, from `next` on. */
interface Members {
  readonly parts: readonly unknown[]
  readonly rest: string
  next: number
}

/** A line that waits until what stands above it is printed. */
interface Line {
  readonly note: string
}

interface Print {
  readonly text: string[]
  readonly met: Set<unknown>
  readonly open: (Single | Members | Line)[]
  readonly lines: number
  left: number
}

const mostIndent = 80
const inHeader: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors', 'error', 'suppressed'])

function checkLimit(name: string, limit: number): void {
  if (typeof limit === 'number' && limit >= 0) return
  throw new UsageError(
    'WITHAL_INVALID_ARGUMENT',
    `formatError's \`${name}\` is a number from 0 on; got ${brief(limit)}.`,
  )
}

function countOf(item: Single | Members | Line): number {
  if ('note' in item) return 0
  return 'parts' in item ? item.parts.length - item.next : 1
}

function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function printMember({ open }: Print, members: Members): void {
  const { parts, rest } = members
  if (members.next >= parts.length) return
  const error = parts[members.next++]
  open.push(members, { error, first: `${rest}├ `, rest: rest.length < mostIndent ? `${rest}│ ` : rest })
}

/** Takes a `SuppressedError` apart, so that of a whole chain of them the innermost error comes first. */
function startSuppressed({ open, met }: Print, { error, first, rest }: Single): boolean {
  const parts = partsOf(error)
  if (parts === undefined || met.has(error) || !isSuppressedShape(error)) return false
  met.add(error)
  for (const note of notesOf(error).toReversed()) open.push({ note: noteLine(note, rest) })
  if (read(error, 'cause') !== undefined) open.push(causeOf(error, rest))
  open.push({ error: parts[1], first: `${rest}then closing failed: `, rest }, { error: parts[0], first, rest })
  return true
}

function printError({ text, open, met, lines }: Print, { error, first, rest }: Single): void {
  const write = (line: string): unknown => text.push(line.replaceAll('\n', `\n${rest}`))
  if (!isErrorLike(error)) {
    write(`${first}thrown: ${thrownText(error)}`)
    return
  }
  if (met.has(error)) {
    write(`${first}${headerOf(error)} (shown above)`)
    return
  }
  met.add(error)
  const parts = partsOf(error)
  write(`${first}${headerOf(error)}${parts === undefined ? '' : ` (${countText(parts.length, 'error')})`}`)
  const frames = framesOf(error)
  for (const frame of frames.slice(0, lines)) write(`${rest}    ${frame}`)
  if (lines > 0 && frames.length > lines) write(`${rest}    … ${countText(frames.length - lines, 'more line')}`)
  const fields = fieldsOf(error, inHeader).filter(([name, value]) => !(name === 'code' && typeof value === 'string'))
  if (fields.length > 0) write(`${rest}  ${briefFields(fields)}`)
  for (const note of notesOf(error)) text.push(noteLine(note, rest))
  if (read(error, 'cause') !== undefined) open.push(causeOf(error, rest))
  if (parts !== undefined) open.push({ parts, rest: deeper(rest), next: 0 })
}

function noteLine(note: string, rest: string): string {
  return `${rest}  note: ${note.replaceAll('\n', `\n${rest}  `)}`
}

function causeOf(error: object, rest: string): Single {
  return { error: read(error, 'cause'), first: `${rest}  caused by: `, rest: deeper(rest) }
}

/** Nobody can follow more levels than fit on a screen, and the indentation of thousands would fill the memory. */
function deeper(rest: string): string {
  return rest.length < mostIndent ? `${rest}  ` : rest
}

/** A code that name or message tell already is not repeated. */
function headerOf(error: object): string {
  const name = nameOf(error)
  const message = messageOf(error)
  const code = read(error, 'code')
  const isNews =
    typeof code === 'string' && code !== 'WITHAL_ERROR_GROUP' && !name.includes(code) && !message.includes(code)
  const title = isNews ? `${name} [${code}]` : name
  return message === '' ? title : `${title}: ${message}`
}

function thrownText(value: unknown): string {
  const isPlain = typeof value === 'object' && value !== null && brief(value) === '[object]'
  return isPlain ? briefFields(fieldsOf(value, new Set())) : brief(value)
}
