/** What a program says on stderr when it ends: its errors with the tasks they came from, and what went wrong with its end. */
import { addNote, formatError, leaves, notesOf, othersOf } from '../errors/index.ts'
import { placeOfOpening } from './opened-at.ts'
import { taskOf } from './task-of.ts'
import { pathTo } from './task-path.ts'
import { TaskNode } from './task.ts'

/** Prints errors in the order in which they came up, each with what failed beside it. */
export function printErrors(errors: Iterable<unknown>): void {
  const all = new Set(errors)
  for (const error of all) {
    for (const other of othersOf(error)) all.add(other) // is met by this very loop
    for (const part of new Set([error, ...leaves(error)])) noteTask(part)
    console.error(formatError(error))
  }
}

/** Prints a line about the program itself. */
export function printProblem(text: string): void {
  console.error(`withal: ${text}`)
}

function noteTask(error: unknown): void {
  const task = taskOf(error)
  if (!(task instanceof TaskNode)) return
  const openedAt = placeOfOpening(task)
  const note = `in the task ${pathTo(task)}${openedAt === undefined ? '' : `, spawned at:\n${openedAt}`}`
  if (!notesOf(error).includes(note)) addNote(error, note)
}
