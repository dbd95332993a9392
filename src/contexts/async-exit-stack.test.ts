/** What is the asynchronous stack's own: it takes everything, waits for each exit, and is an `AsyncDisposableStack`. */
import { AsyncExitStack, ExitStack, hold, nullContext, onLateError, suppress, within } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { settled } from '../../test/hand-clock.ts'
import { asyncManager, syncManager } from '../../test/scripted-managers.ts'
import { thrownBy } from '../../test/thrown.ts'

/** How many turns a promise takes until those who wait for it go on. */
async function turnsOf(promise: Promise<unknown>): Promise<number> {
  const ended: string[] = []
  const waiting = promise.then(() => ended.push('promise'))
  let turns = 0
  for (; ended.length === 0; turns++) await Promise.resolve()
  await waiting
  return turns
}

describe('AsyncExitStack', () => {
  test('ES-27 synchronous and asynchronous registrations mix, and run last in, first out', async () => {
    const stack = new AsyncExitStack<boolean>()
    const order: number[] = []
    const later = (number: number) => async (): Promise<void> => {
      await settled()
      order.push(number)
    }
    await stack.enter(syncManager({ exit: () => void order.push(1) }))
    await stack.enter(asyncManager({ exit: later(2) }))
    stack.use({ [Symbol.dispose]: () => void order.push(3) })
    stack.use({ [Symbol.asyncDispose]: later(4) })
    stack.defer(later(5))
    stack.defer(() => order.push(6))
    stack.adopt(7, later(7))
    stack.push(later(8))
    stack.push(asyncManager({ exit: later(9) }))
    await stack.hold(asyncManager({ exit: later(10) }))
    await stack.enter(Promise.resolve(syncManager({ exit: () => void order.push(11) })))
    await stack.close()
    expect(order).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
  })

  test('ES-27 the asynchronous disposer is taken where there are both', async () => {
    const both = {
      [Symbol.asyncDispose]: vi.fn<() => Promise<void>>(async () => {}),
      [Symbol.dispose]: vi.fn<() => void>(),
    }
    const stack = new AsyncExitStack()
    stack.use(both)
    await stack.close()
    expect(both[Symbol.asyncDispose]).toHaveBeenCalledOnce()
    expect(both[Symbol.dispose]).not.toHaveBeenCalled()
  })

  test('ES-28 each exit is waited for before the next begins', async () => {
    const stack = new AsyncExitStack()
    const events: string[] = []
    for (const name of ['a', 'b']) {
      stack.defer(async () => {
        events.push(`begin ${name}`)
        await settled()
        events.push(`end ${name}`)
      })
    }
    await stack.close()
    expect(events).toEqual(['begin b', 'end b', 'begin a', 'end a'])
  })

  test('ES-28 a foreign thenable is waited for, too', async () => {
    const stack = new AsyncExitStack()
    const events: string[] = []
    stack.defer(() => events.push('next'))
    stack.defer(() => ({
      // oxlint-disable-next-line unicorn/no-thenable -- what a library may give
      then: (resolve: () => void) => void settled().then(() => (events.push('thenable'), resolve())),
    }))
    await stack.close()
    expect(events).toEqual(['thenable', 'next'])
  })

  test('ES-10 exits that reject are failures as those that throw', async () => {
    const stack = new AsyncExitStack()
    const [first, second] = [new Error('first'), new Error('second')]
    stack.defer(async () => throwing(second)())
    stack.defer(() => Promise.reject(first))
    expect(await thrownBy(() => stack.close())).toMatchObject({ error: second, suppressed: first })
  })

  test('ES-09 an asynchronous exit function swallows by resolving to true', async () => {
    const stack = new AsyncExitStack<boolean>()
    const outer = vi.fn<(outcome: unknown) => void>()
    stack.push(outer)
    stack.push(async () => true as const)
    expect(await within(stack, throwing(new Error('body')))).toBeUndefined()
    expect(outer.mock.calls).toEqual([[{ status: 'completed' }]])
  })

  test('ES-09 suppress on a stack that may swallow does what it does by itself', async () => {
    for (const stack of [new AsyncExitStack<boolean>(), new AsyncExitStack<boolean>().fork()]) {
      const body = async (): Promise<never> => {
        await stack.enter(suppress(RangeError))
        throw new RangeError('body')
      }
      expect(await within(stack, body)).toBeUndefined()
    }
  })

  test('D-16 the promise of a synchronous disposer is not waited for, and its failure is reported late', async () => {
    const late: unknown[] = []
    const remove = onLateError((error) => (late.push(error), 'handled'))
    const error = new Error('late')
    const stack = new AsyncExitStack()
    const disposer = (): void => settled().then(throwing(error)) as unknown as void
    stack.use({ [Symbol.dispose]: disposer })
    await stack.close()
    expect(late).toEqual([])
    await settled()
    await settled()
    remove()
    expect(late).toEqual([error])
  })

  test('ES-40 an empty stack closes without a turn', async () => {
    expect(await turnsOf(new AsyncExitStack().close())).toBe(1)
    expect(await turnsOf(new AsyncExitStack().disposeAsync())).toBe(1)
  })

  test.each([null, undefined])(
    'ES-40 with %s on it, closing takes one turn, however many they are',
    async (nothing) => {
      const stack = new AsyncExitStack()
      stack.use(nothing)
      stack.use(nothing)
      expect(await turnsOf(stack.disposeAsync())).toBe(2)
    },
  )

  test('ES-40 the turn goes along when the stack is moved', async () => {
    const stack = new AsyncExitStack()
    stack.use(null)
    const moved = stack.move()
    expect(await turnsOf(stack.disposeAsync())).toBe(1)
    expect(await turnsOf(moved.disposeAsync())).toBe(2)
  })

  test.each(['close', 'disposeAsync'] as const)(
    'ES-40 `%s` takes a turn for each exit and one for itself',
    async (method) => {
      const stack = new AsyncExitStack()
      for (let i = 0; i < 3; i++) stack.defer(async () => {})
      expect(await turnsOf(stack[method]())).toBe(3 + 1)
    },
  )

  test('ES-40 a handle takes a turn for its exit and one for itself', async () => {
    const handle = await hold({ '~enterAsync': () => 'value', '~exitAsync': async () => {} })
    expect(await turnsOf(handle[Symbol.asyncDispose]())).toBe(1 + 1)
  })

  test('ES-38 disposeAsync of what is no stack rejects', async () => {
    const dispose = new AsyncExitStack().disposeAsync
    expect(await thrownBy(() => Reflect.apply(dispose, {}, []))).toBeInstanceOf(TypeError)
  })

  test('ES-26 an await using declaration runs the exits at the end of the block', async () => {
    const events: unknown[] = []
    {
      await using stack = new AsyncExitStack()
      stack.push(async (outcome) => void events.push(outcome.status))
      events.push('block')
    }
    expect(events).toEqual(['block', 'unknown'])
  })

  test('ES-36 is an AsyncDisposable, whose disposer is its method disposeAsync', () => {
    expect(new AsyncExitStack()[Symbol.asyncDispose]).toBe(AsyncExitStack.prototype.disposeAsync)
    expect(Object.prototype.toString.call(new AsyncExitStack())).toBe('[object AsyncExitStack]')
  })

  test('ES-36 can be used by another stack of either make, and use a synchronous one', async () => {
    const order: string[] = []
    const native = 'AsyncDisposableStack' in globalThis ? [new AsyncDisposableStack()] : []
    const stacks = [new AsyncExitStack(), ...native]
    for (const outer of stacks) {
      const inner = outer.use(new AsyncExitStack())
      inner.defer(() => settled().then(() => order.push('inner')))
      outer.use(new ExitStack()).defer(() => order.push('sync'))
      await outer[Symbol.asyncDispose]()
    }
    expect(order).toEqual(stacks.flatMap(() => ['sync', 'inner']))
  })

  test('a value that is thenable is taken from a handle as it is', async () => {
    const stack = new AsyncExitStack()
    const value = Promise.resolve('inside')
    const handle = await stack.hold(nullContext(value))
    expect(handle.value).toBe(value)
    await stack.close()
  })

  test('a handle entered on the stack gives its value, and is exited once', async () => {
    const stack = new AsyncExitStack<boolean>()
    const exit = vi.fn<() => void>()
    const handle = await new AsyncExitStack<boolean>().hold(asyncManager({ enter: () => 'value', exit }))
    expect(await stack.enter(handle)).toBe('value')
    expect(await thrownBy(() => stack.enter(handle))).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
    await stack.close()
    expect(exit).toHaveBeenCalledOnce()
  })
})
