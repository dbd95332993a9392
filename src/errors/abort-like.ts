/** Telling cancellations from other errors, for who makes none. */

/** Marks the prototype of `Cancelled`. */
export const cancelledBrand: unique symbol = Symbol.for('withal.Cancelled/1') as never // `Symbol.for` has no unique type

/** Whether a value is a `Cancelled` of any copy of the package. */
export function hasCancelledBrand(value: unknown): boolean {
  return typeof value === 'object' && value !== null && cancelledBrand in value
}

/** Tells whether a value is an abort-like error of anybody: the platform's AbortError, ours, or axios'. */
export function isAbortLike(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { name, code } = value as { name?: unknown; code?: unknown }
  return name === 'AbortError' || code === 'ABORT_ERR' || code === 'ERR_CANCELED'
}
