import { expect, test } from 'vitest'
import { collapse } from './collapse.ts'
import { ErrorGroup } from './group.ts'
import { notesOf } from './notes.ts'
import { suppressedError } from './suppressed.ts'

test('EG-23 a group with one error becomes that error', () => {
  const only = new TypeError('a')
  expect(collapse(new ErrorGroup([new AggregateError([only])]))).toBe(only)
})

test('EG-23 the groups that went away, and why they were, stay as a note', () => {
  const inner = new ErrorGroup([new TypeError('a')], 'inner', { cause: new Error('why') })
  expect(notesOf(collapse(new ErrorGroup([inner], 'outer')))).toEqual([
    'the only error in ErrorGroup: outer > ErrorGroup: inner (caused by Error: why)',
  ])
})

test('EG-23 a note about the same groups is made once', () => {
  const group = new ErrorGroup([new TypeError('a')], 'outer')
  collapse(group)
  expect(notesOf(collapse(group))).toHaveLength(1)
})

test.each([
  ['a group of two', new ErrorGroup([1, 2])],
  ['a SuppressedError', suppressedError(1, 2)],
  ['a single error', new Error('a')],
  ['an empty AggregateError', new AggregateError([])],
  ['undefined', undefined],
])('EG-23 %s stays what it is', (_, error) => {
  expect(collapse(error)).toBe(error)
})

test('EG-23 a group of one undefined becomes undefined', () => {
  expect(collapse(new ErrorGroup([undefined]))).toBeUndefined()
})

test('EG-12 a very deep group of one is collapsed, with a note that is short', () => {
  const only = new Error('a')
  let deep: unknown = only
  for (let level = 0; level < 100_000; level++) deep = new AggregateError([deep], 'level')
  expect(collapse(deep)).toBe(only)
  expect(notesOf(only)[0]?.length).toBeLessThan(200)
})
