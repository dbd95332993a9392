/** UT-01 to UT-06 (UT-07, no native form, is a type error: see ready-made.test-d.ts). */
import { Cancelled, ErrorGroup, hold, holdSync, suppress, UsageError, within, withinSync } from 'withal'
import { describe, expect, test } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

const forms = [
  ['within', (manager: ReturnType<typeof suppress>, body: () => unknown) => within(manager, body)],
  ['withinSync', async (manager: ReturnType<typeof suppress>, body: () => unknown) => withinSync(manager, body)],
] as const

class Special extends RangeError {}
const enoent = Object.assign(new Error('no such file'), { code: 'ENOENT' })
const missing = Object.assign(new Error('missing'), { name: 'NotFoundError' })

describe.each(forms)('%s', (_, run) => {
  test.each([
    ['UT-01 of the class', new RangeError('a'), [RangeError]],
    ['UT-01 of a subclass', new Special('a'), [RangeError]],
    ['UT-01 of one of several classes', new TypeError('a'), [RangeError, TypeError]],
    ['UT-03 with the code', enoent, [{ code: 'ENOENT' }]],
    ['UT-03 with the name', missing, [{ name: 'NotFoundError' }]],
    ['UT-03 with name and code', enoent, [{ name: 'Error', code: 'ENOENT' }]],
    ['UT-03 that a predicate means', new Error('transient'), [(error: unknown) => String(error).includes('transient')]],
    ['UT-03 that is no Error at all', undefined, [(error: unknown) => error === undefined]],
  ])('%s is swallowed', async (_name, error, matchers) => {
    expect(await run(suppress(...(matchers as [])), throwing(error))).toBeUndefined()
  })

  test.each([
    ['UT-01 of another class', new TypeError('a'), [RangeError]],
    ['UT-01 of a superclass', new Error('a'), [RangeError]],
    ['UT-02 without matchers', new Error('a'), []],
    ['UT-03 with another code', enoent, [{ code: 'EACCES' }]],
    ['UT-03 with the name only', enoent, [{ name: 'Error', code: 'EACCES' }]],
    ['UT-03 that the predicate does not mean', new Error('a'), [() => false]],
    ['UT-05 that is a cancellation, by Error,', new Cancelled(), [Error]],
    ['UT-05 that stands for a cancellation, by Error,', abortError(new Cancelled()), [Error]],
  ])('%s passes as it is', async (_name, error, matchers) => {
    expect(await thrownBy(() => run(suppress(...(matchers as [])), throwing(error)))).toBe(error)
  })

  test('UT-02 gives undefined, and does nothing when nothing fails', async () => {
    const seen: unknown[] = []
    expect(await run(suppress(Error), (...args: unknown[]) => (seen.push(...args), 'result'))).toBe('result')
    expect(seen).toEqual([undefined])
  })

  test('UT-04 from a group, what is meant is taken out; the rest is thrown in its shape', async () => {
    const [kept, nested] = [new RangeError('kept'), new RangeError('nested')]
    const group = new ErrorGroup(
      [
        new TypeError('a'),
        kept,
        new ErrorGroup([new TypeError('b'), nested], 'inner'),
        new ErrorGroup([new TypeError('c')]),
      ],
      'outer',
    )
    const thrown = await thrownBy(() => run(suppress(TypeError), throwing(group)))
    expect(thrown).toBeInstanceOf(ErrorGroup)
    expect(thrown).toMatchObject({ errors: [kept, { errors: [nested] }] })
    expect((thrown as ErrorGroup).errors).toHaveLength(2)
    expect((thrown as ErrorGroup).message).toContain('outer')
    expect((thrown as ErrorGroup).errors[1]).toBeInstanceOf(ErrorGroup)
  })

  test('UT-04 a group of which all is meant is swallowed', async () => {
    const group = new AggregateError([new TypeError('a'), new ErrorGroup([new TypeError('b')])])
    expect(await run(suppress(TypeError), throwing(group))).toBeUndefined()
  })

  test('UT-04 a group of which nothing is meant passes as it is', async () => {
    const group = new AggregateError([new TypeError('a')])
    expect(await thrownBy(() => run(suppress(RangeError), throwing(group)))).toBe(group)
  })

  test('UT-05 from a group, Error leaves the cancellation in', async () => {
    const cancelled = new Cancelled()
    const group = new ErrorGroup([new TypeError('a'), cancelled])
    expect(await thrownBy(() => run(suppress(Error), throwing(group)))).toMatchObject({ errors: [cancelled] })
  })

  test.each([
    ['a Cancelled', new Cancelled()],
    ['an AbortError caused by one', abortError(new Cancelled())],
    ['a group of them', new ErrorGroup([new Cancelled(), new Cancelled()])],
  ])('UT-05 suppress(Cancelled) swallows %s', async (_name, error) => {
    expect(await run(suppress(Cancelled), throwing(error))).toBeUndefined()
  })

  test('UT-06 can be used again, also inside itself', async () => {
    const manager = suppress(RangeError)
    const error = new TypeError('other')
    const events: unknown[] = []
    events.push(await run(manager, throwing(new RangeError('first'))))
    events.push(await run(manager, throwing(new RangeError('second'))))
    events.push(await thrownBy(() => run(manager, throwing(error))))
    expect(events).toEqual([undefined, undefined, error])
  })
})

test('UT-06 nested in itself, the inner one swallows', () => {
  const manager = suppress(RangeError)
  const result = withinSync(manager, () => {
    withinSync(manager, throwing(new RangeError('inner')))
    return 'goes on'
  })
  expect(result).toBe('goes on')
})

test.each([5, 'ENOENT', null, { message: 'a' }, {}])(
  'UT-03 %o is refused as a matcher, before anything runs',
  (matcher) => {
    expect(thrownAtOnceBy(() => suppress(matcher as never))).toBeInstanceOf(UsageError)
  },
)

test('UT-07 held natively it is refused, and told why', async () => {
  const manager = suppress(Error) as never
  for (const error of [await thrownBy(() => hold(manager)), thrownAtOnceBy(() => holdSync(manager))]) {
    expect(error).toMatchObject({ code: 'WITHAL_NEEDS_A_BODY' })
    expect((error as Error).message).toContain('an object of class Suppress acts on a body, so it cannot be held')
  }
})

function abortError(cause: unknown): Error {
  return Object.assign(new Error('aborted', { cause }), { name: 'AbortError', code: 'ABORT_ERR' })
}

test('a predicate is not asked before there is an error', () => {
  const asked: unknown[] = []
  suppress((error) => {
    asked.push(error)
    return true
  })
  expect(asked).toEqual([])
})
