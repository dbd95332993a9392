import { AsyncExitStack, contextManager, hold, within, withinSync } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { generatorForms } from '../../test/generator-forms.ts'
import { thrownBy } from '../../test/thrown.ts'

describe.each(generatorForms)('$form', ({ make, run }) => {
  test('GM-01 what stands before the yield is enter, the yielded value the value, what stands after it exit', async () => {
    const events: unknown[] = []
    const opened = make(function* () {
      events.push('before')
      yield 'value'
      events.push('after')
    })
    const result = await run(opened(), (value) => (events.push(value), 'result'))
    expect(events).toEqual(['before', 'value', 'after'])
    expect(result).toBe('result')
  })

  test('GM-11 calling the function runs nothing of it', async () => {
    const started = vi.fn<() => void>()
    const opened = make(function* () {
      started()
      yield
    })
    const manager = opened()
    expect(started).not.toHaveBeenCalled()
    await run(manager, () => {})
    expect(started).toHaveBeenCalledOnce()
  })

  test('GM-16 each call gives a fresh manager', async () => {
    let number = 0
    const opened = make(function* () {
      yield ++number
    })
    const [first, second] = [opened(), opened()]
    expect(await run(second, (value) => value)).toBe(1)
    expect(await run(first, (value) => value)).toBe(2)
  })

  test.each(['afterwards', 'while it is in use'])('GM-16 CM-20 entered again %s, a manager says so', async (when) => {
    const started = vi.fn<() => void>()
    const opened = make(function* () {
      started()
      yield
    })
    const manager = opened()
    if (when === 'afterwards') await run(manager, () => {})
    else await hold(manager)
    expect(await thrownBy(() => run(manager, () => expect.unreachable()))).toMatchObject({
      name: 'StateError',
      code: 'WITHAL_ALREADY_ENTERED',
      message: expect.stringContaining('has already been entered. It is entered once: call') as string,
    })
    expect(started).toHaveBeenCalledOnce()
  })

  test('CM-09 what the generator throws before it yields passes unchanged', async () => {
    const error = new Error('enter')
    const opened = make(function* () {
      if (error instanceof Error) throw error
      yield
    })
    expect(await thrownBy(() => run(opened(), () => expect.unreachable()))).toBe(error)
    expect(error.cause).toBeUndefined()
  })
})

