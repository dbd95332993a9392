import { describe, expect, test, vi } from 'vitest'
import { Cancelled, UsageError } from './classes.ts'
import { ErrorGroup, isErrorGroup } from './group.ts'
import { leaves } from './leaves.ts'
import type { Matcher } from './match.ts'
import { suppressedError } from './suppressed.ts'

class BatchError extends ErrorGroup {
  readonly batch: number
  constructor(errors: Iterable<unknown>, batch: number) {
    super(errors, `batch ${batch} failed`)
    this.batch = batch
  }
  override derive(errors: Iterable<unknown>): BatchError {
    return new BatchError(errors, this.batch)
  }
}

const type = new TypeError('a')
const range = new RangeError('b')
const syntax = new SyntaxError('c')

describe('making one', () => {
  test('EG-01 a group is an AggregateError and an Error', () => {
    const group = new ErrorGroup([type], 'failed')
    expect([group instanceof ErrorGroup, group instanceof AggregateError, group instanceof Error]).toEqual([
      true,
      true,
      true,
    ])
  })

  test('EG-01 message and cause are taken as by Error', () => {
    const group = new ErrorGroup([type], 'failed', { cause: range })
    expect([group.message, group.cause, Object.hasOwn(new ErrorGroup([type]), 'cause')]).toEqual([
      'failed',
      range,
      false,
    ])
  })

  test('EG-01 a cause that is undefined is a cause', () => {
    expect(Object.hasOwn(new ErrorGroup([type], '', { cause: undefined }), 'cause')).toBe(true)
  })

  test('EG-01 errors are taken from any iterable, in its order', () => {
    expect(new ErrorGroup(new Set([type, range])).errors).toEqual([type, range])
  })

  test('EG-01 name, message, errors and stack do not appear among the keys', () => {
    expect(Object.keys(new ErrorGroup([type], 'failed'))).toEqual(['code'])
  })

  test('EG-01 a group has a name and a code', () => {
    const group = new ErrorGroup([type])
    expect([group.name, group.code]).toEqual(['ErrorGroup', 'WITHAL_ERROR_GROUP'])
  })

  test.each([
    ['an empty list', []],
    ['nothing', undefined],
    ['null', null],
    ['a number', 3],
    ['an error that is not in a list', type],
    ['a message in the place of the errors', 'batch failed'],
  ])('EG-02 %s is refused', (_, errors) => {
    expect(() => new ErrorGroup(errors as unknown[])).toThrow(UsageError)
  })

  test('EG-02 what is refused is named', () => {
    expect(() => new ErrorGroup('batch failed' as never)).toThrow('got "batch failed"')
  })

  test.each<[unknown]>([[undefined], [null], [0], [''], [{ status: 404 }], [new ErrorGroup([type])]])(
    'EG-03 %o may be a member',
    (member) => {
      expect(new ErrorGroup([member]).errors).toEqual([member])
    },
  )

  test('EG-04 changing the list that was given does not change the group', () => {
    const given: unknown[] = [type]
    const group = new ErrorGroup(given)
    given.push(range)
    expect(group.errors).toEqual([type])
  })

  test('EG-04 the list of the group is frozen and cannot be replaced', () => {
    const group = new ErrorGroup([type])
    expect(() => group.errors.push(range as never)).toThrow(TypeError)
    expect(() => Object.assign(group, { errors: [] })).toThrow(TypeError)
  })
})

