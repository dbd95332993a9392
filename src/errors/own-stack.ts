/**
 * The stack of a group shows the whole tree (EG-05). Its own few lines, where the group was made, are kept beside it, under
 * a registered symbol, so that printing can tell the two apart in groups of any copy of the package.
 */
const ownStack: unique symbol = Symbol.for('withal.ownStack/1') as never // `Symbol.for` has no unique type

interface Owner {
  [ownStack]?: () => unknown
}

/** Replaces an error's `stack` by a text made on demand. Assigning to `stack` still works, as on any error. */
export function replaceStack(error: Error, text: () => string): void {
  hide(error, ownStack, ownStackReader(error))
  Object.defineProperty(error, 'stack', {
    get: text,
    set(this: object, value: unknown) {
      Object.defineProperty(this, 'stack', { value, writable: true, configurable: true })
    },
    configurable: true,
  })
}

/** The stack of the error itself, without those of the errors inside. */
export function ownStackOf(error: object): unknown {
  const own = (error as Owner)[ownStack]
  return own === undefined ? (error as { stack?: unknown }).stack : own()
}

/** Lets a part of a group name the place where the whole was made. */
export function keepOwnStack(part: object, original: object): void {
  const own = (original as Owner)[ownStack]
  if (own !== undefined && Object.hasOwn(part, ownStack)) hide(part, ownStack, own)
}

/** Gives an error the stack of another one. Of a group only its own lines are replaced: it still shows its tree. */
export function setOwnStack(error: Error, stack: string): void {
  if (Object.hasOwn(error, ownStack)) hide(error, ownStack, () => stack)
  else hide(error, 'stack', stack)
}

/** V8 formats a stack when it is first read, which is slow: where the platform allows, that is left for later. */
function ownStackReader(error: Error): () => unknown {
  const property =
    Object.getOwnPropertyDescriptor(error, 'stack') ?? Object.getOwnPropertyDescriptor(Error.prototype, 'stack')
  if (property?.get !== undefined) return property.get.bind(error) as () => unknown // a getter takes nothing
  const text: unknown = property?.value
  return () => text
}

function hide(target: object, key: PropertyKey, value: unknown): void {
  Reflect.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false })
}
