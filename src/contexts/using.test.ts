/** The platform's own `using`, with handles. */
import { ExitStack, holdSync } from 'withal'
import type { SyncHandle } from 'withal'
import { describe, expect, test } from 'vitest'
import { syncManager } from '../../test/scripted-managers.ts'
import { thrownBy } from '../../test/thrown.ts'

describe('a `using` block', () => {
  const exits: string[] = []
  const held = (name: string): SyncHandle<unknown> =>
    holdSync(syncManager({ exit: (outcome) => void exits.push(`${name} ${outcome.status}`) }))

  const leave: Record<string, () => unknown> = {
    'by its end': () => {
      using _handle = held('a')
    },
    'by return': () => {
      using _handle = held('a')
      return 'value'
    },
    'by throw': () => {
      try {
        using _handle = held('a')
        throw new Error('thrown')
      } catch (error) {
        return error
      }
    },
    'by break': () => {
      for (;;) {
        using _handle = held('a')
        break
      }
    },
    'by continue': () => {
      for (const name of ['a']) {
        using _handle = held(name)
        continue
      }
    },
  }
  test.each(Object.keys(leave))('CM-14 that is left %s exits once, without a word', (way) => {
    exits.length = 0
    leave[way]?.()
    expect(exits).toEqual(['a unknown'])
  })

  test('CM-15 exits several in reverse order', () => {
    exits.length = 0
    {
      using _a = held('a')
      using _b = held('b')
    }
    expect(exits).toEqual(['b unknown', 'a unknown'])
  })

  test('CM-15 exits those before, when a later one fails to enter', async () => {
    exits.length = 0
    const open = (): void => {
      using _a = held('a')
      using _b = holdSync(syncManager({ enter: () => JSON.parse('{') as never }))
    }
    expect(await thrownBy(open)).toBeInstanceOf(SyntaxError)
    expect(exits).toEqual(['a unknown'])
  })

  test.each([null, undefined])('CM-16 does nothing for %s', (nothing) => {
    exits.length = 0
    {
      using _handle = nothing as SyncHandle<unknown> | null | undefined
    }
    using stack = new ExitStack()
    expect(stack.use(nothing)).toBe(nothing)
    expect(exits).toEqual([])
  })

  test('CM-17 calls the disposer of the handle with the handle as `this`, found when it was opened', () => {
    exits.length = 0
    {
      using handle = held('a')
      Object.defineProperty(handle, Symbol.dispose, { value: () => exits.push('another') })
    }
    expect(exits).toEqual(['a unknown'])
  })

  test('ACM-12 waits a turn for `await using` of null, and none when the declaration is not reached', async () => {
    const order: string[] = []
    const block = async (reach: boolean, name: string): Promise<void> => {
      {
        if (reach) {
          // oxlint-disable-next-line typescript/await-thenable -- null is what is tested
          await using _nothing = null
        }
      }
      order.push(name)
    }
    await Promise.all([block(true, 'reached'), block(false, 'not reached')])
    expect(order).toEqual(['not reached', 'reached'])
  })
})
