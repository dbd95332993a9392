import { describe, expect, test } from 'vitest'
import { Cancelled, UsageError } from './classes.ts'
import { errorFromJSON } from './from-json.ts'
import { ErrorGroup } from './group.ts'
import { leaves } from './leaves.ts'
import { addNote, notesOf } from './notes.ts'
import { suppressedError } from './suppressed.ts'
import { errorToJSON, type ErrorJSON } from './to-json.ts'

function travel(error: unknown): unknown {
  return errorFromJSON(JSON.parse(JSON.stringify(errorToJSON(error))) as ErrorJSON) // what errorToJSON gave
}

describe('EG-24 a group that went through JSON', () => {
  const type = Object.assign(new TypeError('a', { cause: new Error('why') }), { code: 'ERR_A' })
  const inner = new ErrorGroup([suppressedError(new Error('close'), new RangeError('body'))], 'inner')
  const group = addNote(new ErrorGroup([type, inner, undefined], 'outer', { cause: 'because' }), 'note')
  const back = errorFromJSON(JSON.parse(JSON.stringify(group)) as ErrorJSON) as ErrorGroup // a group went in

  test('EG-24 is a group with the same message, cause, code and notes', () => {
    expect(back).toBeInstanceOf(ErrorGroup)
    expect(back).toMatchObject({ message: 'outer', cause: 'because', code: 'WITHAL_ERROR_GROUP' })
    expect(notesOf(back)).toEqual(['note'])
  })

  test('EG-24 has the same tree', () => {
    expect(leaves(back, { causes: true }).map(String)).toEqual(leaves(group, { causes: true }).map(String))
    expect(back.errors[1]).toMatchObject({ message: 'inner', errors: [{ name: 'SuppressedError' }] })
  })

  test('EG-24 has the same stacks', () => {
    expect([back.stack, (back.errors[0] as Error).stack]).toEqual([group.stack, type.stack])
  })

  test('EG-24 has errors of the same class with the same code', () => {
    expect(back.errors[0]).toBeInstanceOf(TypeError)
    expect(back.errors[0]).toMatchObject({ name: 'TypeError', code: 'ERR_A' })
  })

  test('EG-24 can be split', () => {
    expect(back.subgroup(TypeError)?.errors).toEqual([back.errors[0]])
  })

  test('EG-24 is as frozen as any', () => {
    expect(Object.isFrozen(back.errors)).toBe(true)
    expect(() => Object.assign(back, { errors: [] })).toThrow(TypeError)
  })
})

test('EG-24 a cancellation is one when it is restored', () => {
  const back = travel(new Cancelled('stop'))
  expect(back).toBeInstanceOf(Cancelled)
  expect(back).toMatchObject({ message: 'stop', name: 'AbortError' })
})

test('EG-24 an error of an unknown class keeps its name', () => {
  class DriverError extends Error {
    override readonly name = 'DriverError'
  }
  expect(travel(new DriverError('a'))).toMatchObject({ name: 'DriverError', message: 'a' })
})

test('EG-24 a plain AggregateError is one when it is restored', () => {
  const back = travel(new AggregateError([1], 'a'))
  expect([back instanceof AggregateError, back instanceof ErrorGroup]).toEqual([true, false])
})

test.each([
  [undefined],
  [null],
  ['text'],
  [0],
  [Number.NaN],
  [Number.NEGATIVE_INFINITY],
  [12n],
  [true],
  [{ status: 404 }],
])('EG-24 a thrown %o is restored', (thrown) => {
  expect(travel(thrown)).toEqual(thrown)
})

test.each([
  [Symbol('sign'), 'Symbol(sign)'],
  [function handler() {}, '[function handler]'],
])('EG-24 of what JSON cannot have, %o, a text is restored', (thrown, text) => {
  expect(travel(thrown)).toBe(text)
})

test('EG-24 an object that refuses to be written is a text', () => {
  const loop: { self?: unknown } = {}
  loop.self = loop
  expect(travel(loop)).toBe('[object]')
})

test('EG-24 an error that occurs twice is one object when it is restored', () => {
  const shared = new Error('shared')
  const back = travel(new ErrorGroup([shared, new ErrorGroup([shared], '', { cause: shared })])) as ErrorGroup<Error>
  const [first, second] = back.errors as [Error, ErrorGroup<Error>]
  expect([second.errors[0] === first, second.cause === first]).toEqual([true, true])
})

test('EG-24 errors that contain each other do so when they are restored', () => {
  const loop = new Error('loop')
  loop.cause = new ErrorGroup([loop, 1])
  const back = travel(loop) as Error & { cause: ErrorGroup }
  expect(back.cause.errors[0] === back).toBe(true)
})

test('EG-24 a very wide group travels', () => {
  const wide = new ErrorGroup(Array.from({ length: 200_000 }, (_, index) => index))
  expect((errorFromJSON(errorToJSON(wide)) as ErrorGroup).errors).toHaveLength(200_000)
})

test('EG-12 a very deep group is restored', () => {
  let deep: unknown = 'leaf'
  for (let level = 0; level < 50_000; level++) deep = new AggregateError([deep])
  expect(leaves(errorFromJSON(errorToJSON(deep)))).toEqual(['leaf'])
})

test.each([
  [undefined],
  ['text'],
  [{}],
  [{ kind: 'error' }],
  [{ kind: 'again', again: 1 }],
  [{ kind: 'group', name: 'ErrorGroup', message: 'a', errors: [] }],
  [{ kind: 'aggregate', name: 'AggregateError', message: 'a' }],
  [{ kind: 'aggregate', name: 'AggregateError', message: 'a', errors: [null] }],
])('EG-24 %o is refused', (json) => {
  expect(() => errorFromJSON(json as unknown as ErrorJSON)).toThrow(UsageError)
})
