/**
 * The way back from {@link errorToJSON}: errors with the same tree, names, messages, stacks, codes, causes and notes.
 */
import { Cancelled, UsageError } from './classes.ts'
import { brief } from './describe.ts'
import { ErrorGroup } from './group.ts'
import { addNote } from './notes.ts'
import { setOwnStack } from './own-stack.ts'
import type { ErrorFields, ErrorJSON, ThrownJSON } from './to-json.ts'

/**
 * Restores what `errorToJSON` (or `ErrorGroup.toJSON`) wrote, with its tree. Groups come back as `ErrorGroup`, cancellations
 * as `Cancelled`, the language's own errors by their class; every other error as an `Error` with its old `name` and `code`,
 * so match those by `{ name }` or `{ code }`. Stacks are those of the original errors.
 *
 * @throws UsageError  The data is not what `errorToJSON` gives.
 * @example
 * const sent = JSON.stringify(new ErrorGroup([new TypeError('a'), 'b'], 'both failed'))
 * const group = errorFromJSON(JSON.parse(sent))
 * leaves(group).map(String) // => ['TypeError: a', 'b']
 */
export function errorFromJSON(json: ErrorJSON): unknown {
  const made = new Map<object, unknown>()
  const byId = new Map<number, unknown>()
  const nodes: ErrorJSON[] = [json]
  while (nodes.length > 0) {
    const node = nodes.pop() as ErrorJSON // or whatever else was given: `make` looks
    const error = make(node)
    made.set(node, error)
    if ('id' in node && node.id !== undefined) byId.set(node.id, error)
    for (const part of partsIn(node)) nodes.push(part)
  }
  for (const [node, error] of made) link(node as ErrorJSON, error) // the keys are the nodes
  return find(json)

  function find(part: ErrorJSON): unknown {
    if (part.kind !== 'again') return made.get(part)
    if (byId.has(part.again)) return byId.get(part.again)
    throw notJSON(part)
  }

  function link(node: ErrorJSON, error: unknown): void {
    if (node.kind === 'again' || node.kind === 'thrown') return
    const target = error as object // all other kinds are made as errors
    if (node.cause !== undefined) define(target, 'cause', find(node.cause))
    if (node.kind === 'group') Object.defineProperty(target, 'errors', { value: Object.freeze(node.errors.map(find)) })
    if (node.kind === 'aggregate') define(target, 'errors', node.errors.map(find))
    if (node.kind === 'suppressed') {
      define(target, 'error', find(node.error))
      define(target, 'suppressed', find(node.suppressed))
    }
  }
}

/** Checked here, since what comes over a wire may be anything. */
function partsIn(node: ErrorJSON): readonly ErrorJSON[] {
  if (node.kind === 'again' || node.kind === 'thrown') return []
  const cause = node.cause === undefined ? [] : [node.cause]
  if (node.kind === 'suppressed') return [...cause, node.error, node.suppressed]
  return node.kind === 'group' || node.kind === 'aggregate' ? [...cause, ...node.errors] : cause
}

/** Makes an error whose parts are still missing: they may refer back to it. */
function make(json: ErrorJSON): unknown {
  const given: unknown = json
  if (typeof given !== 'object' || given === null) throw notJSON(given)
  switch (json.kind) {
    case 'again':
      return undefined
    case 'thrown':
      return thrown(json)
    case 'group':
      if (!Array.isArray(json.errors) || json.errors.length === 0) throw notJSON(given)
      return dress(new ErrorGroup([undefined], json.message), json)
    case 'aggregate':
      if (!Array.isArray(json.errors)) throw notJSON(given)
      return dress(new AggregateError([], json.message), json)
    case 'cancelled':
      return dress(new Cancelled(json.message), json)
    case 'suppressed':
    case 'error':
      return dress(new (builtIn(json.name))(json.message), json)
    default:
      throw notJSON(given)
  }
}

function thrown({ thrown: value, type }: ThrownJSON): unknown {
  switch (type) {
    case 'undefined':
      return undefined
    case 'bigint':
      return BigInt(value as string) // `type` says that it is the text of one
    case 'number':
      return Number(value)
    default:
      return value
  }
}

const builtIns: ReadonlyMap<string, ErrorConstructor> = new Map(
  [EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((each) => [each.name, each]),
)

function builtIn(name: string): ErrorConstructor {
  return builtIns.get(name) ?? Error
}

function dress(error: Error, { name, stack, code, notes, message }: ErrorFields): Error {
  if (typeof name !== 'string' || typeof message !== 'string') throw notJSON({ name, message })
  if (error.name !== name) define(error, 'name', name)
  if (code !== undefined)
    Object.defineProperty(error, 'code', { value: code, writable: true, enumerable: true, configurable: true })
  setOwnStack(error, stack ?? `${name}: ${message}`)
  for (const note of notes ?? []) addNote(error, note)
  return error
}

function define(error: object, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false })
}

function notJSON(given: unknown): UsageError {
  return new UsageError('WITHAL_INVALID_ARGUMENT', `errorFromJSON takes what errorToJSON gave; got ${brief(given)}.`)
}
