/** What can be put on a stack, what comes back, and what is refused; for both kinds. */
import { ClosedError, nullContext, UsageError } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { stackKinds, throwing } from '../../test/both-stacks.ts'
import { syncManager } from '../../test/scripted-managers.ts'
import { thrownBy } from '../../test/thrown.ts'

describe.each(stackKinds)('$kind', ({ kind, make, within, Stack }) => {
  test('ES-02 entering gives the value, and registers the exit', async () => {
    const stack = make()
    const exit = vi.fn<() => void>()
    expect(await stack.enter(syncManager({ enter: () => 'opened', exit }))).toBe('opened')
    expect(exit).not.toHaveBeenCalled()
    await stack.close()
    expect(exit).toHaveBeenCalledOnce()
  })

  test('ES-02 a disposable is entered as itself', async () => {
    const stack = make()
    const disposable = { [Symbol.dispose]: vi.fn<() => void>() }
    expect(await stack.enter(disposable)).toBe(disposable)
    await stack.close()
    expect(disposable[Symbol.dispose]).toHaveBeenCalledOnce()
  })

  test('ES-03 a failed enter registers nothing, and passes unchanged', async () => {
    const stack = make()
    const error = new Error('enter')
    const exit = vi.fn<() => void>()
    expect(await thrownBy(() => stack.enter(syncManager({ enter: throwing(error), exit })))).toBe(error)
    await stack.close()
    expect(exit).not.toHaveBeenCalled()
  })

  test('ES-03 what was registered before a failed enter is told of it', async () => {
    const stack = make()
    const error = new Error('enter')
    const exit = vi.fn<(outcome: unknown) => void>()
    stack.push(exit)
    const entering = thrownBy(() => stack.enter(syncManager({ enter: throwing(error) })))
    expect(await thrownBy(async () => within(stack, throwing(await entering)))).toBe(error)
    expect(exit.mock.calls).toEqual([[{ status: 'failed', error }]])
  })

  test('ES-05 a callback is called with exactly its arguments', async () => {
    const stack = make()
    const callback = vi.fn<(...args: unknown[]) => void>()
    stack.defer(callback)
    stack.defer(callback, 1, undefined, 'c')
    await stack.close()
    expect(callback.mock.calls).toEqual([[1, undefined, 'c'], []])
  })

  test('ES-05 a callback cannot swallow a failure', async () => {
    const stack = make()
    const error = new Error('body')
    stack.defer(() => true)
    stack.defer(() => true, 'argument')
    expect(await thrownBy(() => within(stack, throwing(error)))).toBe(error)
  })

  test('ES-05 what is pushed comes back, so that push can decorate', () => {
    const exit = (): void => {}
    expect(make().push(exit)).toBe(exit)
  })

  test('ES-06 an exit function is told the outcome as it stands at its turn', async () => {
    const stack = make()
    const told: unknown[] = []
    const error = new Error('body')
    stack.push((outcome: unknown) => void told.push(outcome))
    stack.push((outcome: unknown) => (told.push(outcome), true))
    await within(stack, throwing(error))
    expect(told).toEqual([{ status: 'failed', error }, { status: 'completed' }])
  })

  test('ES-06 an exit function swallows a failure by true', async () => {
    const stack = make()
    stack.push(() => true)
    expect(await within(stack, throwing(new Error('body')))).toBeUndefined()
  })

  test.each([1, 'true', {}, [], false, null])(
    'ES-06 an exit function does not swallow by %o (D-36)',
    async (answer) => {
      const stack = make()
      const error = new Error('body')
      stack.push(() => answer)
      expect(await thrownBy(() => within(stack, throwing(error)))).toBe(error)
    },
  )

  test('ES-06 a pushed manager is exited without having been entered', async () => {
    const stack = make()
    const [enter, exit] = [vi.fn<() => void>(), vi.fn<(outcome: unknown) => void>()]
    const manager = syncManager({ enter, exit })
    expect(stack.push(manager)).toBe(manager)
    await within(stack, () => 'done')
    expect([enter.mock.calls, exit.mock.calls]).toEqual([[], [[{ status: 'completed' }]]])
  })

  test('ES-06 a pushed disposable is disposed with itself as this', async () => {
    const stack = make()
    const seen: unknown[] = []
    const disposable = {
      [Symbol.dispose](...args: unknown[]): void {
        seen.push(this, args.length)
      },
    }
    stack.push(disposable)
    await stack.close()
    expect(seen).toEqual([disposable, 0])
  })

  test.each([undefined, null, 5, 'exit', {}, { '~exit': 5 }, Symbol('exit')])(
    'ES-07 pushing %o is refused',
    async (given) => {
      const stack = make()
      expect(() => stack.push(given)).toThrow(UsageError)
      expect(() => stack.push(given)).toThrow(TypeError)
      await stack.close()
    },
  )

  test.each([{}, { [Symbol.dispose]: 5 }, 5, 'text', true])('ES-07 using %o is refused with a TypeError', (given) => {
    expect(() => make().use(given)).toThrow(TypeError)
  })

  test.each([undefined, null, {}, 'text'])(
    'ES-07 deferring or adopting with %o is refused with a TypeError',
    (given) => {
      expect(() => make().defer(given as never)).toThrow(TypeError)
      expect(() => make().adopt(1, given as never)).toThrow(TypeError)
    },
  )

  test('ES-07 a refusal names what was given and what to give', () => {
    expect(() => make().push({ close() {} })).toThrow(
      `\`push\` of an ${kind} got an object. Give a function of the outcome, or something entered that has an exit.`,
    )
  })

  test('ES-08 use gives the disposable back, and disposes it once', async () => {
    const stack = make()
    const disposable = { [Symbol.dispose]: vi.fn<() => void>() }
    expect(stack.use(disposable)).toBe(disposable)
    await stack.close()
    await stack.close()
    expect(disposable[Symbol.dispose]).toHaveBeenCalledOnce()
  })

  test.each([null, undefined])('ES-08 use takes %s and does nothing for it', async (nothing) => {
    const stack = make()
    expect(stack.use(nothing)).toBe(nothing)
    await stack.close()
  })

  test('ES-08 adopt gives the value back, and calls the function with it', async () => {
    const stack = make()
    const dispose = vi.fn<(value: number) => void>()
    expect(stack.adopt(7, dispose)).toBe(7)
    await stack.close()
    expect(dispose.mock.calls).toEqual([[7]])
  })

  test('ES-08 defer gives nothing back', () => {
    expect(make().defer(() => 1)).toBeUndefined()
  })

  test('ES-08 the disposer is read once, when it is registered', async () => {
    const stack = make()
    const read = vi.fn<() => () => void>(() => () => {})
    const disposable = Object.defineProperty({}, Symbol.dispose, { get: read })
    stack.use(disposable)
    await stack.close()
    expect(read).toHaveBeenCalledOnce()
  })

  const registrations = {
    enter: (stack: ReturnType<typeof make>) => stack.enter(nullContext()),
    hold: (stack: ReturnType<typeof make>) => stack.hold(nullContext()),
    push: (stack: ReturnType<typeof make>) => stack.push(() => {}),
    use: (stack: ReturnType<typeof make>) => stack.use(null),
    adopt: (stack: ReturnType<typeof make>) => stack.adopt(1, () => {}),
    defer: (stack: ReturnType<typeof make>) => stack.defer(() => {}),
    move: (stack: ReturnType<typeof make>) => stack.move(),
    popAll: (stack: ReturnType<typeof make>) => stack.popAll(),
    complete: (stack: ReturnType<typeof make>) => stack.complete(),
  }
  test.each(Object.entries(registrations))('ES-23 %s on a closed stack is a ReferenceError', async (name, register) => {
    const stack = make()
    await stack.close()
    const error = await thrownBy(() => register(stack))
    expect(error).toBeInstanceOf(ReferenceError)
    expect(error).toBeInstanceOf(ClosedError)
    expect((error as Error).message).toContain(`\`${name}\` was called on an ${kind} that has been closed`)
  })

  test('ES-23 a closed stack cannot be entered', async () => {
    const stack = make()
    await stack.close()
    expect(await thrownBy(() => within(stack, () => {}))).toBeInstanceOf(ClosedError)
  })

  const methods = ['enter', 'hold', 'forget', 'push', 'use', 'adopt', 'defer', 'complete', 'move', 'popAll', 'close']
  test.each([...methods, 'disposed', 'closing', kind === 'ExitStack' ? 'dispose' : 'disposeAsync'])(
    'ES-38 %s taken off the stack refuses any other this',
    async (name) => {
      const other = stackKinds.find((each) => each.kind !== kind)!.make()
      const property = Object.getOwnPropertyDescriptor(Stack.prototype, name)!
      const method = (property.get ?? property.value) as (...args: unknown[]) => unknown // a getter, or a method
      for (const wrong of [undefined, {}, other, Object.create(Stack.prototype)]) {
        const argument = name === 'forget' ? await make().hold(nullContext()) : nullContext()
        expect(await thrownBy(() => Reflect.apply(method, wrong, [argument, () => {}]))).toBeInstanceOf(TypeError)
      }
      expect(other.disposed).toBe(false)
    },
  )
})
