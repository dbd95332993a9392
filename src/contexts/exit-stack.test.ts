/** What is the synchronous stack's own: it refuses what would have to be waited for, and is a `DisposableStack`. */
import { ExitStack, onLateError, UsageError, withinSync } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { settled } from '../../test/hand-clock.ts'
import { thrownAtOnceBy } from '../../test/thrown.ts'

const asyncManager = { '~enterAsync': async () => {}, '~exitAsync': async () => {} }
const asyncDisposable = { [Symbol.asyncDispose]: async () => {} }

const refused: [string, unknown][] = [
  ['an asynchronous manager', asyncManager],
  ['an asynchronous disposable', asyncDisposable],
  ['a promise', Promise.resolve()],
]

describe('ExitStack', () => {
  test.each(refused)('ES-27 enter refuses %s, and says what to use', (_, given) => {
    const error = thrownAtOnceBy(() => new ExitStack().enter(given as Disposable))
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toMatchObject({ code: 'WITHAL_ASYNC_IN_SYNC' })
  })

  test.each(refused.slice(0, 2))('ES-27 push and use refuse %s', (_, given) => {
    expect(() => new ExitStack().push(given as Disposable)).toThrow(TypeError)
    expect(() => new ExitStack().use(given as Disposable)).toThrow(TypeError)
  })

  test('ES-27 what is refused registers nothing and leaves the stack open', () => {
    const stack = new ExitStack()
    const exit = vi.fn<() => void>()
    stack.defer(exit)
    expect(() => stack.use(asyncDisposable as unknown as Disposable)).toThrow(TypeError)
    stack.close()
    expect(exit).toHaveBeenCalledOnce()
  })

  test('D-16 a promise that an exit returns is not waited for, and its failure is reported late', async () => {
    const late: unknown[] = []
    const remove = onLateError((error) => (late.push(error), 'handled'))
    const error = new Error('late')
    const rejecting = (): void => Promise.reject(error) as unknown as void
    const stack = new ExitStack()
    stack.adopt(error, rejecting)
    stack.close()
    expect(stack.disposed).toBe(true)
    await settled()
    remove()
    expect(late).toEqual([error])
  })

  test('ES-26 a using declaration runs the exits at the end of the block', () => {
    const events: unknown[] = []
    {
      using stack = new ExitStack()
      stack.push((outcome) => void events.push(outcome.status))
      events.push('block')
    }
    expect(events).toEqual(['block', 'unknown'])
  })

  test('ES-26 a using declaration keeps the failure of the block beside those of the exits', () => {
    const [body, exit] = [new Error('body'), new Error('exit')]
    const thrown = thrownAtOnceBy(() => {
      using stack = new ExitStack()
      stack.defer(throwing(exit))
      throw body
    })
    expect(thrown).toMatchObject({ name: 'SuppressedError', error: exit, suppressed: body })
  })

  test('ES-36 is a Disposable, whose disposer is its method dispose', () => {
    expect(new ExitStack()[Symbol.dispose]).toBe(ExitStack.prototype.dispose)
    expect(Object.prototype.toString.call(new ExitStack())).toBe('[object ExitStack]')
  })

  test('ES-36 can be used by another stack of either make', () => {
    const order: string[] = []
    const stacks = [new ExitStack(), ...('DisposableStack' in globalThis ? [new DisposableStack()] : [])]
    for (const outer of stacks) {
      const inner = outer.use(new ExitStack())
      inner.defer(() => order.push('inner'))
      outer[Symbol.dispose]()
    }
    expect(order).toEqual(stacks.map(() => 'inner'))
  })

  test('ES-36 as a manager, closes with the outcome of its body', () => {
    const told: unknown[] = []
    const result = withinSync(new ExitStack(), (stack) => {
      stack.push((outcome) => void told.push(outcome))
      return 'result'
    })
    expect([result, told]).toEqual(['result', [{ status: 'completed' }]])
  })

  test('ES-29 a close by a running exit does nothing: the unwinding goes on', () => {
    const stack = new ExitStack()
    const order: string[] = []
    stack.defer(() => order.push('first'))
    stack.defer(() => {
      stack.close()
      order.push('second')
    })
    stack.close()
    expect(order).toEqual(['second', 'first'])
  })
})
