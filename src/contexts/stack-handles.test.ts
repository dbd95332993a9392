/** ES-35: single registrations that are closed early, or taken off, by the handle that `hold` gives; for both kinds. */
import { AsyncExitStack, hold, within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { stackKinds, throwing } from '../../test/both-stacks.ts'
import { settled } from '../../test/hand-clock.ts'
import { asyncManager, syncManager } from '../../test/scripted-managers.ts'
import { thrownBy } from '../../test/thrown.ts'
import { ExitList } from './exit-list.ts'
import type { RemovableExit } from './exit-list.ts'

describe.each(stackKinds)('$kind', ({ make, within: run, disposeHandle }) => {
  test('ES-35 the handle gives the value, and the stack exits it at its place', async () => {
    const stack = make()
    const order: string[] = []
    stack.defer(() => order.push('first'))
    const handle = await stack.hold(syncManager({ enter: () => 'opened', exit: () => void order.push('held') }))
    stack.defer(() => order.push('last'))
    expect(handle.value).toBe('opened')
    await stack.close()
    expect(order).toEqual(['last', 'held', 'first'])
  })

  test('ES-35 a handle closed early is not exited again', async () => {
    const stack = make()
    const exit = vi.fn<() => void>()
    const handle = await stack.hold(syncManager({ exit }))
    await disposeHandle(handle)
    expect(exit).toHaveBeenCalledOnce()
    await disposeHandle(handle)
    await stack.close()
    expect(exit).toHaveBeenCalledOnce()
  })

  test.each([
    ['unknown', () => {}, { status: 'unknown' }],
    ['completed after complete()', (handle: { complete(): void }) => handle.complete(), { status: 'completed' }],
    [
      'failed after fail(error)',
      (handle: { fail(error: unknown): void }) => handle.fail('no'),
      { status: 'failed', error: 'no' },
    ],
  ] as const)('ES-35 a handle closed early tells its exit %s', async (_, word, outcome) => {
    const stack = make()
    const exit = vi.fn<(outcome: unknown) => void>()
    const handle = await stack.hold(syncManager({ exit }))
    word(handle)
    await disposeHandle(handle)
    expect(exit.mock.calls).toEqual([[outcome]])
    await stack.close()
  })

  test('ES-35 the failure of an early exit is of who closed it, and not of the stack', async () => {
    const stack = make()
    const error = new Error('exit')
    const handle = await stack.hold(syncManager({ exit: throwing(error) }))
    expect(await thrownBy(() => disposeHandle(handle))).toBe(error)
    await stack.close()
  })

  test('ES-35 what forget takes off is exited by nobody else', async () => {
    const stack = make()
    const exit = vi.fn<() => void>()
    const handle = await stack.hold(syncManager({ exit }))
    expect(stack.forget(handle)).toBe(true)
    expect(stack.forget(handle)).toBe(false)
    await stack.close()
    expect(exit).not.toHaveBeenCalled()
    await disposeHandle(handle)
    expect(exit).toHaveBeenCalledOnce()
  })

  test('ES-35 forget knows only handles of its own stack', async () => {
    const [stack, other] = [make(), make()]
    const handle = await other.hold(syncManager({}))
    expect(stack.forget(handle)).toBe(false)
    expect(other.forget(handle)).toBe(true)
    await other.close()
  })

  test('ES-35 a held manager that swallows does so for the stack', async () => {
    const stack = make()
    await stack.hold(syncManager({ exit: () => true }))
    expect(await run(stack, throwing(new Error('body')))).toBeUndefined()
  })

  test('ES-35 a stack that lives long does not grow', async () => {
    const stack = make()
    const values: WeakRef<object>[] = []
    for (let count = 0; count < 1000; count++) {
      const value = {}
      values.push(new WeakRef(value))
      const handle = await stack.hold(syncManager({ enter: () => value }))
      await disposeHandle(handle)
    }
    await settled()
    globalThis.gc!()
    expect(values.filter((value) => value.deref() !== undefined).length).toBeLessThan(50)
    await stack.close()
  })
})

describe('AsyncExitStack', () => {
  test('ES-35 closing waits for a handle that is being closed early, before it goes on', async () => {
    const stack = new AsyncExitStack()
    const order: string[] = []
    const gate = Promise.withResolvers<void>()
    stack.defer(() => order.push('outer'))
    const handle = await stack.hold({
      '~enterAsync': () => 'value',
      '~exitAsync': async () => {
        await gate.promise
        order.push('held')
      },
    })
    const early = handle[Symbol.asyncDispose]()
    const closing = stack.close()
    await settled()
    expect(order).toEqual([])
    gate.resolve()
    await Promise.all([early, closing])
    expect(order).toEqual(['held', 'outer'])
  })

  /** Its exit fails when the body has thrown already. */
  const failingLate = (error: unknown): AsyncContextManager<string> => ({
    '~enterAsync': () => 'value',
    '~exitAsync': async () => {
      await settled()
      throw error
    },
  })
  const forms = {
    'a stack': (manager: AsyncContextManager<string>, body: (handle: AsyncDisposable) => unknown) => {
      const stack = new AsyncExitStack()
      return within(stack, async () => body(await stack.hold(manager)))
    },
    within: (manager: AsyncContextManager<string>, body: (handle: AsyncDisposable) => unknown) => {
      const holding = hold(manager)
      return within(holding, async () => body(await holding))
    },
  }
  test.each(Object.entries(forms))(
    'ACM-13 by %s, the failure of a handle being closed early is joined with the body’s',
    async (_, form) => {
      const [body, exit] = [new Error('body'), new Error('exit')]
      const early: Promise<unknown>[] = []
      const failing = form(failingLate(exit), (handle) => {
        early.push(thrownBy(() => handle[Symbol.asyncDispose]()))
        throw body
      })
      expect(await thrownBy(() => failing)).toBe(exit)
      expect(exit.cause).toBe(body)
      expect(await early[0]).toBe(exit)
    },
  )

  test('ACM-13 an early exit that swallowed what it was told does not swallow the body’s failure', async () => {
    const stack = new AsyncExitStack<boolean>()
    const body = new Error('body')
    let early: Promise<void> | undefined
    const failing = within(stack, async () => {
      const handle = await stack.hold(asyncManager({ exit: () => settled().then(() => true) }))
      handle.fail(new Error('block'))
      early = handle[Symbol.asyncDispose]()
      throw body
    })
    expect(await thrownBy(() => failing)).toBe(body)
    await early
  })
})

test('ES-35 the list closes up when more than half of it are holes, and keeps its order', () => {
  const list = new ExitList()
  const exits = Array.from({ length: 100 }, (_, index): RemovableExit & { index: number } => {
    return { told: false, mayWait: false, place: -1, index, run: () => undefined }
  })
  for (const exit of exits) list.pushRemovable(exit)
  for (const exit of exits) if (exit.index % 4 !== 0) expect(list.remove(exit)).toBe(true)
  for (const exit of exits) if (exit.index % 4 !== 0) expect(list.remove(exit)).toBe(false)
  const left: unknown[] = []
  for (let exit = list.pop(); exit !== undefined; exit = list.pop())
    left.push((exit as unknown as { index: number }).index)
  expect(left).toEqual(Array.from({ length: 25 }, (_, index) => 96 - 4 * index))
})
