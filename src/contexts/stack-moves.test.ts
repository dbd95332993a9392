/** Handing everything on a stack over to another one: `popAll`, `move`, and the constructor idiom; for both kinds. */
import { AsyncExitStack, ExitStack } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { stackKinds, throwing } from '../../test/both-stacks.ts'
import { syncManager } from '../../test/scripted-managers.ts'
import { thrownBy } from '../../test/thrown.ts'

describe.each(stackKinds)('$kind', ({ Stack, make, within, dispose, disposeHandle }) => {
  test('ES-20 popAll gives everything to a new open stack, and runs nothing', async () => {
    const stack = make()
    const exit = vi.fn<() => void>()
    stack.defer(exit)
    const popped = stack.popAll()
    expect([popped.disposed, popped.closing, exit.mock.calls]).toEqual([false, false, []])
    await popped.close()
    expect(exit).toHaveBeenCalledOnce()
  })

  test('ES-20 after popAll the old stack is open and empty', async () => {
    const stack = make()
    const [old, own] = [vi.fn<() => void>(), vi.fn<() => void>()]
    stack.defer(old)
    stack.popAll()
    expect(stack.disposed).toBe(false)
    stack.defer(own)
    await stack.close()
    expect([old.mock.calls.length, own.mock.calls.length]).toEqual([0, 1])
  })

  test('ES-20 after popAll within its block, the exits outlive the block', async () => {
    const stack = make()
    const exit = vi.fn<() => void>()
    stack.defer(exit)
    let popped = stack
    await within(stack, () => {
      popped = stack.popAll()
    })
    expect([stack.disposed, popped.disposed, exit.mock.calls]).toEqual([true, false, []])
    await popped.close()
    expect(exit).toHaveBeenCalledOnce()
  })

  test('ES-21 move gives everything to a new open stack, in the same order, and runs nothing', async () => {
    const stack = make()
    const order: number[] = []
    for (const number of [1, 2, 3]) stack.defer(() => order.push(number))
    const moved = stack.move()
    expect([moved.disposed, order]).toEqual([false, []])
    moved.defer(() => order.push(4))
    await moved.close()
    expect(order).toEqual([4, 3, 2, 1])
  })

  test('ES-21 after move the old stack is disposed, and closing it does nothing', async () => {
    const stack = make()
    const exit = vi.fn<() => void>()
    stack.defer(exit)
    stack.move()
    expect(stack.disposed).toBe(true)
    await stack.close()
    await dispose(stack)
    expect(exit).not.toHaveBeenCalled()
  })

  test('ES-21 a handle goes with its registration', async () => {
    const stack = make()
    const exit = vi.fn<() => void>()
    const handle = await stack.hold(syncManager({ exit }))
    const moved = stack.move()
    await disposeHandle(handle)
    await moved.close()
    expect(exit).toHaveBeenCalledOnce()
  })

  test('ES-21 the word goes with the registrations', async () => {
    const stack = make()
    const exit = vi.fn<(outcome: unknown) => void>()
    stack.push(exit)
    stack.complete()
    await dispose(stack.move())
    expect(exit.mock.calls).toEqual([[{ status: 'completed' }]])
  })

  /** An owner of several things, which it opens when it is made. */
  class Owner {
    readonly resources = make()
    static async open(names: readonly string[], events: string[]): Promise<Owner> {
      const opening = make()
      try {
        for (const name of names) {
          const enter = name === 'broken' ? throwing(new Error('broken')) : () => events.push(`open ${name}`)
          await opening.enter(syncManager({ enter, exit: () => void events.push(`close ${name}`) }))
        }
        return new Owner(opening.move())
      } finally {
        await dispose(opening)
      }
    }
    private constructor(resources: ReturnType<typeof make>) {
      this.resources = resources
    }
  }

  test('ES-22 what was acquired before a failure half way is released', async () => {
    const events: string[] = []
    expect(await thrownBy(() => Owner.open(['a', 'b', 'broken', 'c'], events))).toMatchObject({ message: 'broken' })
    expect(events).toEqual(['open a', 'open b', 'close b', 'close a'])
  })

  test('ES-22 after success, all of it is the owner’s', async () => {
    const events: string[] = []
    const owner = await Owner.open(['a', 'b'], events)
    expect(events).toEqual(['open a', 'open b'])
    await owner.resources.close()
    expect(events.slice(2)).toEqual(['close b', 'close a'])
  })

  test.each(['move', 'popAll'] as const)('ES-23 %s is refused while the stack unwinds', async (method) => {
    const stack = make()
    stack.defer(() => stack[method]())
    expect(await thrownBy(() => stack.close())).toBeInstanceOf(ReferenceError)
  })

  test.each(['move', 'popAll'] as const)('ES-37 %s of a subclass gives the base class', (method) => {
    class Subclass extends Stack {}
    const moved = new Subclass()[method]()
    expect(moved).toBeInstanceOf(Stack)
    expect(moved).not.toBeInstanceOf(Subclass)
  })
})

test('the stacks have the very methods that the platform’s have', () => {
  for (const [ours, theirs] of [
    [ExitStack, 'DisposableStack'],
    [AsyncExitStack, 'AsyncDisposableStack'],
  ] as const) {
    const native = (globalThis as Record<string, unknown>)[theirs] as { prototype: object } | undefined
    const names = native === undefined ? [] : Reflect.ownKeys(native.prototype)
    expect(names.filter((name) => !Reflect.has(ours.prototype, name))).toEqual([])
  }
})
