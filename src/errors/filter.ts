/**
 * Takes a tree of errors apart by its leaves and gives both halves in the shape of the whole (rule J). Nothing is
 * recursive: groups may be nested as deep as memory allows, may share members and may contain themselves.
 */
import { reportLateError } from './late.ts'
import { copyNotes } from './notes.ts'
import { keepOwnStack, ownStackOf } from './own-stack.ts'
import { groupBrand, isGroupShape, partsOf, type GroupShape } from './shape.ts'
import { isSuppressedShape, suppressedError } from './suppressed.ts'

/** Holds an error that may be any value: that the holder is there says that there is one. */
export interface Found {
  readonly error: unknown
}

/** The two halves of an error. A half without leaves is not there; at least one is. */
export interface Filtered {
  readonly kept?: Found | undefined
  readonly dropped?: Found | undefined
}

/**
 * Splits an error by its leaves. Each half keeps the structure: groups keep message, cause, stack and notes (a group
 * without leaves goes away), and of a `SuppressedError` with one side left that side goes on bare. A half that has all
 * the leaves is the very object that was given. What has no leaves inside (an empty `AggregateError`) is a leaf itself.
 *
 * @param keep   Is asked about each leaf.
 * @param whole  Is asked about each group and `SuppressedError` first; the leaves of one that is taken whole are told
 *   so by the second argument of `keep`. Default: no.
 * @example
 * const { kept, dropped } = filterLeaves(new AggregateError([1, 2, 3]), (leaf) => leaf !== 2)
 * leaves(kept?.error) // => [1, 3]
 * leaves(dropped?.error) // => [2]
 */
export function filterLeaves(
  error: unknown,
  keep: (leaf: unknown, inWhole: boolean) => boolean,
  whole?: (node: object) => boolean,
): Filtered {
  const path: Visit[] = []
  const done = { inWhole: new Map<unknown, Filtered>(), alone: new Map<unknown, Filtered>() }
  let result = begin(error, false)
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    if (result !== undefined) add(visit, result)
    if (visit.next < visit.parts.length) {
      result = begin(visit.parts[visit.next++], visit.inWhole)
    } else {
      path.pop()
      result = end(visit)
    }
  }
  return result ?? {}

  function begin(value: unknown, inWhole: boolean): Filtered | undefined {
    const parts = partsOf(value)
    if (parts === undefined) return leaf(value, inWhole)
    const known = (inWhole ? done.inWhole : done.alone).get(value)
    if (known !== undefined) return known
    ;(inWhole ? done.inWhole : done.alone).set(value, {}) // met again while it is open, it adds nothing
    const node = value as object // what has parts is an object
    const taken = inWhole || (whole?.(node) ?? false)
    path.push({ node, parts, next: 0, inWhole: taken, askedWhole: inWhole, kept: [], dropped: [], isOther: false })
    return undefined
  }

  function end(visit: Visit): Filtered {
    if (path.length === 0) visit.isOther = false // what leads back to the whole may do so when all of it stays together
    const filtered = halves(visit) ?? leaf(visit.node, visit.inWhole)
    ;(visit.askedWhole ? done.inWhole : done.alone).set(visit.node, filtered)
    return filtered
  }

  function leaf(value: unknown, inWhole: boolean): Filtered {
    return keep(value, inWhole) ? { kept: { error: value } } : { dropped: { error: value } }
  }
}

interface Visit {
  readonly node: object
  readonly parts: readonly unknown[]
  readonly inWhole: boolean
  readonly askedWhole: boolean
  readonly kept: unknown[]
  readonly dropped: unknown[]
  next: number
  /** Whether a part is not what it was: a part that leads back to a group around it goes on without that. */
  isOther: boolean
}

function add(visit: Visit, part: Filtered): void {
  const original = visit.parts[visit.next - 1]
  if (original !== visit.node && !Object.is((part.kept ?? part.dropped)?.error, original)) visit.isOther = true
  if (part.kept !== undefined) visit.kept.push(part.kept.error)
  if (part.dropped !== undefined) visit.dropped.push(part.dropped.error)
}

/** `undefined` when there was no leaf below. */
function halves({ node, kept, dropped, isOther }: Visit): Filtered | undefined {
  if (kept.length === 0 && dropped.length === 0) return undefined
  if (kept.length === 0) return { dropped: { error: isOther ? rebuild(node, dropped) : node } }
  if (dropped.length === 0) return { kept: { error: isOther ? rebuild(node, kept) : node } }
  return { kept: { error: rebuild(node, kept) }, dropped: { error: rebuild(node, dropped) } }
}

function rebuild(node: object, parts: readonly unknown[]): unknown {
  if (isSuppressedShape(node)) {
    return parts.length === 1 ? parts[0] : inherit(suppressedError(parts[1], parts[0]), node)
  }
  if (isGroupShape(node)) {
    const part = derive(node, parts)
    keepOwnStack(part, node)
    return inherit(part, node)
  }
  return inherit(copyAggregate(node as AggregateError, parts), node) // the third shape that has parts
}

/** A `derive` that fails must not cost the errors it was given, so the group is then made without it. */
function derive(group: GroupShape, parts: readonly unknown[]): Error {
  try {
    const derived = group.derive(parts)
    if (isGroupShape(derived)) return derived
    throw new TypeError(`derive() of ${group.name} must return an ErrorGroup`)
  } catch (error) {
    reportLateError(error, { source: 'ErrorGroup.derive', name: group.name })
    return group[groupBrand](parts, group.message)
  }
}

/** Of other people's aggregate errors the class and the own properties are kept, without calling their constructor. */
function copyAggregate(original: AggregateError, parts: readonly unknown[]): Error {
  const copy = new AggregateError(parts)
  Object.setPrototypeOf(copy, Object.getPrototypeOf(original) as object)
  for (const key of Reflect.ownKeys(original)) {
    const property = Object.getOwnPropertyDescriptor(original, key)
    if (property !== undefined && key !== 'errors' && key !== 'stack') Reflect.defineProperty(copy, key, property)
  }
  Reflect.defineProperty(copy, 'stack', { value: ownStackOf(original), writable: true, configurable: true })
  return copy
}

function inherit(part: Error, original: object): Error {
  if (Object.hasOwn(original, 'cause') && !Object.hasOwn(part, 'cause')) {
    const { cause } = original as { cause: unknown }
    Reflect.defineProperty(part, 'cause', { value: cause, writable: true, configurable: true })
  }
  copyNotes(original, part)
  return part
}