describe('taking it apart', () => {
  test('EG-06 subgroup keeps the structure and removes groups that are empty', () => {
    const group = new ErrorGroup(
      [type, new ErrorGroup([range], 'only b'), new ErrorGroup([syntax, type], 'c and a')],
      'all',
    )
    const part = group.subgroup(TypeError)
    expect(part?.errors.map(String)).toEqual(['TypeError: a', 'ErrorGroup: c and a'])
    expect(leaves(part?.errors[1])).toEqual([type])
  })

  test('EG-06 subgroup of what nothing matches is undefined', () => {
    expect(new ErrorGroup([type]).subgroup(RangeError)).toBeUndefined()
  })

  test('EG-06 subgroup of what everything matches is the same object', () => {
    const group = new ErrorGroup([type, new ErrorGroup([type])])
    expect(group.subgroup(TypeError)).toBe(group)
  })

  test('EG-06 a part in which everything matches is the same object', () => {
    const inner = new ErrorGroup([type, type])
    expect(new ErrorGroup([inner, range]).subgroup(TypeError)?.errors[0]).toBe(inner)
  })

  test('EG-07 split gives what matches and the rest', () => {
    const [types, rest] = new ErrorGroup([type, range, type]).split(TypeError)
    expect([types?.errors, rest?.errors]).toEqual([[type, type], [range]])
  })

  test('EG-07 split gives undefined for a half with nothing in it', () => {
    const group = new ErrorGroup([type])
    expect(group.split(TypeError)).toEqual([group, undefined])
    expect(group.split(RangeError)).toEqual([undefined, group])
  })

  test('EG-07 both halves keep message and cause', () => {
    const halves = new ErrorGroup([type, range], 'failed', { cause: syntax }).split(TypeError)
    expect(halves.map((half) => [half?.message, half?.cause])).toEqual([
      ['failed', syntax],
      ['failed', syntax],
    ])
  })

  test('EG-07 both halves tell where the whole was made', () => {
    const group = new ErrorGroup([type, range], 'failed')
    const place = group.stack?.split('\n')[1]
    const halves = group.split(TypeError)
    expect(halves.map((half) => half?.stack?.split('\n')[1])).toEqual([place, place])
  })

  test('EG-07 both halves keep a subclass that says how', () => {
    const halves = new BatchError([type, range], 7).split(TypeError)
    expect(halves.map((half) => half instanceof BatchError && half.batch)).toEqual([7, 7])
  })

  test('EG-07 an AggregateError inside keeps its class, its properties and its stack', () => {
    class DriverError extends AggregateError {}
    const driver = Object.assign(new DriverError([type, range], 'connect'), { code: 'ECONNREFUSED' })
    const part = new ErrorGroup([driver]).subgroup(TypeError)?.errors[0] as unknown as DriverError
    expect(part).toBeInstanceOf(DriverError)
    expect(part).toMatchObject({ errors: [type], message: 'connect', code: 'ECONNREFUSED', stack: driver.stack })
  })

  test('EG-07 of a SuppressedError with one side left that side goes on bare', () => {
    const [types, rest] = new ErrorGroup([suppressedError(type, range)]).split(TypeError)
    expect([types?.errors, rest?.errors]).toEqual([[type], [range]])
  })

  test('EG-07 of a SuppressedError with something left on both sides it stays one', () => {
    const older = new ErrorGroup([type, range])
    const part = new ErrorGroup([suppressedError(type, older)]).subgroup(TypeError)?.errors[0]
    expect(part).toMatchObject({ name: 'SuppressedError', error: type, suppressed: { errors: [type] } })
  })

  test.each<[string, Matcher]>([
    ['a class', TypeError],
    ['an array of classes', [SyntaxError, TypeError]],
    ['a predicate', (error) => error === type],
    ['a name', { name: 'TypeError' }],
  ])('EG-08 %s is a matcher', (_, matcher) => {
    expect(new ErrorGroup([type, range]).subgroup(matcher)?.errors).toEqual([type])
  })

  test.each([['a string'], [undefined], [null], [42], [{}], [{ message: 'a' }], [['TypeError']], [{ code: true }]])(
    'EG-08 %o is no matcher, and is refused by name',
    (matcher) => {
      expect(() => new ErrorGroup([type]).split(matcher as unknown as Matcher)).toThrow(UsageError)
    },
  )

  test('EG-09 a predicate is asked about the group first, which is then taken whole', () => {
    const inner = new ErrorGroup([type, range], 'inner')
    const [taken, rest] = new ErrorGroup([inner, syntax]).split((error) => error === inner)
    expect([taken?.errors, rest?.errors]).toEqual([[inner], [syntax]])
  })

  test('EG-09 a group class takes groups of that class whole', () => {
    const batch = new BatchError([type, range], 7)
    const [taken, rest] = new ErrorGroup([batch, syntax]).split(BatchError)
    expect([taken?.errors, rest?.errors]).toEqual([[batch], [syntax]])
  })

  test('EG-09 that a group is an Error does not take the thrown values in it that are none', () => {
    const [errors, rest] = new ErrorGroup([type, 'text']).split(Error)
    expect([errors?.errors, rest?.errors]).toEqual([[type], ['text']])
  })

  test('EG-09 a cancellation in a group that is taken whole stays behind', () => {
    const cancelled = new Cancelled()
    const batch = new BatchError([type, cancelled], 7)
    const [taken, rest] = new ErrorGroup([batch]).split(BatchError)
    expect([leaves(taken), leaves(rest)]).toEqual([[type], [cancelled]])
  })

  test('EG-10 the leaves of both halves are the same objects in their old order', () => {
    const [types, rest] = new ErrorGroup([type, range, new ErrorGroup([syntax, type])]).split((error) => error === type)
    expect(leaves(types)[0]).toBe(type)
    expect(leaves(rest)).toEqual([range, syntax])
  })

  test('EG-13 parts of a subclass that says nothing are plain groups with the message kept', () => {
    class Named extends ErrorGroup {}
    const part = new Named([type, range], 'failed').subgroup(TypeError)
    expect([part instanceof Named, part instanceof ErrorGroup, part?.message]).toEqual([false, true, 'failed'])
  })

  test('EG-13 a derive that fails costs no error, and is reported', () => {
    const reported = vi.fn<(error: unknown) => void>()
    vi.stubGlobal('reportError', reported)
    const failure = new Error('derive failed')
    class Broken extends ErrorGroup {
      override derive(): never {
        throw failure
      }
    }
    const part = new Broken([type, range], 'failed').subgroup(TypeError)
    vi.unstubAllGlobals()
    expect([part?.message, part?.errors, reported.mock.calls[0]?.[0]]).toEqual(['failed', [type], failure])
  })
})

