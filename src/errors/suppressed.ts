/**
 * The platform's `SuppressedError`, where there is one, else an error of the same shape. The platform's own prints
 * neither of its two errors (nodejs/node 66033); those made here say both in the message, and their `stack` shows the
 * body's error first and then everything that failed while closing.
 */

/** The shape of the platform's `SuppressedError`; `instanceof` is not usable, since there are several of them. */
export interface SuppressedShape extends Error {
  /** What was thrown last. */
  readonly error: unknown
  /** What was on its way before. */
  readonly suppressed: unknown
}

/** Tells whether a value has the shape of a `SuppressedError`: native, down-levelled, ours or somebody else's. */
export function isSuppressedShape(value: unknown): value is SuppressedShape {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.hasOwn(value, 'error') &&
    Object.hasOwn(value, 'suppressed') &&
    (value as { name?: unknown }).name === 'SuppressedError'
  )
}

/** Makes a `SuppressedError` of a failure and the one it must not hide. */
export function suppressedError(newer: unknown, pending: unknown): SuppressedShape {
  const message = `${textOf(oldest(pending))} (then closing failed: ${textOf(newer)})`
  const made = construct(newer, pending, message)
  firsts.set(made, oldest(pending))
  Object.defineProperty(made, 'stack', { get: stackOfAll, set: replaceStack, configurable: true })
  return made
}

type Constructor = new (error: unknown, suppressed: unknown, message: string) => SuppressedShape

function construct(newer: unknown, pending: unknown, message: string): SuppressedShape {
  const native = (globalThis as { SuppressedError?: Constructor }).SuppressedError
  if (native !== undefined) return new native(newer, pending, message)
  const made = new Error(message)
  const hidden = { writable: true, configurable: true, enumerable: false }
  Object.defineProperties(made, {
    name: { value: 'SuppressedError', ...hidden },
    error: { value: newer, ...hidden },
    suppressed: { value: pending, ...hidden },
  })
  return made as SuppressedShape // the two properties were defined above
}

/** For those made here, the error that came first: finding it again in a chain of thousands would be quadratic. */
const firsts = new WeakMap<object, unknown>()

function oldest(error: unknown): unknown {
  return typeof error === 'object' && error !== null && firsts.has(error) ? firsts.get(error) : error
}

/** A log line should be read by a person: beyond this, errors are counted. */
const mostStacks = 20

function stackOfAll(this: SuppressedShape): string {
  const later: unknown[] = [this.error]
  let error = this.suppressed
  for (; isSuppressedShape(error); error = error.suppressed) later.push(error.error)
  const shown = later.toReversed().slice(0, mostStacks)
  const more = later.length > mostStacks ? `\n… and ${later.length - mostStacks} more` : ''
  return `${stackOf(error)}\n[SuppressedError] then closing failed:\n${shown.map((each) => stackOf(each)).join('\n')}${more}`
}

function replaceStack(this: object, stack: unknown): void {
  Object.defineProperty(this, 'stack', { value: stack, writable: true, configurable: true })
}

/** The stack of an error with its causes and members: what a bare error shows on the console must not get lost. */
function stackOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || isSuppressedShape(error) || depth > mostStacks) return textOf(error)
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown }
  const parts = [error.stack ?? textOf(error)]
  if (typeof code === 'string' || typeof code === 'number') parts.push(`  code: ${code}`)
  if (error.name === 'AggregateError' && Array.isArray(errors))
    for (const member of errors.slice(0, mostStacks)) parts.push(`  [member]: ${stackOf(member, depth + 1)}`)
  if (cause !== undefined) parts.push(`  [cause]: ${stackOf(cause, depth + 1)}`)
  return parts.join('\n')
}

function textOf(error: unknown): string {
  try {
    return error instanceof Error ? error.toString() : `thrown: ${String(error)}`
  } catch {
    return 'something that cannot be shown'
  }
}
