import { describe, expect, test } from 'vitest'
import { Cancelled, UsageError } from './classes.ts'
import { ErrorGroup } from './group.ts'
import { handleErrors, type ErrorHandlers } from './handle.ts'
import { leaves } from './leaves.ts'
import type { Matcher } from './match.ts'
import { suppressedError } from './suppressed.ts'

const type = new TypeError('a')
const range = new RangeError('b')
const syntax = new SyntaxError('c')

/** What comes out, `undefined` when nothing does. */
async function outcome<const M extends readonly Matcher[]>(
  error: unknown,
  handlers: ErrorHandlers<M>,
): Promise<unknown> {
  try {
    await handleErrors(error, handlers)
    return undefined
  } catch (thrown) {
    return thrown
  }
}

const nothing = (): void => {}
const again = (part: ErrorGroup): never => {
  throw part
}
const throws = (error: unknown) => (): never => {
  throw error
}

describe('what handlers get', () => {
  test('EG-14 each handler gets the part that matches, and the rest is thrown as a group', async () => {
    const got: unknown[] = []
    const thrown = await outcome(new ErrorGroup([type, range, syntax], 'failed'), [
      [TypeError, (part) => got.push(part.errors)],
      [RangeError, (part) => got.push(part.errors)],
    ])
    expect([got, thrown]).toMatchObject([[[type], [range]], { message: 'failed', errors: [syntax] }])
  })

  test('EG-14 what one handler has taken the next one does not get', async () => {
    const got: unknown[] = []
    await handleErrors(new ErrorGroup([type, range]), [
      [TypeError, (part) => got.push(...part.errors)],
      [Error, (part) => got.push(...part.errors)],
    ])
    expect(got).toEqual([type, range])
  })

  test('EG-14 a handler that matches nothing is not called', async () => {
    expect(await outcome(new ErrorGroup([type]), [[TypeError, nothing], [Error, throws('called')]])).toBeUndefined() // prettier-ignore
  })

  test('EG-14 a part has the structure of the whole', async () => {
    let got: unknown
    const group = new ErrorGroup([new ErrorGroup([type, range], 'inner'), syntax], 'outer')
    await outcome(group, [[TypeError, (part) => (got = part)]])
    expect(got).toMatchObject({ message: 'outer', errors: [{ message: 'inner', errors: [type] }] })
  })

  test('EG-15 when nothing matches, the original object is thrown', async () => {
    const group = new ErrorGroup([type])
    expect(await outcome(group, [[RangeError, nothing]])).toBe(group)
    expect(await outcome(group, [])).toBe(group)
  })

  test('EG-16 a single error that matches is handed over in a group', async () => {
    let got: unknown
    await handleErrors(type, [[TypeError, (part) => (got = part)]])
    expect(got).toBeInstanceOf(ErrorGroup)
    expect(got).toMatchObject({ errors: [type] })
  })

  test.each([[type], [undefined], ['text']])(
    'EG-16 a single error that does not match is thrown as it is: %s',
    async (error) => {
      expect(await outcome(error, [[RangeError, nothing]])).toBe(error)
    },
  )

  test('EG-16 an undefined that was thrown can be handled', async () => {
    expect(await outcome(undefined, [[(error) => error === undefined, throws('met')]])).toMatchObject({ error: 'met' })
  })

  test('EG-16 both sides of a SuppressedError can be handled', async () => {
    const got: unknown[] = []
    const both = suppressedError(type, range)
    await handleErrors(both, [
      [TypeError, (part) => got.push(part.errors)],
      [RangeError, (part) => got.push(part.errors)],
    ])
    expect(got).toEqual([[type], [range]])
  })

  test('EG-17 when everything is handled, the call just ends', async () => {
    expect(await outcome(new ErrorGroup([type, range]), [[[TypeError, RangeError], nothing]])).toBeUndefined()
  })

  test('EG-20 async handlers run one after another', async () => {
    const steps: string[] = []
    const slow = (name: string) => async (): Promise<void> => {
      steps.push(`${name} starts`)
      await Promise.resolve()
      await Promise.resolve()
      steps.push(`${name} ends`)
    }
    await handleErrors(new ErrorGroup([type, range]), [
      [TypeError, slow('first')],
      [RangeError, slow('second')],
    ])
    expect(steps).toEqual(['first starts', 'first ends', 'second starts', 'second ends'])
  })

  test('EG-20 what an async handler throws counts like anything thrown', async () => {
    const thrown = await outcome(type, [[TypeError, async () => Promise.reject(range)]])
    expect(thrown).toBe(range)
    delete range.cause
  })
})

