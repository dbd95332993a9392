/** DEC-14 has no counterpart: JavaScript has no docstrings. */
import { contextManager, ensure, nullContext, suppress, wrap } from 'withal'
import type { Outcome } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { asyncManager, syncManager } from '../../test/scripted-managers.ts'
import { boundTo, TestBinding } from '../../test/test-scope.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

const events: unknown[] = []
const exit = (outcome: Outcome): void => void events.push(outcome.status)
const log = (name: string) => ({ enter: () => events.push(`enter ${name}`), exit })

/** Managers with functions that they may wrap. */
const rows: [string, () => unknown, (...args: never[]) => unknown][] = [
  ['a sync manager round a function', () => syncManager(log('m')), (a: number, b: number) => a + b],
  ['a sync manager round an async function', () => syncManager(log('m')), async (a: number, b: number) => a + b],
  [
    'a sync manager round a function that gives a promise',
    () => syncManager(log('m')),
    (a, b) => Promise.resolve(a + b),
  ],
  ['an async manager round an async function', () => asyncManager(log('m')), async (a: number, b: number) => a + b],
  [
    'an async manager round a function that gives a promise',
    () => asyncManager(log('m')),
    (a, b) => Promise.resolve(a + b),
  ],
]
const untyped = wrap as unknown as (make: unknown, fn?: unknown, options?: object) => (...args: unknown[]) => unknown

describe.each(rows)('%s', (_, make, fn) => {
  test('DEC-01 each call runs inside the manager, and arguments and result pass through', async () => {
    events.length = 0
    const add = untyped(make, fn)
    expect(await add(1, 2)).toBe(3)
    expect(await add(3, 4)).toBe(7)
    expect(events).toEqual(['enter m', 'completed', 'enter m', 'completed'])
  })

  test('DEC-01 the `this` of the call is that of the function, and of what makes the manager', async () => {
    const owners: unknown[] = []
    const owner = {
      call: untyped(
        function (this: unknown) {
          owners.push(this)
          return make()
        },
        function (this: unknown) {
          owners.push(this)
          return fn()
        },
      ),
    }
    await owner.call()
    expect(owners).toEqual([owner, owner])
  })

  test('DEC-01 the manager is made from the arguments of the call', async () => {
    const made = vi.fn<(...args: unknown[]) => unknown>(make)
    await untyped(made, fn)(1, 2)
    expect(made.mock.calls).toEqual([[1, 2]])
  })

  test('DEC-05 exit is told the error of the function', async () => {
    const told = vi.fn<(outcome: Outcome) => void>()
    const error = new Error('failed')
    const manager = { ...(make() as object), ...exits(told) }
    const broken = untyped(
      () => manager,
      async () => Promise.reject(error),
    )
    expect(await thrownBy(broken)).toBe(error)
    expect(told.mock.calls).toEqual([[{ status: 'failed', error }]])
  })

  test('DEC-05 where exit swallows the error the call gives undefined', async () => {
    const manager = { ...(make() as object), ...exits(() => true) }
    expect(
      await untyped(
        () => manager,
        () => Promise.reject(new Error('failed')),
      )(),
    ).toBeUndefined()
  })

  test('DEC-13 with `passValue` the value comes before the arguments', async () => {
    const given = vi.fn<(...args: unknown[]) => void>()
    const manager = { ...(make() as object), '~enter': () => 'value', '~enterAsync': () => 'value' }
    const call = untyped(
      () => manager,
      async (...args: unknown[]) => given(...args),
      { passValue: true },
    )
    await call(1, 2)
    expect(given.mock.calls).toEqual([['value', 1, 2]])
  })

  test('DEC-11 name, length and own properties are kept, and the original is reachable', () => {
    function original(_a: unknown, _b: unknown): void {}
    original.path = '/orders'
    const wrapped = untyped(make, original)
    expect(Object.getOwnPropertyDescriptors(wrapped)).toMatchObject({
      name: { value: 'original' },
      length: { value: 2 },
      path: { value: '/orders' },
    })
    expect((wrapped as unknown as { '~wrapped': unknown })['~wrapped']).toBe(original)
  })
})

function exits(answer: (outcome: Outcome) => unknown): object {
  return { '~exit': answer, '~exitAsync': answer }
}

