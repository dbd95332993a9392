// oxlint-disable unicorn/no-thenable -- what is thenable is what is tested
import {
  AsyncExitStack,
  contextManager,
  hold,
  isAsyncContextManager,
  isContextManager,
  nullContext,
  onLateError,
  within,
  withinSync,
} from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { thrownBy } from '../../test/thrown.ts'

type Untyped = (...given: unknown[]) => unknown

/** Wherever a manager is taken by those who may wait. */
const places: [string, (manager: unknown) => unknown][] = [
  ['within', (manager) => (within as Untyped)(manager, () => {})],
  ['within, in the second place', (manager) => (within as Untyped)(nullContext(), manager, () => {})],
  [
    'hold',
    async (manager) => {
      await using _handle = await hold(manager as Disposable)
    },
  ],
  [
    'a stack',
    async (manager) => {
      await using stack = new AsyncExitStack<boolean>()
      await stack.enter(manager as Disposable)
    },
  ],
]

describe('what a manager is', () => {
  const sync = { '~enter': () => {}, '~exit': () => {} }
  const async = { '~enterAsync': () => {}, '~exitAsync': () => {} }

  test.each([
    ['an object with both methods', sync, true],
    ['a function with both methods', Object.assign(() => {}, sync), true],
    ['an instance of a class that inherits nothing', new (class { '~enter'() {} '~exit'() {} })(), true], // prettier-ignore
    ['one whose exit is null', { ...sync, '~exit': null }, false],
    ['one whose exit is undefined', { ...sync, '~exit': undefined }, false],
    ['one whose enter is null', { ...sync, '~enter': null }, false],
    ['an asynchronous one', async, false],
    ['null', null, false],
    ['a text', '~enter', false],
  ])('CM-03 the guard takes %s for a manager: %s', (_, given, is) => {
    expect(isContextManager(given)).toBe(is)
  })

  test.each([
    ['an object with both methods', async, true],
    ['one whose exit is null', { ...async, '~exitAsync': null }, false],
    ['a synchronous one', sync, false],
    ['undefined', undefined, false],
  ])('CM-03 the asynchronous guard takes %s for a manager: %s', (_, given, is) => {
    expect(isAsyncContextManager(given)).toBe(is)
  })
})

describe.each(places)('%s', (_, give) => {
  test.each([
    ["'~exit'", { '~enter': () => {} }],
    ["'~enter'", { '~exit': () => {} }],
    ["'~exitAsync'", { '~enterAsync': () => {} }],
    ["'~exitAsync'", { '~enterAsync': () => {}, '~exitAsync': null }],
    ["'~enterAsync'", { '~exitAsync': () => {} }],
  ])('CM-02 names the missing method %s', async (method, given) => {
    const error = await thrownBy(() => give(given))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({
      name: 'UsageError',
      code: 'WITHAL_NOT_A_MANAGER',
      message: expect.stringContaining(`has no method ${method}. A manager needs both`) as string,
    })
  })

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['42', 42],
    ['"pool"', 'pool'],
    ['an object of class Map', new Map()],
    ['undefined', Promise.resolve(undefined)],
  ])('CM-16 refuses %s and says what to give', async (named, given) => {
    const error = await thrownBy(() => give(given))
    expect(error).toMatchObject({
      name: 'UsageError',
      code: 'WITHAL_NOT_A_MANAGER',
      message: expect.stringMatching(/which is not a context manager. Give a manager, a handle,/) as string,
    })
    expect((error as Error).message).toContain(`got ${named},`)
  })

  test('CM-16 refuses a disposer that is no function', async () => {
    const error = await thrownBy(() => give({ [Symbol.dispose]: 'close' }))
    expect(error).toMatchObject({ code: 'WITHAL_NOT_A_MANAGER' })
    expect((error as Error).message).toMatch(/`Symbol.dispose`.*"close", not a function/)
  })

  test('CM-24 exits a plain Disposable, with itself as `this`', async () => {
    const dispose = vi.fn<() => void>()
    const disposable = { [Symbol.dispose]: dispose }
    await give(disposable)
    expect(dispose.mock.contexts).toEqual([disposable])
    expect(dispose.mock.calls).toEqual([[]])
  })

  test('CM-17 reads the disposer once, when it is opened', async () => {
    const read = vi.fn<() => void>()
    const disposable = {
      get [Symbol.asyncDispose]() {
        read()
        return async () => {}
      },
    }
    await give(disposable)
    expect(read).toHaveBeenCalledOnce()
  })

  test('ACM-04 of two disposers reads and calls only the asynchronous one', async () => {
    const [sync, async] = [vi.fn<() => void>(), vi.fn<() => Promise<void>>()]
    await give({
      [Symbol.asyncDispose]: async,
      get [Symbol.dispose]() {
        sync()
        return sync
      },
    })
    expect([sync.mock.calls.length, async.mock.calls.length]).toEqual([0, 1])
  })

  test.each([null, undefined])('ACM-04 takes the other disposer where the asynchronous one is %s', async (nothing) => {
    const sync = vi.fn<() => void>()
    await give({ [Symbol.asyncDispose]: nothing, [Symbol.dispose]: sync })
    expect(sync).toHaveBeenCalledOnce()
  })

  test('ACM-05 accepts an asynchronous disposer that gives no promise', async () => {
    const dispose = vi.fn<() => string>(() => 'no promise')
    await give({ [Symbol.asyncDispose]: dispose })
    expect(dispose).toHaveBeenCalledOnce()
  })

  test('ACM-05 waits for a foreign thenable given by an asynchronous disposer', async () => {
    const events: string[] = []
    const thenable = {
      then: (resolve: () => void) =>
        setImmediate(() => {
          events.push('disposed')
          resolve()
        }),
    }
    await give({ [Symbol.asyncDispose]: () => thenable })
    events.push('after')
    expect(events).toEqual(['disposed', 'after'])
  })

  test('ACM-06 does not wait for a promise given by a synchronous disposer', async () => {
    await give({ [Symbol.dispose]: () => new Promise(() => {}) })
  })

  test('ACM-06 reports the failure of a promise given by a synchronous disposer', async () => {
    const heard: unknown[] = []
    const remove = onLateError((error) => (heard.push(error), 'handled'))
    await give({ [Symbol.dispose]: () => Promise.reject(new Error('late')) })
    await settled()
    remove()
    expect(heard).toEqual([new Error('late')])
  })
})