describe('a very deep group', () => {
  const depth = 100_000
  let deep: ErrorGroup = new ErrorGroup([type, range])
  for (let level = 1; level < depth; level++) deep = new ErrorGroup([deep])

  test('EG-12 can be split', () => {
    const [types, rest] = deep.split(TypeError)
    expect([leaves(types), leaves(rest)]).toEqual([[type], [range]])
  })

  test('EG-12 can be given as a subgroup of itself', () => {
    expect(deep.subgroup([TypeError, RangeError])).toBe(deep)
  })

  test('EG-12 has a stack', () => {
    expect(deep.stack).toContain('ErrorGroup (1 error)')
  })

  test('EG-12 can be made plain data', () => {
    expect(deep.toJSON().errors).toHaveLength(1)
  })
})

test('EG-12 a very wide group can be split', () => {
  const wide = new ErrorGroup(Array.from({ length: 300_000 }, (_, index) => index))
  const [even, odd] = wide.split((error) => typeof error === 'number' && error % 2 === 0)
  expect([even?.errors.length, odd?.errors.length]).toEqual([150_000, 150_000])
})

describe('two copies of the package', async () => {
  vi.resetModules()
  const other = await import('./group.ts')
  const theirs = new other.ErrorGroup([type, range], 'theirs')

  test('EG-28 a group of the one is an instance for the other', () => {
    expect([
      theirs instanceof ErrorGroup,
      new ErrorGroup([1]) instanceof other.ErrorGroup,
      isErrorGroup(theirs),
    ]).toEqual([true, true, true])
    expect(Object.getPrototypeOf(theirs)).not.toBe(ErrorGroup.prototype)
  })

  test('EG-28 a subclass has no instances but its own', () => {
    expect([theirs instanceof BatchError, new BatchError([1], 7) instanceof BatchError]).toEqual([false, true])
  })

  test('EG-28 a plain AggregateError is no ErrorGroup', () => {
    expect([new AggregateError([1]) instanceof ErrorGroup, isErrorGroup(new AggregateError([1]))]).toEqual([
      false,
      false,
    ])
  })

  test.each([[undefined], [null], ['ErrorGroup'], [{}]])('EG-28 %o is no ErrorGroup', (value) => {
    expect((value as unknown) instanceof ErrorGroup).toBe(false)
  })

  test('EG-28 a group of the one is split inside a group of the other', () => {
    const part = new ErrorGroup([theirs, syntax]).subgroup(TypeError)?.errors[0]
    expect(part).toMatchObject({ message: 'theirs', errors: [type] })
    expect(Object.getPrototypeOf(part)).toBe(other.ErrorGroup.prototype)
  })

  test('EG-28 a Cancelled of the one is kept from broad matchers by the other', async () => {
    const { Cancelled: Theirs } = await import('./classes.ts')
    const cancelled = new Theirs()
    expect(Object.getPrototypeOf(cancelled)).not.toBe(Cancelled.prototype)
    expect(new ErrorGroup([cancelled]).subgroup(Error)).toBeUndefined()
    expect(new ErrorGroup([cancelled]).subgroup(Cancelled)?.errors).toEqual([cancelled])
  })
})
