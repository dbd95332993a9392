/** ES-17: stacks with tens of thousands of registrations. What is counted is work, never time. */
import { AsyncExitStack, leaves } from 'withal'
import { describe, expect, test } from 'vitest'
import { stackKinds, throwing } from '../../test/both-stacks.ts'
import type { AnyStack } from '../../test/both-stacks.ts'
import { thrownBy } from '../../test/thrown.ts'

const many = 50_000

/** An error that counts how often somebody looks for what is inside it. */
class CountingError extends Error {
  static looks = 0
  get errors(): undefined {
    CountingError.looks++
    return undefined
  }
}

/** How many errors hang on a chain, followed by the given keys. */
function lengthOfChain(error: unknown, key: 'cause' | 'suppressed'): number {
  let length = 0
  for (let next = error; next !== undefined; next = (next as Record<typeof key, unknown>)[key]) length++
  return length
}

const registrations: Record<string, (stack: AnyStack, exit: () => void) => void> = {
  callbacks: (stack, exit) => stack.defer(exit),
  'callbacks with arguments': (stack, exit) => stack.defer(exit, 1),
  'exit functions': (stack, exit) => void stack.push(exit),
  disposables: (stack, exit) => void stack.use({ [Symbol.dispose]: exit }),
}

describe.each(stackKinds)('ES-17 $kind', ({ make, within }) => {
  test.each(Object.keys(registrations))('unwinds tens of thousands of %s', async (kind) => {
    const stack = make()
    let count = 0
    for (let index = 0; index < many; index++) registrations[kind]!(stack, () => void count++)
    await stack.close()
    expect(count).toBe(many)
  })

  test('keeps every failure of tens of thousands that were not told, and looks into each a few times', async () => {
    const stack = make()
    for (let index = 0; index < many; index++) stack.defer(throwing(new CountingError(String(index))))
    CountingError.looks = 0
    const thrown = await thrownBy(() => stack.close())
    expect(CountingError.looks).toBeLessThanOrEqual(3 * many)
    expect(lengthOfChain(thrown, 'suppressed')).toBe(many)
    expect(leaves(thrown)).toHaveLength(many)
    expect((thrown as SuppressedError).error).toMatchObject({ message: '0' })
  })

  test('keeps every failure of tens of thousands that were told, as causes, and looks into each a few times', async () => {
    const stack = make()
    for (let index = 0; index < many; index++) stack.push(throwing(new CountingError(String(index))))
    CountingError.looks = 0
    const body = new Error('body')
    const thrown = await thrownBy(() => within(stack, throwing(body)))
    expect(CountingError.looks).toBeLessThanOrEqual(3 * many)
    expect(lengthOfChain(thrown, 'cause')).toBe(many + 1)
    expect(leaves(thrown, { causes: true })[0]).toBe(body)
    expect(thrown).toMatchObject({ message: '0' })
  })

  test('can tell the text and the stack of tens of thousands of failures', async () => {
    const stack = make()
    for (let index = 0; index < many; index++) stack.defer(throwing(new Error(String(index))))
    const thrown = (await thrownBy(() => stack.close())) as Error
    expect(thrown.message).toBe(`Error: ${many - 1} (then closing failed: Error: 0)`)
    expect(thrown.stack!.length).toBeLessThan(100_000)
  })
})

describe('ES-17 AsyncExitStack', () => {
  const turn = async (): Promise<void> => {
    await Promise.resolve()
  }

  test.each([1, 10, Infinity])('unwinds tens of thousands that wait, %o at a time', async (concurrency) => {
    const parent = new AsyncExitStack()
    const stack = parent.fork({ concurrency })
    let count = 0
    for (let index = 0; index < many; index++) {
      stack.defer(async () => {
        await turn()
        count++
      })
    }
    await parent.close()
    expect(count).toBe(many)
  })

  test('keeps every failure of tens of thousands that wait', async () => {
    const stack = new AsyncExitStack()
    for (let index = 0; index < many; index++) {
      stack.defer(async () => {
        await turn()
        throw new CountingError(String(index))
      })
    }
    CountingError.looks = 0
    expect(leaves(await thrownBy(() => stack.close()))).toHaveLength(many)
    expect(CountingError.looks).toBeLessThanOrEqual(4 * many)
  })

  test('unwinds a thousand stacks inside each other', async () => {
    const outermost = new AsyncExitStack()
    const order: number[] = []
    let stack = outermost
    for (let depth = 0; depth < 1000; depth++) {
      stack.defer(() => order.push(depth))
      stack = stack.fork()
    }
    await outermost.close()
    expect(order).toEqual(Array.from({ length: 1000 }, (_, index) => 999 - index))
  })
})