describe('handlers that throw', () => {
  test('EG-18 parts that are thrown again go back into the original object', async () => {
    const group = new ErrorGroup([type, new ErrorGroup([range]), syntax])
    expect(await outcome(group, [[TypeError, again], [RangeError, again]])).toBe(group) // prettier-ignore
  })

  test('EG-18 what is thrown again goes back to its place, what was handled is gone', async () => {
    const group = new ErrorGroup([type, range, syntax], 'failed')
    const thrown = await outcome(group, [[RangeError, nothing], [TypeError, again]]) // prettier-ignore
    expect(thrown).toMatchObject({ message: 'failed', errors: [type, syntax] })
  })

  test('EG-18 a part of the part that is thrown again goes back as well', async () => {
    const other = new TypeError('other')
    const group = new ErrorGroup([type, range, other])
    const thrown = await outcome(group, [
      [
        TypeError,
        (part) => {
          throw part.subgroup((error) => error === other)
        },
      ],
    ])
    expect(thrown).toMatchObject({ errors: [range, other] })
  })

  test('EG-18 a single error of the part that is thrown again goes back as well', async () => {
    const group = new ErrorGroup([type, range])
    expect(await outcome(group, [[TypeError, throws(type)]])).toBe(group)
  })

  test('EG-18 a single error that is thrown again is thrown bare', async () => {
    expect(await outcome(type, [[TypeError, again]])).toBe(type)
  })

  test('EG-18 a new error is thrown in a group with the rest', async () => {
    const news = new Error('new')
    const thrown = await outcome(new ErrorGroup([type, range], 'failed'), [[TypeError, throws(news)]])
    expect(thrown).toMatchObject({ message: 'failed', errors: [news, { message: 'failed', errors: [range] }] })
  })

  test('EG-18 a new error is thrown in a group also when there is no rest', async () => {
    const news = new Error('new')
    expect(await outcome(new ErrorGroup([type]), [[TypeError, throws(news)]])).toMatchObject({ errors: [news] })
  })

  test('EG-18 a new error for a single one is thrown bare, with the old one as its cause', async () => {
    const news = new Error('new')
    expect(await outcome(type, [[TypeError, throws(news)]])).toBe(news)
    expect(news.cause).toBe(type)
  })

  test('EG-18 a new error for several has their group as its cause', async () => {
    const news = new Error('new')
    await outcome(new ErrorGroup([type, range]), [[Error, throws(news)]])
    expect(news.cause).toMatchObject({ errors: [type, range] })
  })

  test('EG-18 a new error that has a cause of its own loses neither', async () => {
    const news = new Error('new', { cause: 'own' })
    expect(leaves(await outcome(type, [[TypeError, throws(news)]]))).toEqual([type, news])
    expect(news.cause).toBe('own')
  })

  test('EG-19 when several handlers throw, all their errors come out together', async () => {
    const news = [new Error('one'), new Error('two')]
    const thrown = await outcome(new ErrorGroup([type, range]), [
      [TypeError, throws(news[0])],
      [RangeError, throws(news[1])],
    ])
    expect(thrown).toMatchObject({ errors: news })
  })

  test('EG-19 a handler that throws does not keep the next one from its part', async () => {
    const got: unknown[] = []
    await outcome(new ErrorGroup([type, range]), [
      [TypeError, throws(new Error('new'))],
      [RangeError, (part) => got.push(...part.errors)],
    ])
    expect(got).toEqual([range])
  })

  test('EG-19 what is new and what is thrown again come out together', async () => {
    const news = new Error('new')
    const thrown = await outcome(new ErrorGroup([type, range, syntax]), [
      [TypeError, throws(news)],
      [RangeError, again],
    ])
    expect(thrown).toMatchObject({ errors: [news, { errors: [range, syntax] }] })
  })
})

describe('what is refused', () => {
  class Batch extends ErrorGroup {}
  test.each<[string, Matcher]>([
    ['ErrorGroup', ErrorGroup],
    ['AggregateError', AggregateError],
    ['a subclass', Batch],
    ['an array with one', [TypeError, ErrorGroup]],
    ['the name', { name: 'ErrorGroup' }],
    ['the code', { code: 'WITHAL_ERROR_GROUP' }],
  ])('EG-21 %s as a matcher is refused before any handler runs', async (_, matcher) => {
    const thrown = await outcome(type, [[TypeError, throws('called')], [matcher, nothing]]) // prettier-ignore
    expect(thrown).toBeInstanceOf(UsageError)
    expect(thrown).toMatchObject({ cause: type })
  })

  test.each([[undefined], [{}], [[TypeError, nothing]], [[[TypeError]]], [[['TypeError', nothing]]]])(
    'EG-08 %o are no handlers, and the error is kept as the cause',
    async (handlers) => {
      const thrown = await outcome(type, handlers as never)
      expect(thrown).toBeInstanceOf(UsageError)
      expect(thrown).toMatchObject({ cause: type })
    },
  )
})

test('EG-22 a cancellation goes only to who names it', async () => {
  const cancelled = new Cancelled()
  const got: unknown[] = []
  const thrown = await outcome(new ErrorGroup([type, cancelled]), [[Error, (part) => got.push(...part.errors)]])
  expect([got, thrown]).toMatchObject([[type], { errors: [cancelled] }])
  expect(await outcome(new ErrorGroup([cancelled]), [[Cancelled, nothing]])).toBeUndefined()
})

test('EG-22 a bare cancellation passes every broad handler as it is', async () => {
  const cancelled = new Cancelled()
  expect(await outcome(cancelled, [[Error, nothing]])).toBe(cancelled)
})

test('a predicate that throws keeps the error it was asked about as its cause', async () => {
  const original = new Error('original')
  const asking = (): boolean => {
    throw new RangeError('in the predicate')
  }
  await expect(handleErrors(original, [[asking, () => {}]])).rejects.toMatchObject({
    message: 'in the predicate',
    cause: original,
  })
})