describe('contextManager', () => {
  test('GM-11 what the function itself throws comes from the call', () => {
    const opened = contextManager(function* (name: string = JSON.parse('{') as string) {
      yield name
    })
    expect(() => opened()).toThrow(SyntaxError)
    expect(opened('given')).toHaveProperty('~enter')
  })

  test('GM-12 arguments and `this` pass through untouched, whatever they are called', async () => {
    const given = { fn: 1, generator: 2, exitTimeout: 3, name: 4, '~enter': 5 }
    const sync = contextManager(function* (this: void, ...args: unknown[]) {
      yield [this, args] as unknown
    })
    const async = contextManager(async function* (this: void, ...args: unknown[]) {
      yield [this, args] as unknown
    })
    const owner = { sync, async }
    expect(withinSync(owner.sync(given, undefined, sync), (value) => value)).toEqual([owner, [given, undefined, sync]])
    expect(await within(owner.async(given, null), (value) => value)).toEqual([owner, [given, null]])
  })

  test('GM-13 an entered manager no longer holds the arguments it was made with', async () => {
    const opened = contextManager(function* (given: object | undefined) {
      const weak = new WeakRef(given!)
      given = undefined
      yield weak
    })
    const weak = await within(opened({ big: true }), async (argument) => {
      for (let turn = 0; turn < 5; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
        globalThis.gc?.()
      }
      return argument.deref()
    })
    expect(weak).toBeUndefined()
  })

  test.each(['sync', 'async'])('GM-14 a manager that is never entered runs nothing: %s', (kind) => {
    const started = vi.fn<() => void>()
    const sync = contextManager(function* () {
      started()
      yield
    })
    const async = contextManager(async function* () {
      started()
      yield
    })
    const manager = kind === 'sync' ? sync() : async()
    expect(Symbol.dispose in manager || Symbol.asyncDispose in manager).toBe(false)
    expect(started).not.toHaveBeenCalled()
  })

  test('GM-15 name, length and own properties are those of the generator function', () => {
    function* connection(_url: string, _options: object) {
      yield
    }
    connection.documentation = 'opens a connection'
    const opened = contextManager(connection)
    expect(Object.getOwnPropertyDescriptors(opened)).toMatchObject({
      name: { value: 'connection' },
      length: { value: 2 },
      documentation: { value: 'opens a connection' },
    })
  })

  test('GM-15 a manager is named in messages as its function', () => {
    function* session() {
      yield
    }
    const manager = contextManager(session)()
    withinSync(manager, () => {})
    expect(() => withinSync(manager, () => {})).toThrow(
      'The manager session has already been entered. It is entered once: call session again for a fresh one.',
    )
  })

  const untyped = contextManager as unknown as (fn: unknown) => () => unknown
  test.each([
    ['an async function', async function load() {}, /the function load\. Give a generator function/],
    ['undefined', undefined, /got undefined/],
    ['a generator that runs already', (function* () {})(), /got an object/],
  ])('GM-22 %s is refused', async (_, given, text) => {
    const error = await thrownBy(() => untyped(given))
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_NOT_A_GENERATOR' })
    expect((error as Error).message).toMatch(text)
  })

  test.each([
    ['a plain function', () => 42, /which returned 42/],
    ['a class, called', () => ({}), /which returned an object/],
    ['a function that gives a promise', () => Promise.resolve(), /which returned an object of class Promise/],
    ['a function that gives nothing', () => {}, /Give a generator function \(`function\*` or `async function\*`\)/],
  ])('GM-22 %s is refused when it is called', async (_, given, text) => {
    const error = await thrownBy(untyped(given))
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_NOT_A_GENERATOR' })
    expect((error as Error).message).toMatch(text)
  })

  test('GM-22 a plain function that gives a generator is accepted', () => {
    const opened = contextManager((name: string) =>
      (function* () {
        yield name
      })(),
    )
    expect(withinSync(opened('given'), (value) => value)).toBe('given')
  })

  test('GM-23 a promise yielded by a synchronous generator is the value, not awaited', async () => {
    const promise = Promise.resolve('later')
    const opened = contextManager(function* () {
      yield promise
    })
    expect(withinSync(opened(), (value) => value === promise)).toBe(true)
    expect(await within(opened(), (value) => value === promise)).toBe(true)
  })

  test('GM-23 a promise yielded by an asynchronous generator is awaited, and its rejection thrown at the yield', async () => {
    const opened = contextManager(async function* (promise: Promise<string>) {
      try {
        yield promise
      } catch (error) {
        throw new Error('setup', { cause: error })
      }
    })
    expect(await within(opened(Promise.resolve('value')), (value) => value)).toBe('value')
    const error = await thrownBy(() =>
      within(opened(Promise.reject(new Error('rejected'))), () => expect.unreachable()),
    )
    expect(error).toMatchObject({ message: 'setup', cause: { message: 'rejected' } })
  })

  test('GM-24 one and the same function serves within, hold, a stack and a step', async () => {
    const connection = contextManager(async function* () {
      yield 'connection'
    })
    const session = contextManager(async function* () {
      yield `session of ${yield* within(connection())}`
    })
    expect(await within(connection(), session(), (a, b) => [a, b])).toEqual(['connection', 'session of connection'])
    await using handle = await hold(connection())
    await using stack = new AsyncExitStack()
    expect([handle.value, await stack.enter(connection())]).toEqual(['connection', 'connection'])
  })

  test.each(['~exit', '~exitAsync'] as const)('CM-21 exited before it was entered, %s says so', async (exit) => {
    const sync = contextManager(function* early() {
      yield
    })
    const async = contextManager(async function* early() {
      yield
    })
    const outcome = { status: 'completed' } as const
    const error = await thrownBy(() => (exit === '~exit' ? sync()[exit](outcome) : async()[exit](outcome)))
    expect(error).toMatchObject({
      name: 'StateError',
      code: 'WITHAL_NOT_ENTERED',
      message: 'The manager early was exited before it was entered.',
    })
  })
})