describe('a disposable as a manager', () => {
  test('CM-24 gives itself', async () => {
    const disposable = { [Symbol.dispose]: () => {} }
    expect(withinSync(disposable, (value) => value)).toBe(disposable)
    expect(await within(disposable, (value) => value)).toBe(disposable)
    const asyncDisposable = { [Symbol.asyncDispose]: async () => {} }
    expect(await within(asyncDisposable, (value) => value)).toBe(asyncDisposable)
  })

  test('CM-24 never swallows', async () => {
    const disposable = { [Symbol.dispose]: () => true as never }
    const body = (): never => {
      throw new Error('body')
    }
    expect(await thrownBy(() => withinSync(disposable, body))).toEqual(new Error('body'))
    expect(await thrownBy(() => within(disposable, body))).toEqual(new Error('body'))
  })

  test('D-35 can only add its own error, since it is not told the one of the body', async () => {
    const [newer, older] = [new Error('dispose'), new Error('body')]
    const disposable = {
      [Symbol.dispose]: () => {
        throw newer
      },
    }
    const body = (): never => {
      throw older
    }
    for (const run of [() => withinSync(disposable, body), () => within(disposable, body)]) {
      expect(await thrownBy(run)).toMatchObject({ name: 'SuppressedError', error: newer, suppressed: older })
    }
    expect(newer.cause).toBeUndefined()
  })

  test('ACM-03 a synchronous manager is accepted by the asynchronous form', async () => {
    expect(await within({ '~enter': () => 'sync', '~exit': () => {} }, async (value) => value)).toBe('sync')
  })

  test('ACM-03 of both protocols on one object the asynchronous form uses the asynchronous one', async () => {
    const both = {
      '~enter': () => 'sync',
      '~exit': () => {},
      '~enterAsync': () => 'async',
      '~exitAsync': () => {},
    }
    expect(await within(both, (value) => value)).toBe('async')
    expect(withinSync(both, (value) => value)).toBe('sync')
  })
})

test('CM-16 asks of a function in the first place whether the call was forgotten', async () => {
  const connection: unknown = contextManager(function* connect() {
    yield 1
  })
  for (const enter of [within, withinSync, hold] as readonly ((given: unknown, body: () => void) => unknown)[]) {
    const error = await thrownBy(() => enter(connection, () => {}))
    expect(error).toMatchObject({ code: 'WITHAL_NOT_A_MANAGER' })
    expect(String(error)).toMatch(/Give a manager, .* If it makes one, call it\.$/)
  }
})
