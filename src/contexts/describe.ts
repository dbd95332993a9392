/** A value in the words of a message. */

/** Says what was given: a class, a function, or the value itself. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80))
  if (typeof value === 'function') return `the function ${value.name || 'without a name'}`
  if (typeof value !== 'object' || value === null) return String(value)
  const { constructor } = value as { readonly constructor?: unknown }
  const name = typeof constructor === 'function' ? constructor.name : ''
  return name === '' || name === 'Object' ? 'an object' : `an object of class ${name}`
}

/** What a manager is called: by its own name, else by that of its class. */
export function nameOf(manager: object): string {
  const { name } = manager as { name?: unknown }
  if (typeof name === 'string' && name !== '') return name
  return (
    (Object.getPrototypeOf(manager) as { constructor?: { name?: string } } | null)?.constructor?.name ?? 'a manager'
  )
}
