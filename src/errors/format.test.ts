import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Cancelled, UsageError } from './classes.ts'
import { formatError, type FormatOptions } from './format.ts'
import { ErrorGroup } from './group.ts'
import { suppressedError } from './suppressed.ts'

/** The text without stacks, which differ from machine to machine. */
const textOf = (error: unknown, options?: FormatOptions): string[] =>
  formatError(error, { lines: 0, ...options }).split('\n')

const withStack = <E extends Error>(error: E, stack: string): E => Object.assign(error, { stack })

describe('a group', () => {
  const group = new ErrorGroup(
    [new TypeError('a'), new ErrorGroup([new RangeError('b')], 'inner'), 'text'],
    'batch failed',
  )

  test('EG-05 says its message and how many errors are in it, and shows them indented', () => {
    expect(textOf(group)).toEqual([
      'ErrorGroup: batch failed (3 errors)',
      '  ├ TypeError: a',
      '  ├ ErrorGroup: inner (1 error)',
      '  │   ├ RangeError: b',
      '  ├ thrown: "text"',
    ])
  })

  test('EG-05 keeps its message as it was given', () => {
    expect(group.message).toBe('batch failed')
  })

  test('EG-05 without a message says how many errors are in it', () => {
    expect(textOf(new ErrorGroup([1]))[0]).toBe('ErrorGroup (1 error)')
  })

  test('EG-05 shows the tree in its stack', () => {
    expect(group.stack).toBe(formatError(group))
  })

  test('EG-05 shows the tree when it is inspected, also inside something else', () => {
    expect(inspect(group)).toBe(formatError(group))
    expect(inspect({ group })).toContain('├ RangeError: b')
  })

  test('EG-05 takes another stack as any error does', () => {
    const other = new ErrorGroup([1])
    other.stack = 'replaced'
    expect(other.stack).toBe('replaced')
  })

  test("EG-05 shows each member's own stack once", () => {
    const member = withStack(new Error('a'), 'Error: a\n    at here (file.ts:1:1)')
    const whole = formatError(new ErrorGroup([member, new ErrorGroup([member], 'inner')]))
    expect(whole.split('at here')).toHaveLength(2)
    expect(whole).toContain('├ Error: a (shown above)')
  })

  test('EG-05 shows where it was made', () => {
    expect(formatError(group).split('\n')[1]).toMatch(/^ {4}at .*format\.test\.ts/)
  })

  test('EG-05 shows where the whole was made when a part of it is shown', () => {
    expect(formatError(group.subgroup(TypeError)).split('\n')[1]).toBe(formatError(group).split('\n')[1])
  })

  test('EG-05 shows its cause after its members, indented', () => {
    expect(textOf(new ErrorGroup([1], 'a', { cause: new ErrorGroup([2], 'b') }))).toEqual([
      'ErrorGroup: a (1 error)',
      '  ├ thrown: 1',
      '  caused by: ErrorGroup: b (1 error)',
      '    ├ thrown: 2',
    ])
  })
})

describe('a SuppressedError', () => {
  test('EG-05 is shown with what happened first first', () => {
    const chain = suppressedError(new Error('exit 2'), suppressedError(new Error('exit 1'), new Error('body')))
    expect(textOf(chain)).toEqual([
      'Error: body',
      'then closing failed: Error: exit 1',
      'then closing failed: Error: exit 2',
    ])
  })

  test('EG-05 in a group stays with its member', () => {
    expect(textOf(new ErrorGroup([suppressedError(new Error('exit'), new Error('body'))]))).toEqual([
      'ErrorGroup (1 error)',
      '  ├ Error: body',
      '  │ then closing failed: Error: exit',
    ])
  })

  test('EG-05 that contains itself is named', () => {
    const loop = {
      name: 'SuppressedError',
      message: 'loop',
      stack: '',
      error: 'exit',
      suppressed: undefined as unknown,
    }
    loop.suppressed = loop
    expect(textOf(loop)).toEqual(['SuppressedError: loop (shown above)', 'then closing failed: thrown: "exit"'])
  })
})

describe('a single error', () => {
  test('EG-05 is shown with its code, unless name or message tell it', () => {
    expect(textOf(Object.assign(new Error('a'), { code: 'EIO' }))).toEqual(['Error [EIO]: a'])
    expect(textOf(Object.assign(new Error('EIO: a'), { code: 'EIO' }))).toEqual(['Error: EIO: a'])
  })

  test('EG-05 is shown with its other properties, in a few words', () => {
    const error = Object.assign(new Error('a'), {
      errno: -5,
      path: '/x',
      response: new Map(),
      extra: undefined,
      list: [1],
    })
    expect(textOf(error)).toEqual(['Error: a', '  { errno: -5, path: "/x", response: [Map], list: [array of 1] }'])
  })

  test('EG-05 is shown with at most a dozen properties', () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`p${index}`, index]))
    expect(textOf(Object.assign(new Error('a'), many))[1]).toMatch(/p11: 11, … 8 more }$/)
  })

  test('EG-05 is shown with its causes', () => {
    const chain = new Error('a', { cause: new Error('b', { cause: 'c' }) })
    expect(textOf(chain)).toEqual(['Error: a', '  caused by: Error: b', '    caused by: thrown: "c"'])
  })

  test('EG-05 that is its own cause is shown once', () => {
    const loop = new Error('a')
    loop.cause = loop
    expect(textOf(loop)).toEqual(['Error: a', '  caused by: Error: a (shown above)'])
  })

  test('EG-05 is shown with its message as it is now', () => {
    const error = new Error('before')
    error.message = 'after'
    const [header, frame] = formatError(error).split('\n')
    expect([header, frame?.startsWith('    at ')]).toEqual(['Error: after', true])
  })

  test.each([
    ['of V8', 'Error: a\n    at one (x.ts:1:1)\n    at two (x.ts:2:2)'],
    ['of V8 for a message with several lines', 'Error: a\n    at one (x.ts:1:1)\n    at two (x.ts:2:2)'],
    ['of SpiderMonkey', 'at one (x.ts:1:1)\nat two (x.ts:2:2)'.replaceAll('at ', '@')],
  ])('EG-05 is shown with the places in a stack %s', (_, stack) => {
    expect(formatError(withStack(new Error('a'), stack)).split('\n')).toHaveLength(3)
  })

  test('EG-05 is shown with all lines of its message', () => {
    const error = withStack(new Error('a\n    at heart'), 'Error: a\n    at heart\n    at one (x.ts:1:1)')
    expect(formatError(error)).toBe('Error: a\n    at heart\n    at one (x.ts:1:1)')
  })

  test.each([[undefined], [''], [42], ['Error: a'], ['something else']])(
    'EG-05 is shown also when its stack is %o',
    (stack) => {
      expect(formatError(Object.assign(new Error('a'), { stack }))).toBe('Error: a')
    },
  )

  test('EG-05 that was a cancellation says why', () => {
    expect(textOf(new Cancelled('stop', { reason: 'shutdown', source: 'explicit' }))).toEqual([
      'AbortError [ABORT_ERR]: stop',
      '  { reason: "shutdown", source: "explicit" }',
    ])
  })
})

