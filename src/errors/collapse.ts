/**
 * For the edge of a program, where a group with one error in it says less than that error.
 */
import { titleOf } from './describe.ts'
import { leaves } from './leaves.ts'
import { addNote, notesOf } from './notes.ts'
import { partsOf } from './shape.ts'

/**
 * Gives the error itself where a group, or groups in groups, hold only one, and the group as it is otherwise. The groups
 * that go away remain as a note on the error. What is no group is given back as it is.
 *
 * Code that handles errors should not depend on how many there were; this is for the end, where they are shown.
 *
 * @example
 * const group = new ErrorGroup([new ErrorGroup([new TypeError('no number')], 'inner')], 'outer')
 * String(collapse(group)) // => 'TypeError: no number'
 */
export function collapse(error: unknown): unknown {
  if (partsOf(error) === undefined) return error
  const [leaf, ...others] = leaves(error)
  if (others.length > 0 || leaf === error) return error
  const note = `the only error in ${groupsAround(leaf, error)}`
  return notesOf(leaf).includes(note) ? leaf : addNote(leaf, note)
}

const mostGroups = 5

function groupsAround(leaf: unknown, error: unknown): string {
  const titles: string[] = []
  let inside = error
  for (let depth = 0; inside !== leaf && typeof inside === 'object' && inside !== null; depth++) {
    if (depth === mostGroups) return `${titles.join(' > ')} > …`
    titles.push(groupText(inside))
    inside = partsOf(inside)?.[0]
  }
  return titles.join(' > ')
}

/** The cause would no longer be reached from the error, so the note names it. */
function groupText(group: object): string {
  const { cause } = group as { cause?: unknown }
  return typeof cause === 'object' && cause !== null
    ? `${titleOf(group)} (caused by ${titleOf(cause)})`
    : titleOf(group)
}