describe('wrap', () => {
  const opened = contextManager(function* (name: string) {
    events.push(`> ${name}`)
    yield name
    events.push(`< ${name}`)
  })

  test('DEC-02 a generator manager is made anew for each call', () => {
    events.length = 0
    const greet = wrap(opened, (name: string) => `Hello ${name}`)
    expect([greet('Ada'), greet('Grace')]).toEqual(['Hello Ada', 'Hello Grace'])
    expect(events).toEqual(['> Ada', '< Ada', '> Grace', '< Grace'])
  })

  test('DEC-03 each level of a recursion has its own entry, and they unwind in order', () => {
    events.length = 0
    const count = wrap(
      (number: number) => opened(String(number)),
      (number: number): number => (number === 0 ? 0 : 1 + count(number - 1)),
    )
    expect(count(2)).toBe(2)
    expect(events).toEqual(['> 2', '> 1', '> 0', '< 0', '< 1', '< 2'])
  })

  test('DEC-03 so has each level of an asynchronous recursion', async () => {
    events.length = 0
    const count = wrap(
      (number: number) => opened(String(number)),
      async (number: number): Promise<number> => (number === 0 ? 0 : 1 + (await count(number - 1))),
    )
    expect(await count(2)).toBe(2)
    expect(events).toEqual(['> 2', '> 1', '> 0', '< 0', '< 1', '< 2'])
  })

  test('DEC-04 overlapping calls of an async function have entries of their own', async () => {
    events.length = 0
    const gates = { a: Promise.withResolvers<void>(), b: Promise.withResolvers<void>() }
    const wait = wrap(opened, async (name: string) => gates[name as 'a' | 'b'].promise)
    const calls = [wait('a'), wait('b')]
    gates.b.resolve()
    await calls[1]
    expect(events).toEqual(['> a', '> b', '< b'])
    gates.a.resolve()
    await calls[0]
    expect(events).toEqual(['> a', '> b', '< b', '< a'])
  })

  test.each([
    ['an async function', async (work: Promise<void>) => work],
    ['DEC-09 a plain function that gives a promise', (work: Promise<void>) => work],
  ])('DEC-06 round %s the manager stays entered until the promise has settled', async (_, fn) => {
    events.length = 0
    const { promise, resolve } = Promise.withResolvers<void>()
    const running = wrap(() => syncManager(log('m')), fn)(promise)
    await settled()
    expect(events).toEqual(['enter m'])
    resolve()
    await running
    expect(events).toEqual(['enter m', 'completed'])
  })

  test('DEC-09 a plain function that sometimes gives a promise is treated by what it gives', async () => {
    events.length = 0
    const sometimes = wrap(
      () => syncManager(log('m')),
      (wait: boolean): number | Promise<number> => (wait ? Promise.resolve(1) : 1),
    )
    expect(sometimes(false)).toBe(1)
    expect(events).toEqual(['enter m', 'completed'])
    expect(sometimes(true)).toBeInstanceOf(Promise)
    await settled()
  })

  test('DEC-01 a synchronous function stays synchronous: what it throws is thrown at once', () => {
    const error = new Error('failed')
    const fail = wrap(nullContext(), () => {
      throw error
    })
    expect(thrownAtOnceBy(fail)).toBe(error)
  })

  test('DEC-05 a synchronous function whose failure is swallowed gives undefined', () => {
    const parse = wrap(suppress(SyntaxError), (text: string) => JSON.parse(text) as unknown)
    expect([parse('1'), parse('{')]).toEqual([1, undefined])
  })

  test('DEC-12 a manager that can be entered again serves every call', async () => {
    events.length = 0
    const manager = asyncManager(log('m'))
    const work = wrap(manager, async () => 'result')
    expect(await Promise.all([work(), work()])).toEqual(['result', 'result'])
    expect(events).toEqual(['enter m', 'enter m', 'completed', 'completed'])
  })

  test('DEC-12 a manager that can be entered once is refused at the second call', () => {
    const work = wrap(opened('once'), () => 'result')
    expect(work()).toBe('result')
    expect(thrownAtOnceBy(work)).toMatchObject({ name: 'StateError', code: 'WITHAL_ALREADY_ENTERED' })
  })

  test('a manager with a frame of its own covers the call', async () => {
    const key = {}
    const sync = wrap(new TestBinding(key, 'bound'), () => boundTo(key))
    const async = wrap(new TestBinding(key, 'bound'), async () => (await settled(), boundTo(key)))
    expect([sync(), await async(), boundTo(key)]).toEqual(['bound', 'bound', undefined])
  })

  test('a disposable may wrap a function', async () => {
    const dispose = vi.fn<() => void>()
    expect(wrap({ [Symbol.dispose]: dispose }, () => 'sync')()).toBe('sync')
    expect(await wrap({ [Symbol.asyncDispose]: async () => dispose() }, async () => 'async')()).toBe('async')
    expect(dispose).toHaveBeenCalledTimes(2)
  })

  test.each([
    ['an async function', async () => {}],
    ['DEC-09 a plain function that gives a promise', () => Promise.resolve()],
  ])('DEC-06 round %s a manager of both protocols is left asynchronously', async (_, fn) => {
    events.length = 0
    const cleanup = ensure(() => settled().then(() => events.push('exited')))
    await wrap(cleanup, fn)()
    events.push('after')
    expect(events).toEqual(['exited', 'after'])
  })

  test.each([
    ['42', 42],
    ['"text"', 'text'],
    ['an object', {}],
  ])('%s in the place of the function is refused', (named, given) => {
    const error = thrownAtOnceBy(() => untyped(nullContext(), given))
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_INVALID_ARGUMENT' })
    expect((error as Error).message).toBe(`\`wrap\` got ${named}. Give the function to wrap.`)
  })

  test.each([
    ['a function', () => {}],
    ['an async function', async () => {}],
  ])('what is no manager is refused at the call of %s', async (_, fn) => {
    const error = await thrownBy(() => untyped(() => 42, fn)())
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_NOT_A_MANAGER' })
    expect((error as Error).message).toContain('got 42')
  })
})
