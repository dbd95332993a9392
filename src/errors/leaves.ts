/**
 * The single errors in a tree of errors, in one order, whatever the tree is made of.
 */
import type { ErrorGroup, LeafOf } from './group.ts'
import { partsOf } from './shape.ts'

/** What {@link leaves} takes as second argument. */
export interface LeavesOptions {
  /** Gives the causes of everything, too, each before what it caused. Default: false. */
  readonly causes?: boolean | undefined
}

/**
 * The single errors in an error, in the order in which they occurred. Walks error groups, aggregate errors and
 * suppressed errors, at any depth; of a `SuppressedError` the suppressed one, which is older, comes first. They are the
 * same objects; one that occurs more than once is given once. An error with nothing inside is its own only leaf, as is
 * any other value that was thrown, `undefined` included. Never throws, and ends also when errors contain each other.
 *
 * @param options.causes  With the causes of everything, each before what it caused. Default: false.
 * @example
 * const inner = new AggregateError(['disk full', 'no network'])
 * leaves(new ErrorGroup([inner, 'out of paper'])) // => ['disk full', 'no network', 'out of paper']
 */
export function leaves<E>(error: ErrorGroup<E>, options?: LeavesOptions): LeafOf<E>[]
export function leaves(error: unknown, options?: LeavesOptions): unknown[]
export function leaves(error: unknown, options: LeavesOptions = {}): unknown[] {
  const { causes = false } = options
  const found: unknown[] = []
  const met = new Map<object, 'open' | 'done'>()
  const path: Visit[] = []
  enter(error, undefined)
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    if (visit.next < visit.parts.length) {
      enter(visit.parts[visit.next++], visit)
    } else {
      path.pop()
      if (!visit.holdsLeaf) found.push(visit.error)
      met.set(visit.error, 'done')
      if (path.length > 0 && visit.belongs) path.at(-1)!.holdsLeaf = true // the length says that there is one
    }
  }
  return found

  function enter(value: unknown, inside: Visit | undefined): void {
    const belongs = inside === undefined || inside.next > inside.causes
    if (typeof value !== 'object' || value === null) {
      found.push(value)
      if (inside !== undefined && belongs) inside.holdsLeaf = true
      return
    }
    const state = met.get(value)
    if (state === 'done' && inside !== undefined && belongs) inside.holdsLeaf = true
    if (state !== undefined) return
    met.set(value, 'open')
    const cause = causes ? causeOf(value) : []
    const parts = partsOf(value) ?? []
    path.push({ error: value, parts: [...cause, ...parts], causes: cause.length, belongs, next: 0, holdsLeaf: false })
  }
}

interface Visit {
  readonly error: object
  /** What is inside; the first `causes` of them are causes, which are no part of the error. */
  readonly parts: readonly unknown[]
  readonly causes: number
  /** Whether it is a part, not a cause, of what it was met in. */
  readonly belongs: boolean
  next: number
  holdsLeaf: boolean
}

function causeOf(error: object): unknown[] {
  try {
    return Object.hasOwn(error, 'cause') ? [(error as { cause: unknown }).cause] : []
  } catch {
    return []
  }
}