test.each<[unknown, string]>([
  [undefined, 'thrown: undefined'],
  [null, 'thrown: null'],
  ['text', 'thrown: "text"'],
  [12n, 'thrown: 12n'],
  [Symbol('sign'), 'thrown: Symbol(sign)'],
  [{ status: 404, body: {} }, 'thrown: { status: 404, body: [object] }'],
  [Object.create(null), 'thrown: {}'],
  [[1, 2], 'thrown: [array of 2]'],
  [new Date(0), 'thrown: [Date]'],
  [function handler() {}, 'thrown: [function handler]'],
])('EG-05 a thrown %o is shown', (thrown, text) => {
  expect(formatError(thrown)).toBe(text)
})

describe('limits', () => {
  test('EG-05 errors beyond the limit are counted', () => {
    const wide = new ErrorGroup(Array.from({ length: 1000 }, (_, index) => index))
    const lines = textOf(wide, { errors: 3 })
    expect(lines.slice(1)).toEqual(['  ├ thrown: 0', '  ├ thrown: 1', '… and at least 998 more errors'])
  })

  test('EG-05 a hundred errors are shown by default', () => {
    const wide = new ErrorGroup(Array.from({ length: 1000 }, (_, index) => index))
    expect(textOf(wide).at(-2)).toBe('  ├ thrown: 98')
  })

  test('EG-05 lines of a stack beyond the limit are counted', () => {
    const error = withStack(new Error('a'), 'Error: a\n    at one (x.ts:1:1)\n    at two (x.ts:2:2)')
    expect(formatError(error, { lines: 1 })).toBe('Error: a\n    at one (x.ts:1:1)\n    … 1 more line')
  })

  test('EG-05 without any error allowed there is one line', () => {
    expect(formatError(new Error('a'), { errors: 0 })).toBe('… and at least 1 more error')
  })

  test.each([[{ errors: -1 }], [{ lines: Number.NaN }], [{ errors: '3' }]])('EG-05 %o is refused', (options) => {
    expect(() => formatError('a', options as unknown as FormatOptions)).toThrow(UsageError)
  })
})

describe('whatever it is given', () => {
  test('EG-12 a very deep tree is shown as far as the limit goes', () => {
    let deep: unknown = new Error('leaf', { cause: 'cause' })
    for (let level = 0; level < 100_000; level++) deep = suppressedError(level, new AggregateError([deep]))
    expect(textOf(deep).at(-1)).toMatch(/more errors$/)
  })

  test('EG-12 a very deep tree can be shown whole', () => {
    let deep: unknown = new Error('leaf')
    for (let level = 0; level < 100_000; level++) deep = new AggregateError([deep])
    expect(textOf(deep, { errors: Number.POSITIVE_INFINITY }).at(-1)).toMatch(/Error: leaf$/)
  })

  test('EG-12 a very long chain of causes is shown as far as the limit goes', () => {
    let chain = new Error('first')
    for (let level = 0; level < 100_000; level++) chain = new Error('later', { cause: chain })
    expect(textOf(chain)).toHaveLength(101)
  })

  const traps = ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'] as const
  test.each(traps)('EG-05 a proxy whose `%s` throws is shown', (trap) => {
    const handler = { [trap]: throwing }
    for (const target of [new Error('a'), new ErrorGroup([1]), suppressedError(1, 2), {}]) {
      const hostile = new Proxy(target, handler)
      expect(typeof formatError(new AggregateError([hostile], 'a', { cause: hostile }))).toBe('string')
    }
  })

  test.each(['name', 'message', 'stack', 'code', 'cause', 'errors', 'other'])(
    'EG-05 an error whose `%s` throws is shown',
    (key) => {
      const hostile = Object.defineProperty(new AggregateError([1], 'a'), key, { get: throwing, enumerable: true })
      expect(formatError(hostile)).toContain('Error')
    },
  )

  test('EG-05 never throws', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withBigInt: true, withMap: true, withDate: true }),
        (anything) => {
          const error = new AggregateError([anything], 'a', { cause: anything })
          expect(typeof formatError(Object.assign(error, { anything }))).toBe('string')
        },
      ),
    )
  })
})

function throwing(): never {
  throw new Error('hands off')
}
