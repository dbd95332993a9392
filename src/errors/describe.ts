/**
 * One-line texts for values of strangers. Nothing here throws, whatever a getter, a proxy or a `toString` does.
 */

/** Reads a property; `undefined` where reading throws. */
export function read(value: object, key: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown>)[key]
  } catch {
    return undefined
  }
}

/** Tells whether a value is an error, or as good as one: of another realm, or from a class of its own. */
export function isErrorLike(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  try {
    return (
      value instanceof Error || (typeof read(value, 'message') === 'string' && typeof read(value, 'stack') === 'string')
    )
  } catch {
    return false
  }
}

/** `Name: message`, as `Error.prototype.toString` has it. */
export function titleOf(error: object): string {
  const message = messageOf(error)
  return message === '' ? nameOf(error) : `${nameOf(error)}: ${message}`
}

/** The name of an error, `Error` where it has none. */
export function nameOf(error: object): string {
  const name = read(error, 'name')
  return typeof name === 'string' && name !== '' ? name : 'Error'
}

/** The message of an error, empty where it has none. */
export function messageOf(error: object): string {
  const message = read(error, 'message')
  return typeof message === 'string' ? message : ''
}

/** The own enumerable properties with a string as key, less those named and those whose value is `undefined`. */
export function fieldsOf(value: object, omit: ReadonlySet<string>): [name: string, value: unknown][] {
  let names: string[]
  try {
    names = Object.keys(value)
  } catch {
    return []
  }
  const fields = names.filter((name) => !omit.has(name)).map((name): [string, unknown] => [name, read(value, name)])
  return fields.filter(([, field]) => field !== undefined)
}

/** A value in a few words. */
export function brief(value: unknown): string {
  if (typeof value === 'string') return cut(JSON.stringify(value))
  if (typeof value === 'function') return functionText(value)
  if (typeof value === 'object' && value !== null) return objectText(value)
  return typeof value === 'bigint' ? `${value}n` : String(value)
}

/** `{ name: value, … }` with the values in a few words; those of objects are not opened again. */
export function briefFields(fields: readonly [string, unknown][]): string {
  if (fields.length === 0) return '{}'
  const shown = fields.slice(0, mostFields).map(([name, value]) => `${name}: ${brief(value)}`)
  if (fields.length > mostFields) shown.push(`… ${fields.length - mostFields} more`)
  return `{ ${shown.join(', ')} }`
}

const mostFields = 12
const mostLetters = 120

function cut(text: string): string {
  return text.length > mostLetters ? `${text.slice(0, mostLetters)}…` : text
}

function functionText(value: object): string {
  const name = read(value, 'name')
  return typeof name === 'string' && name !== '' ? `[function ${name}]` : '[function]'
}

function objectText(value: object): string {
  try {
    if (Array.isArray(value)) return `[array of ${value.length}]`
    if (isErrorLike(value)) return cut(`[${titleOf(value)}]`)
    const made = read(value, 'constructor')
    const name = typeof made === 'function' ? read(made, 'name') : undefined
    return typeof name === 'string' && name !== '' && name !== 'Object' ? `[${name}]` : '[object]'
  } catch {
    return '[object that cannot be read]'
  }
}
