/** DEC-07: generator functions inside a manager. */
import { wrap } from 'withal'
import type { Outcome } from 'withal'
import { describe, expect, test } from 'vitest'
import { asyncManager, syncManager } from '../../test/scripted-managers.ts'
import { boundTo, TestBinding } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

const events: string[] = []
const script = {
  enter: () => events.push('enter'),
  exit: (outcome: Outcome) => void events.push(`exit ${outcome.status}`),
}

type Either = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>
type Fn = (...args: never[]) => Generator<unknown, unknown, unknown>
const untyped = wrap as unknown as (make: unknown, fn: unknown, options?: object) => (...args: unknown[]) => Either

const toAsync = (fn: Fn) =>
  async function* (this: unknown, ...args: never[]): AsyncGenerator<unknown, unknown, unknown> {
    return yield* Reflect.apply(fn, this, args)
  }

const rows: [string, (fn: Fn, exit?: (outcome: Outcome) => unknown) => (...args: unknown[]) => Either][] = [
  [
    'a sync manager round function*',
    (fn, exit) => untyped(() => syncManager({ ...script, ...(exit && { exit }) }), fn),
  ],
  [
    'a sync manager round async function*',
    (fn, exit) => untyped(() => syncManager({ ...script, ...(exit && { exit }) }), toAsync(fn)),
  ],
  [
    'an async manager round async function*',
    (fn, exit) => untyped(() => asyncManager({ ...script, ...(exit && { exit }) }), toAsync(fn)),
  ],
]

describe.each(rows)('%s', (_, wrapped) => {
  const numbers = wrapped(function* (...given: number[]) {
    try {
      for (const number of given) {
        events.push(`number ${number}`)
        yield number
      }
      return 'result'
    } finally {
      events.push('closed')
    }
  })

  test('DEC-07 is entered at the first `next` and exited when the generator has ended', async () => {
    events.length = 0
    const generator = numbers(1, 2)
    expect(events).toEqual([])
    expect(await generator.next()).toEqual({ done: false, value: 1 })
    expect(events).toEqual(['enter', 'number 1'])
    expect(await generator.next()).toEqual({ done: false, value: 2 })
    expect(await generator.next()).toEqual({ done: true, value: 'result' })
    expect(events).toEqual(['enter', 'number 1', 'number 2', 'closed', 'exit completed'])
  })

  test('DEC-07 a generator that was never started enters nothing', async () => {
    events.length = 0
    const generator = numbers(1)
    await generator.return('early')
    expect(await generator.next()).toEqual({ done: true, value: undefined })
    expect(events).toEqual([])
  })

  test('DEC-07 left by break, the generator is closed first, and exit is told that nobody knows', async () => {
    events.length = 0
    for await (const number of numbers(1, 2)) {
      events.push(`break at ${String(number)}`)
      break
    }
    expect(events).toEqual(['enter', 'number 1', 'break at 1', 'closed', 'exit unknown'])
  })

  test('DEC-07 what the generator throws is told to exit, and thrown', async () => {
    const told: Outcome[] = []
    const error = new Error('failed')
    const failing = wrapped(
      function* () {
        yield 1
        throw error
      },
      (outcome) => void told.push(outcome),
    )
    const generator = failing()
    await generator.next()
    expect(await thrownBy(() => generator.next())).toBe(error)
    expect(told).toEqual([{ status: 'failed', error }])
    expect(await generator.next()).toEqual({ done: true, value: undefined })
  })

  test('DEC-05 DEC-07 where exit swallows the failure, the generator ends without a result', async () => {
    const failing = wrapped(
      function* () {
        yield 1
        throw new Error('failed')
      },
      () => true,
    )
    const generator = failing()
    await generator.next()
    expect(await generator.next()).toEqual({ done: true, value: undefined })
  })

  test('DEC-07 values and errors sent in reach the generator', async () => {
    const seen: unknown[] = []
    const echo = wrapped(function* (): Generator<unknown, unknown, unknown> {
      try {
        seen.push(yield 'first')
        seen.push(yield 'second')
      } catch (error) {
        seen.push(error)
      }
      return seen.length
    })
    const generator = echo()
    await generator.next()
    await generator.next('sent')
    expect(await generator.throw('thrown')).toEqual({ done: true, value: 2 })
    expect(seen).toEqual(['sent', 'thrown'])
  })

  test('DEC-07 an error of closing early is told to exit, and thrown', async () => {
    const told: Outcome[] = []
    const broken = wrapped(
      function* () {
        try {
          yield 1
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- that is what is tested
          throw new Error('closing')
        }
      },
      (outcome) => void told.push(outcome),
    )
    const generator = broken()
    await generator.next()
    expect(await thrownBy(() => generator.return(undefined))).toEqual(new Error('closing'))
    expect(told).toEqual([{ status: 'failed', error: new Error('closing') }])
  })

  test('DEC-02 DEC-04 generators that run at the same time have entries of their own', async () => {
    events.length = 0
    const [a, b] = [numbers(1), numbers(2)]
    await a.next()
    await b.next()
    await a.return(undefined)
    await b.next()
    expect(events.filter((event) => event.startsWith('e'))).toEqual([
      'enter',
      'enter',
      'exit unknown',
      'exit completed',
    ])
  })

  test('DEC-01 `this` and arguments are those of the call', async () => {
    const owner = {
      list: wrapped(function* (this: unknown, ...args: unknown[]) {
        yield [this, ...args]
      }),
    }
    expect(await owner.list(1, 2).next()).toEqual({ done: false, value: [owner, 1, 2] })
  })
})

test('DEC-13 with `passValue` the value comes before the arguments', async () => {
  const list = wrap(
    () => asyncManager({ enter: () => 'value' }),
    async function* (value: unknown, ...args: number[]) {
      yield [value, ...args]
    },
    { passValue: true },
  )
  expect(await list(1, 2).next()).toEqual({ done: false, value: ['value', 1, 2] })
})

test('DEC-07 each step runs inside the manager, what the consumer does between them does not', async () => {
  const key = {}
  const seen: unknown[] = []
  const sync = wrap(new TestBinding(key, 'bound'), function* () {
    yield boundTo(key)
    yield boundTo(key)
  })
  const async = wrap(new TestBinding(key, 'bound'), async function* () {
    yield boundTo(key)
    await Promise.resolve()
    yield boundTo(key)
  })
  for (const value of sync()) seen.push(value, boundTo(key))
  for await (const value of async()) seen.push(value, boundTo(key))
  expect(seen).toEqual(['bound', undefined, 'bound', undefined, 'bound', undefined, 'bound', undefined])
})

test('DEC-08 an async manager round a synchronous generator is refused at the first `next`', () => {
  const list = untyped(
    () => asyncManager({}),
    function* () {
      yield 1
    },
  )
  expect(() => list().next()).toThrow(expect.objectContaining({ code: 'WITHAL_ASYNC_IN_SYNC' }) as Error)
})
