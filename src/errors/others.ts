/** What failed beside an error that is thrown bare: kept in a side table, so that the error itself is not changed. */

const othersKey: unique symbol = Symbol.for('withal.others/1') as never // `Symbol.for` has no unique type
const shared = globalThis as { [othersKey]?: WeakMap<object, readonly unknown[]> }

/** Remembers what failed beside an error; says whether it could: a primitive has no identity to remember it by. */
export function attachOthers(error: unknown, others: readonly unknown[]): boolean {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return false
  const table = (shared[othersKey] ??= new WeakMap())
  table.set(error, [...(table.get(error) ?? []), ...others])
  return true
}

/**
 * The errors that came up beside one that was thrown bare, in the order in which they did: by `gather`, `race` and their
 * like, and by groups with `errors: 'first'`.
 *
 * @example
 * const error = await gather([() => Promise.reject(new RangeError('a')), () => Promise.reject(new RangeError('b'))]).catch((e) => e)
 * String(error) // => 'RangeError: a'
 * othersOf(error).map(String) // => ['RangeError: b']
 */
export function othersOf(error: unknown): readonly unknown[] {
  if ((typeof error !== 'object' && typeof error !== 'function') || error === null) return []
  return shared[othersKey]?.get(error) ?? []
}
