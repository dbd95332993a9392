/**
 * What makes an error a tree: groups, aggregate errors and suppressed errors, told by their shape, so that those of
 * another copy of the package, of another realm and of down-levelled code count, too.
 */
import { isSuppressedShape } from './suppressed.ts'

/** Marks the prototype of `ErrorGroup`; it holds what makes a plain group of that copy of the package. */
export const groupBrand: unique symbol = Symbol.for('withal.ErrorGroup/1') as never // `Symbol.for` has no unique type

/** What is known of a group of any copy of the package. */
export interface GroupShape extends Error {
  readonly errors: readonly unknown[]
  derive(errors: readonly unknown[]): unknown
  readonly [groupBrand]: (errors: readonly unknown[], message: string) => Error
}

/** Tells whether a value is a group, also one made by another copy of the package. */
export function isGroupShape(value: unknown): value is GroupShape {
  return typeof value === 'object' && value !== null && groupBrand in value
}

/**
 * The errors directly inside, in the order in which they occurred: of a `SuppressedError` the suppressed one is the
 * older. `undefined` for everything that has no errors inside, and for what throws when it is looked at.
 */
export function partsOf(error: unknown): readonly unknown[] | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  try {
    if (isSuppressedShape(error)) return [error.suppressed, error.error]
    const { errors } = error as { errors?: unknown }
    if (!Array.isArray(errors) || !isAggregate(error)) return undefined
    return Object.isFrozen(errors) ? errors : [...(errors as readonly unknown[])]
  } catch {
    return undefined // an object of a stranger: whatever it is, it has no parts that could be reached
  }
}

/** Many errors have `errors` that are not errors (validation issues), so the list alone does not tell. */
function isAggregate(error: object): boolean {
  return groupBrand in error || error instanceof AggregateError || (error as Error).name === 'AggregateError'
}
