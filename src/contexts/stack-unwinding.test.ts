/** In which order a stack runs its exits, what they are told, and what its state is meanwhile; for both kinds. */
import { contextManager, UsageError } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { stackKinds, throwing } from '../../test/both-stacks.ts'
import type { AnyStack } from '../../test/both-stacks.ts'
import { syncManager } from '../../test/scripted-managers.ts'
import { thrownBy } from '../../test/thrown.ts'

describe.each(stackKinds)('$kind', ({ make, within, dispose }) => {
  test('ES-01 leaving an empty stack does nothing', async () => {
    expect(await within(make(), () => 'result')).toBe('result')
    await make().close()
    await dispose(make())
  })

  test('ES-01 an empty stack lets the failure of its body through', async () => {
    const error = new Error('body')
    expect(await thrownBy(() => within(make(), throwing(error)))).toBe(error)
  })

  test('ES-04 registrations of every kind run last in, first out', async () => {
    const stack = make()
    const order: number[] = []
    await stack.enter(syncManager({ exit: () => void order.push(1) }))
    stack.push(() => void order.push(2))
    stack.use({ [Symbol.dispose]: () => void order.push(3) })
    stack.adopt(4, (number) => order.push(number))
    stack.defer(() => order.push(5))
    stack.defer((number) => order.push(number), 6)
    await stack.hold(syncManager({ exit: () => void order.push(7) }))
    stack.push({ [Symbol.dispose]: () => void order.push(8) })
    stack.push(syncManager({ exit: () => void order.push(9) }))
    await stack.close()
    expect(order).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1])
  })

  test('ES-09 after an exit has swallowed the failure, those outside are told completed', async () => {
    const stack = make()
    const told: unknown[] = []
    const note = (outcome: unknown): void => void told.push(outcome)
    const error = new Error('body')
    stack.push(note)
    stack.push(() => true)
    stack.push(note)
    expect(await within(stack, throwing(error))).toBeUndefined()
    expect(told).toEqual([{ status: 'failed', error }, { status: 'completed' }])
  })

  test('ES-10 after an exit that throws, the others still run, and those told see the new error', async () => {
    const stack = make()
    const told: unknown[] = []
    const run = vi.fn<() => void>()
    const error = new Error('exit')
    stack.defer(run)
    stack.push((outcome: unknown) => void told.push(outcome))
    stack.push(throwing(error))
    stack.defer(run)
    expect(await thrownBy(() => stack.close())).toBe(error)
    expect(told).toEqual([{ status: 'failed', error }])
    expect(run).toHaveBeenCalledTimes(2)
  })

  test('ES-16 after a swallowed failure the callback form gives undefined', async () => {
    const stack = make()
    stack.push(() => true)
    const body = (): never => {
      throw new Error('body')
    }
    expect(await within(stack, body)).toBeUndefined()
  })

  test('ES-16 a failure after a swallowed one is thrown, bare', async () => {
    const stack = make()
    const later = new Error('later')
    stack.defer(throwing(later))
    stack.push(() => true)
    expect(await thrownBy(() => within(stack, throwing(new Error('body'))))).toBe(later)
    expect(later.cause).toBeUndefined()
  })

  test('ES-18 close unwinds at once, and the exits are told completed', async () => {
    const stack = make()
    const exit = vi.fn<(outcome: unknown) => void>()
    stack.push(exit)
    await stack.close()
    expect(exit.mock.calls).toEqual([[{ status: 'completed' }]])
  })

  test('ES-18 a second close does nothing', async () => {
    const stack = make()
    const exit = vi.fn<() => void>()
    stack.defer(exit)
    await stack.close()
    await stack.close()
    await dispose(stack)
    expect(exit).toHaveBeenCalledOnce()
  })

  test('ES-19 the exits are told the outcome that close was given', async () => {
    const stack = make()
    const exit = vi.fn<(outcome: unknown) => void>()
    stack.push(exit)
    const outcome = { status: 'failed', error: new Error('block') } as const
    await stack.close(outcome)
    expect(exit.mock.calls).toEqual([[outcome]])
  })

  test('ES-19 close does not throw the failure it was given: that is thrown by the block', async () => {
    const stack = make()
    stack.push(() => undefined)
    await stack.close({ status: 'failed', error: new Error('block') })
    expect(stack.disposed).toBe(true)
  })

  test('ES-24 what is registered by a running exit runs next', async () => {
    const stack = make()
    const order: string[] = []
    stack.defer(() => order.push('first'))
    stack.defer(() => {
      order.push('second')
      stack.defer(() => order.push('registered'))
    })
    await stack.close()
    expect(order).toEqual(['second', 'registered', 'first'])
  })

  test('ES-24 what the last exit registers runs, too, and so on', async () => {
    const stack = make()
    let left = 100
    const again = (): void => void (left-- > 0 && stack.defer(again))
    stack.defer(again)
    await stack.close()
    expect(left).toBe(-1)
  })

  test('ES-24 a manager can be entered while the stack unwinds', async () => {
    const stack = make()
    const exit = vi.fn<() => void>()
    let entering: unknown
    stack.defer(() => {
      entering = stack.enter(syncManager({ enter: () => 'late', exit }))
    })
    await stack.close()
    expect(await entering).toBe('late')
    expect(exit).toHaveBeenCalledOnce()
  })

  test('ES-25 disposed is false until the unwinding has ended, closing is true during it', async () => {
    const stack = make()
    const states: unknown[] = []
    const note = (): unknown => states.push([stack.disposed, stack.closing])
    note()
    stack.defer(note)
    stack.defer(note)
    await stack.close()
    note()
    expect(states).toEqual([
      [false, false],
      [false, true],
      [false, true],
      [true, false],
    ])
  })

  test('ES-25 disposed is true also after an unwinding that failed', async () => {
    const stack = make()
    stack.defer(throwing(new Error('exit')))
    await thrownBy(() => stack.close())
    expect([stack.disposed, stack.closing]).toEqual([true, false])
  })

  const notTold = { status: 'unknown' }
  test.each([
    ['unknown without a word', (): void => {}, notTold],
    ['completed after complete()', (stack: AnyStack): void => stack.complete(), { status: 'completed' }],
  ])('ES-26 in a native block the exits are told %s', async (_, word, outcome) => {
    const stack = make()
    const exit = vi.fn<(outcome: unknown) => void>()
    stack.push(exit)
    word(stack)
    expect(exit).not.toHaveBeenCalled()
    await dispose(stack)
    expect(exit.mock.calls).toEqual([[outcome]])
  })

  test.each([
    ['closed with return()', false, ['cleanup']],
    ['resumed after complete()', true, ['committed', 'cleanup']],
  ])('ES-26 in a native block a generator manager on the stack is %s', async (_, complete, expected) => {
    const events: string[] = []
    const transaction = contextManager(function* () {
      try {
        yield
        events.push('committed')
      } finally {
        events.push('cleanup')
      }
    })
    const stack = make()
    await stack.enter(transaction())
    if (complete) stack.complete()
    await dispose(stack)
    expect(events).toEqual(expected)
  })

  test('ES-26 the word does not count in the callback form, which knows', async () => {
    const stack = make()
    const exit = vi.fn<(outcome: unknown) => true>(() => true)
    stack.push(exit)
    stack.complete()
    const error = new Error('body')
    await within(stack, throwing(error))
    expect(exit.mock.calls).toEqual([[{ status: 'failed', error }]])
  })

  test('ES-26 a stack is one block’s: entered a second time, it says so', async () => {
    const stack = make()
    let again: unknown
    await within(stack, () => {
      again = thrownBy(() => within(stack, () => {}))
    })
    expect(await again).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
  })

  test('rule E: what covers a body is exited again, and refused', async () => {
    const stack = make()
    const exit = vi.fn<() => void>()
    const covering = { ...syncManager({ exit }), '~around': <R>(body: () => R): R => body() }
    const error = await thrownBy(() => stack.enter(covering))
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ code: 'WITHAL_NEEDS_A_BODY' })
    expect(exit).toHaveBeenCalledOnce()
    await stack.close()
    expect(exit).toHaveBeenCalledOnce()
  })
})
