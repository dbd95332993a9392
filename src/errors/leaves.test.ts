import { describe, expect, test } from 'vitest'
import { ErrorGroup } from './group.ts'
import { leaves } from './leaves.ts'
import { suppressedError } from './suppressed.ts'

const first = new Error('first')
const second = new Error('second')
const third = new Error('third')

/** What TypeScript's helper throws on a runtime without `SuppressedError`. */
function downLevelled(newer: unknown, older: unknown): Error {
  return Object.assign(new Error('An error was suppressed during disposal.'), {
    name: 'SuppressedError',
    error: newer,
    suppressed: older,
  })
}

test('EG-10 leaves are the same objects, in order', () => {
  const found = leaves(new ErrorGroup([first, new ErrorGroup([second]), third]))
  expect(found.map((each, index) => each === [first, second, third][index])).toEqual([true, true, true])
})

test('EG-10 an error that occurs twice is given once', () => {
  expect(leaves(new ErrorGroup([first, new ErrorGroup([first, second])]))).toEqual([first, second])
})

test('EG-10 thrown values that are no objects are given as often as they were thrown', () => {
  expect(leaves(new ErrorGroup(['a', 'a', undefined]))).toEqual(['a', 'a', undefined])
})

describe('EG-11 the leaves', () => {
  test.each<[string, unknown, unknown[]]>([
    ['an error', first, [first]],
    ['undefined', undefined, [undefined]],
    ['a string', 'text', ['text']],
    ['a group', new ErrorGroup([first, second]), [first, second]],
    ['an AggregateError', new AggregateError([first, second]), [first, second]],
    [
      'an empty AggregateError',
      new AggregateError([], 'all promises were rejected'),
      [new AggregateError([], 'all promises were rejected')],
    ],
    ['a SuppressedError', suppressedError(second, first), [first, second]],
    ['a down-levelled SuppressedError', downLevelled(second, first), [first, second]],
    ['a SuppressedError that hides undefined', suppressedError(second, undefined), [undefined, second]],
    ['a chain of SuppressedErrors', suppressedError(third, suppressedError(second, first)), [first, second, third]],
    [
      'a mixture',
      new ErrorGroup([new AggregateError([first]), suppressedError(third, second)]),
      [first, second, third],
    ],
    ['an AggregateError of another realm', { name: 'AggregateError', errors: [first, second] }, [first, second]],
  ])('EG-11 of %s are found', (_, error, expected) => {
    expect(leaves(error)).toEqual(expected)
  })

  test('EG-11 of a native SuppressedError are found', () => {
    const { SuppressedError: Native } = globalThis as {
      SuppressedError?: new (error: unknown, suppressed: unknown) => Error
    }
    if (Native !== undefined) expect(leaves(new Native(second, first))).toEqual([first, second])
  })

  test('EG-11 a list called `errors` does not make a tree of any other error', () => {
    const validation = Object.assign(new Error('invalid'), { errors: [{ path: 'name' }] })
    expect(leaves(validation)).toEqual([validation])
  })

  test('EG-11 causes are given on request, each before what it caused', () => {
    const caused = new Error('caused', { cause: first })
    const group = new ErrorGroup([caused, third], 'failed', { cause: second })
    expect(leaves(group)).toEqual([caused, third])
    expect(leaves(group, { causes: true })).toEqual([second, first, caused, third])
  })

  test('EG-11 a group whose cause is one of its members is no leaf', () => {
    expect(leaves(new ErrorGroup([first], 'failed', { cause: first }), { causes: true })).toEqual([first])
  })

  test('EG-11 what throws when it is looked at is a leaf', () => {
    const hostile = new Proxy(new AggregateError([first]), {
      get() {
        throw new Error('hands off')
      },
    })
    expect(leaves(hostile)[0] === hostile).toBe(true)
  })
})

test('EG-12 leaves of a very deep group are found', () => {
  let deep: unknown = first
  for (let level = 0; level < 100_000; level++) deep = new AggregateError([deep])
  expect(leaves(deep)).toEqual([first])
})

test('EG-12 leaves of a very long chain of SuppressedErrors are found in order', () => {
  let chain: unknown = 0
  for (let exit = 1; exit < 100_000; exit++) chain = suppressedError(exit, chain)
  const found = leaves(chain)
  expect([found.length, found[0], found.at(-1)]).toEqual([100_000, 0, 99_999])
})

test('EG-12 a very long chain of causes is followed', () => {
  let chain = new Error('0')
  for (let level = 1; level < 100_000; level++) chain = new Error(String(level), { cause: chain })
  expect(leaves(chain, { causes: true })).toHaveLength(100_000)
})

test('EG-12 leaves of errors that contain each other are found', () => {
  const loop = new AggregateError([first])
  loop.errors.push(new AggregateError([loop]), second)
  expect(leaves(loop)).toEqual([first, loop.errors[1], second])
})

test('EG-12 an error that is its own cause is given once', () => {
  const loop = new Error('loop')
  loop.cause = loop
  expect(leaves(loop, { causes: true })).toEqual([loop])
})
