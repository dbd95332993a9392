/**
 * Notes: lines that whoever an error passes can add to it, without making another error of it. They are kept beside the
 * error, in one map for all copies of the package, so frozen errors take them as well.
 */
import { UsageError } from './classes.ts'

type Notes = WeakMap<object, readonly string[]>

const notesKey: unique symbol = Symbol.for('withal.notes/1') as never // `Symbol.for` has no unique type
const shared = globalThis as { [notesKey]?: Notes }

/**
 * Adds a line to an error, for whoever reads it in the end: which row, which attempt, which file. `formatError` shows
 * the notes below the error, and the parts that `split` makes of a group keep the notes of the group.
 *
 * @param error  Any thrown value. One that is not an object has no place for notes and stays as it is.
 * @returns  The same error, so that it can be thrown on.
 * @throws UsageError  The note is not a string. The error is unchanged.
 * @example
 * const error = addNote(new Error('bad row'), 'in line 7 of orders.csv')
 * notesOf(error) // => ['in line 7 of orders.csv']
 */
export function addNote<E>(error: E, note: string): E {
  if (typeof note !== 'string') {
    throw new UsageError('WITHAL_INVALID_ARGUMENT', `A note is a string; got a value of type ${typeof note}.`)
  }
  if (isObject(error)) store().set(error, Object.freeze([...notesOf(error), note]))
  return error
}

/**
 * The notes of an error, oldest first. Empty for an error without notes and for anything that is not an object. The
 * list is frozen, and does not change when a note is added later.
 *
 * @example
 * notesOf(new Error('nobody said anything')) // => []
 */
export function notesOf(error: unknown): readonly string[] {
  return (isObject(error) && shared[notesKey]?.get(error)) || none
}

/** Gives the parts of an error its notes; those they have already stay. */
export function copyNotes(from: object, to: object): void {
  const notes = notesOf(from)
  if (notes.length > 0 && from !== to) store().set(to, Object.freeze([...notes, ...notesOf(to)]))
}

const none: readonly string[] = Object.freeze([])

function store(): Notes {
  return (shared[notesKey] ??= new WeakMap())
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
