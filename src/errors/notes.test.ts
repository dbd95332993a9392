import { expect, test, vi } from 'vitest'
import { UsageError } from './classes.ts'
import { formatError } from './format.ts'
import { ErrorGroup } from './group.ts'
import { addNote, notesOf } from './notes.ts'

test('EG-25 notes are kept in the order in which they were added', () => {
  const error = addNote(addNote(new Error('a'), 'one'), 'two')
  expect(notesOf(error)).toEqual(['one', 'two'])
})

test('EG-25 a note gives back the same error, to be thrown on', () => {
  const error = new Error('a')
  expect(addNote(error, 'note')).toBe(error)
})

test('EG-25 a list of notes does not change when one is added', () => {
  const error = addNote(new Error('a'), 'one')
  const before = notesOf(error)
  addNote(error, 'two')
  expect(before).toEqual(['one'])
})

test('EG-25 a frozen error takes notes', () => {
  expect(notesOf(addNote(Object.freeze(new Error('a')), 'note'))).toEqual(['note'])
})

test.each([[undefined], [null], ['text'], [42]])('EG-25 %o has no place for notes and stays as it is', (thrown) => {
  expect([addNote(thrown, 'note'), notesOf(thrown)]).toEqual([thrown, []])
})

test('EG-25 what is not a string is refused', () => {
  expect(() => addNote(new Error('a'), 7 as unknown as string)).toThrow(UsageError)
})

test('EG-25 both halves of a group keep its notes', () => {
  const halves = addNote(new ErrorGroup([new TypeError('a'), 1]), 'note').split(TypeError)
  expect(halves.map(notesOf)).toEqual([['note'], ['note']])
})

test('EG-25 notes are shown below the error', () => {
  expect(formatError(addNote(new Error('a'), 'row 3\nof orders.csv'), { lines: 0 })).toBe(
    'Error: a\n  note: row 3\n  of orders.csv',
  )
})

test('EG-25 another copy of the package sees the notes', async () => {
  vi.resetModules()
  const other = await import('./notes.ts')
  expect(other.notesOf).not.toBe(notesOf)
  expect(other.notesOf(addNote(new Error('a'), 'note'))).toEqual(['note'])
})
