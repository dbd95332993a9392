/** What happens on an asynchronous stack at the same time: entering, closing, and cancellation around it. */
import { AsyncExitStack, ClosedError, hold, within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { settled } from '../../test/hand-clock.ts'
import { ambientScope, inScope } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

/** A manager whose entering ends when the test says so. */
class Slow implements AsyncContextManager<string> {
  readonly gate: PromiseWithResolvers<string> = Promise.withResolvers<string>()
  readonly exit = vi.fn<(outcome: unknown) => void>()
  '~enterAsync'(): Promise<string> {
    return this.gate.promise
  }
  '~exitAsync'(outcome: unknown): void {
    this.exit(outcome)
  }
}

describe.each([
  ['enter', (stack: AsyncExitStack, manager: Slow): Promise<unknown> => stack.enter(manager)],
  ['hold', (stack: AsyncExitStack, manager: Slow): Promise<unknown> => stack.hold(manager)],
])('ES-30 a stack closed while %s is pending', (_, enter) => {
  test('waits for it, exits it first, and the call rejects with ClosedError', async () => {
    const stack = new AsyncExitStack()
    const [slow, order] = [new Slow(), [] as string[]]
    slow.exit.mockImplementation(() => void order.push('slow'))
    stack.defer(() => order.push('before'))
    const entering = thrownBy(() => enter(stack, slow))
    stack.defer(() => order.push('after'))
    const closing = stack.close()
    await settled()
    expect(order).toEqual([])
    slow.gate.resolve('value')
    await closing
    expect(order).toEqual(['slow', 'after', 'before'])
    expect(await entering).toBeInstanceOf(ClosedError)
  })

  test('tells it what all are told', async () => {
    const stack = new AsyncExitStack()
    const slow = new Slow()
    const entering = thrownBy(() => enter(stack, slow))
    const outcome = { status: 'failed', error: new Error('block') } as const
    const closing = stack.close(outcome)
    slow.gate.resolve('value')
    await closing
    expect(slow.exit.mock.calls).toEqual([[outcome]])
    await entering
  })

  test('goes on when entering fails, which is of who entered', async () => {
    const stack = new AsyncExitStack()
    const slow = new Slow()
    const error = new Error('enter')
    const entering = thrownBy(() => enter(stack, slow))
    const closing = stack.close()
    slow.gate.reject(error)
    await closing
    expect(await entering).toBe(error)
    expect(slow.exit).not.toHaveBeenCalled()
  })

  test('and moved before, leaves it behind: it is exited, and the call rejects', async () => {
    const stack = new AsyncExitStack()
    const slow = new Slow()
    const entering = thrownBy(() => enter(stack, slow))
    const moved = stack.move()
    await moved.close()
    slow.gate.resolve('value')
    expect(await entering).toBeInstanceOf(ClosedError)
    expect(slow.exit).toHaveBeenCalledOnce()
  })

  test('after popAll still has it', async () => {
    const stack = new AsyncExitStack()
    const slow = new Slow()
    const entering = enter(stack, slow)
    await stack.popAll().close()
    slow.gate.resolve('value')
    await entering
    expect(slow.exit).not.toHaveBeenCalled()
    await stack.close()
    expect(slow.exit).toHaveBeenCalledOnce()
  })
})

test('ES-30 what a running exit begins to enter is waited for and exited, although the exit does not wait', async () => {
  const stack = new AsyncExitStack()
  const slow = new Slow()
  let entering: Promise<string> | undefined
  stack.defer(() => {
    entering = stack.enter(slow)
  })
  const closing = stack.close()
  await settled()
  expect(stack.disposed).toBe(false)
  slow.gate.resolve('value')
  await closing
  expect(await entering).toBe('value')
  expect(slow.exit).toHaveBeenCalledOnce()
})

test('ES-31 what is entered at the same time is registered as it comes, and exited in reverse', async () => {
  const stack = new AsyncExitStack()
  const order: string[] = []
  const managers = ['a', 'b', 'c'].map((name) => {
    const manager = new Slow()
    manager.exit.mockImplementation(() => void order.push(name))
    return manager
  })
  const entering = Promise.all(managers.map((manager) => stack.enter(manager)))
  for (const index of [1, 2, 0]) {
    managers[index]!.gate.resolve('value')
    await settled()
  }
  await entering
  await stack.close()
  expect(order).toEqual(['a', 'c', 'b'])
})

describe('ES-29 two closes at once', () => {
  test('are one unwinding, and both wait for its end', async () => {
    const stack = new AsyncExitStack()
    const gate = Promise.withResolvers<void>()
    const exit = vi.fn<() => Promise<void>>(() => gate.promise)
    stack.defer(exit)
    const ended: string[] = []
    const closes = [
      stack.close().then(() => ended.push('close')),
      stack.disposeAsync().then(() => ended.push('dispose')),
      stack[Symbol.asyncDispose]().then(() => ended.push('symbol')),
    ]
    await settled()
    expect(ended).toEqual([])
    gate.resolve()
    await Promise.all(closes)
    expect(exit).toHaveBeenCalledOnce()
    expect(ended).toHaveLength(3)
  })

  test('both get its failure', async () => {
    const stack = new AsyncExitStack()
    const error = new Error('exit')
    stack.defer(() => settled().then(throwing(error)))
    const closes = [thrownBy(() => stack.close()), thrownBy(() => stack.disposeAsync())]
    expect(await Promise.all(closes)).toEqual([error, error])
  })

  test('also a close after the end gets its failure', async () => {
    const stack = new AsyncExitStack()
    const error = new Error('exit')
    stack.defer(() => settled().then(throwing(error)))
    await thrownBy(() => stack.close())
    expect(await thrownBy(() => stack.close())).toBe(error)
  })
})

describe('ES-32 under a cancelled scope', () => {
  test('exits run completely, and in a shield', async () => {
    const order: string[] = []
    await inScope(async (scope) => {
      const stack = new AsyncExitStack()
      for (const name of ['first', 'second']) {
        stack.defer(async () => {
          const seen: unknown[] = [ambientScope()?.cancelled]
          await settled()
          seen.push(ambientScope()?.cancelled)
          order.push(`${name}: ${seen.map((cancelled) => cancelled === undefined).join()}`)
        })
      }
      scope.cancel()
      await stack.close()
    })
    expect(order).toEqual(['second: true,true', 'first: true,true'])
  })

  test('an exit that waits in the shield is not cancelled by a cancellation that comes meanwhile', async () => {
    const waited = await inScope(async (scope) => {
      const stack = new AsyncExitStack()
      const entered: unknown[] = []
      stack.defer(async () => {
        scope.cancel()
        const handle = await hold({ '~enterAsync': () => settled(), '~exitAsync': () => {} })
        entered.push('entered')
        await handle[Symbol.asyncDispose]()
      })
      await stack.close()
      return entered
    })
    expect(waited).toEqual(['entered'])
  })

  test('the cancellation is met at the next wait after closing', async () => {
    await inScope(async (scope) => {
      const stack = new AsyncExitStack()
      stack.defer(() => settled())
      scope.cancel()
      await stack.close()
      expect(ambientScope()).toBe(scope)
      const next = thrownBy(() => hold({ '~enterAsync': () => settled(), '~exitAsync': () => {} }))
      expect(await next).toBe(scope.cancelled)
    })
  })

  test('within passes the cancellation on when all exits have run', async () => {
    const order: string[] = []
    await inScope(async (scope) => {
      const stack = new AsyncExitStack()
      stack.defer(() => settled().then(() => order.push('exit')))
      const body = async (): Promise<void> => {
        scope.cancel()
        await stack.enter({ '~enterAsync': () => settled(), '~exitAsync': () => void order.push('entered') })
      }
      expect(await thrownBy(() => within(stack, body))).toBe(scope.cancelled)
    })
    expect(order).toEqual(['entered', 'exit'])
  })

  test('what was being entered when the cancellation came is exited again, and not registered', async () => {
    const exit = vi.fn<() => void>()
    await inScope(async (scope) => {
      const stack = new AsyncExitStack()
      const entering = thrownBy(() => stack.enter({ '~enterAsync': () => settled(), '~exitAsync': exit }))
      scope.cancel()
      expect(await entering).toBe(scope.cancelled)
      expect(exit).toHaveBeenCalledOnce()
      await stack.close()
    })
    expect(exit).toHaveBeenCalledOnce()
  })

  test.each([2, Infinity])('members closed %o at a time run in a shield, too', async (concurrency) => {
    const seen: unknown[] = []
    await inScope(async (scope) => {
      const section = new AsyncExitStack().fork({ concurrency })
      for (let member = 0; member < 3; member++) {
        section.defer(() => settled().then(() => seen.push(ambientScope()?.cancelled)))
      }
      scope.cancel()
      await section.close()
    })
    expect(seen).toEqual([undefined, undefined, undefined])
  })
})
