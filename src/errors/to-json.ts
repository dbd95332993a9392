/**
 * Errors as plain data, with the whole tree: for logs, and for crossing to a worker or another process.
 */
import { isCancelled } from './classes.ts'
import { brief, isErrorLike, messageOf, nameOf, read } from './describe.ts'
import { notesOf } from './notes.ts'
import { ownStackOf } from './own-stack.ts'
import { isGroupShape, partsOf } from './shape.ts'
import { isSuppressedShape } from './suppressed.ts'

/** What all errors have in common. */
export interface ErrorFields {
  name: string
  message: string
  stack?: string
  code?: string | number
  cause?: ErrorJSON
  notes?: string[]
  /** Only on what is referred to from elsewhere in the tree. */
  id?: number
}

/** An `ErrorGroup`, or another `AggregateError`, with its members. */
export interface GroupJSON extends ErrorFields {
  kind: 'group' | 'aggregate'
  errors: ErrorJSON[]
}

/** A `SuppressedError` with its two sides. */
export interface SuppressedJSON extends ErrorFields {
  kind: 'suppressed'
  error: ErrorJSON
  suppressed: ErrorJSON
}

/** Any other error. */
export interface SingleJSON extends ErrorFields {
  kind: 'error' | 'cancelled'
}

/** A thrown value that is not an error. `type` is there when JSON does not have the value, and `thrown` is then a text. */
export interface ThrownJSON {
  kind: 'thrown'
  thrown: unknown
  type?: 'undefined' | 'bigint' | 'number' | 'symbol' | 'function' | 'object'
}

/** An error that occurs elsewhere in the tree, the one with this `id`. */
export interface AgainJSON {
  kind: 'again'
  again: number
}

/** An error as plain data. */
export type ErrorJSON = GroupJSON | SuppressedJSON | SingleJSON | ThrownJSON | AgainJSON

/**
 * Gives an error as plain data: name, message, stack, code, cause, notes and whatever is inside, at any depth. What
 * occurs more than once is written once and referred to by its `id`, so the tree is finite also when errors contain each
 * other. Other properties are left out. Never throws; `JSON.stringify` of some thousand nested levels does.
 *
 * @example
 * errorToJSON(404) // => { kind: 'thrown', thrown: 404 }
 * errorToJSON(new AggregateError([404], 'not found')).kind // => 'aggregate'
 */
export function errorToJSON(error: unknown): ErrorJSON {
  const written = new Map<object, ErrorFields>()
  const open: Open[] = []
  let lastId = 0
  const root = write(error)
  for (let next = open.pop(); next !== undefined; next = open.pop()) fill(next)
  return root

  function write(value: unknown): ErrorJSON {
    if (!isErrorLike(value)) return thrownJSON(value)
    const known = written.get(value)
    if (known !== undefined) return { kind: 'again', again: (known.id ??= ++lastId) }
    const json = nodeOf(value)
    written.set(value, json)
    open.push({ error: value, json })
    return json
  }

  function fill({ error: source, json }: Open): void {
    const parts = partsOf(source) ?? []
    if (json.kind === 'suppressed') {
      json.suppressed = write(parts[0])
      json.error = write(parts[1])
    } else if (json.kind === 'group' || json.kind === 'aggregate') {
      json.errors = parts.map(write)
    }
    const cause = read(source, 'cause')
    if (cause !== undefined || hasOwn(source, 'cause')) json.cause = write(cause)
  }
}

type NodeJSON = GroupJSON | SuppressedJSON | SingleJSON

interface Open {
  readonly error: object
  readonly json: NodeJSON
}

function nodeOf(error: object): NodeJSON {
  const fields: ErrorFields = { name: nameOf(error), message: messageOf(error) }
  const code = read(error, 'code')
  if (typeof code === 'string' || typeof code === 'number') fields.code = code
  const notes = notesOf(error)
  if (notes.length > 0) fields.notes = [...notes]
  const nothing: ErrorJSON = { kind: 'thrown', thrown: null }
  const isTree = partsOf(error) !== undefined
  // The stack of a SuppressedError shows its parts, which are written themselves.
  if (isTree && isSuppressedShape(error)) return { kind: 'suppressed', ...fields, error: nothing, suppressed: nothing }
  const stack = stackOf(error)
  if (stack !== undefined) fields.stack = stack
  if (isTree) return { kind: isGroupShape(error) ? 'group' : 'aggregate', ...fields, errors: [] }
  return { kind: isSafelyCancelled(error) ? 'cancelled' : 'error', ...fields }
}

function stackOf(error: object): string | undefined {
  try {
    const stack = ownStackOf(error)
    return typeof stack === 'string' ? stack : undefined
  } catch {
    return undefined
  }
}

function isSafelyCancelled(error: object): boolean {
  try {
    return isCancelled(error)
  } catch {
    return false
  }
}

function hasOwn(error: object, key: string): boolean {
  try {
    return Object.hasOwn(error, key)
  } catch {
    return false
  }
}

function thrownJSON(value: unknown): ThrownJSON {
  const type = typeof value
  if (value === null || type === 'string' || type === 'boolean' || (type === 'number' && Number.isFinite(value))) {
    return { kind: 'thrown', thrown: value }
  }
  if (type === 'object') {
    try {
      return { kind: 'thrown', thrown: JSON.parse(JSON.stringify(value)) as unknown }
    } catch {
      return { kind: 'thrown', thrown: brief(value), type }
    }
  }
  return { kind: 'thrown', thrown: type === 'function' ? brief(value) : String(value), type }
}
