/** UT-28: a resource that can be exchanged while it is in use. */
import { contextManager, replaceable, within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { describe, expect, test } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { settled } from '../../test/hand-clock.ts'
import { asyncManager } from '../../test/scripted-managers.ts'
import { inScope } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

/** Opens by name, and notes what happens. */
function opener(log: unknown[]): (name: string) => AsyncContextManager<string> {
  return contextManager(async function* (name: string) {
    await settled()
    log.push(`open ${name}`)
    try {
      yield name
    } finally {
      await settled()
      log.push(`close ${name}`)
    }
  })
}

describe('UT-28 a slot', () => {
  test('has the value of the first manager, and exits it in the end', async () => {
    const log: unknown[] = []
    const open = opener(log)
    await within(replaceable(open('a')), (slot) => log.push(slot.current))
    expect(log).toEqual(['open a', 'a', 'close a'])
  })

  test('enters the new one first, then exits the old one', async () => {
    const log: unknown[] = []
    const open = opener(log)
    await within(replaceable(open('a')), async (slot) => {
      await slot.exchange(open('b'))
      log.push(slot.current)
    })
    expect(log).toEqual(['open a', 'open b', 'close a', 'b', 'close b'])
  })

  test('keeps the old one when the new one cannot be entered', async () => {
    const log: unknown[] = []
    const open = opener(log)
    const error = new Error('enter')
    await within(replaceable(open('a')), async (slot) => {
      const broken = asyncManager({ enter: throwing(error) }) as AsyncContextManager<string>
      expect(await thrownBy(() => slot.exchange(broken))).toBe(error)
      log.push(slot.current)
    })
    expect(log).toEqual(['open a', 'a', 'close a'])
  })

  test('has the new one when the old one cannot be exited, and the exchange says so', async () => {
    const log: unknown[] = []
    const open = opener(log)
    const error = new Error('exit')
    const broken = asyncManager({ enter: () => 'broken', exit: throwing(error) }) as AsyncContextManager<string>
    await within(replaceable(broken), async (slot) => {
      expect(await thrownBy(() => slot.exchange(open('b')))).toBe(error)
      log.push(slot.current)
    })
    expect(log).toEqual(['open b', 'b', 'close b'])
  })

  test('does exchanges one after another, in the order they were asked for', async () => {
    const log: unknown[] = []
    const open = opener(log)
    await within(replaceable(open('a')), async (slot) => {
      await Promise.all([slot.exchange(open('b')), slot.exchange(open('c'))])
      log.push(slot.current)
    })
    expect(log).toEqual(['open a', 'open b', 'close a', 'open c', 'close b', 'c', 'close c'])
  })

  test('goes on after an exchange that failed', async () => {
    const log: unknown[] = []
    const open = opener(log)
    await within(replaceable(open('a')), async (slot) => {
      const broken = asyncManager({ enter: throwing('enter') }) as AsyncContextManager<string>
      await Promise.allSettled([slot.exchange(broken), slot.exchange(open('b'))])
    })
    expect(log).toEqual(['open a', 'open b', 'close a', 'close b'])
  })

  test('tells the last one the outcome, and those before that they have completed', async () => {
    const told: unknown[] = []
    const note = (): AsyncContextManager<string> =>
      asyncManager({ exit: (outcome) => void told.push(outcome.status) }) as AsyncContextManager<string>
    const body = async (slot: { exchange(manager: AsyncContextManager<string>): Promise<void> }): Promise<never> => {
      await slot.exchange(note())
      throw new Error('body')
    }
    await thrownBy(() => within(replaceable(note()), body))
    expect(told).toEqual(['completed', 'failed'])
  })

  test('waits in the end for an exchange that is going on, and leaves nothing open', async () => {
    const log: unknown[] = []
    const open = opener(log)
    let exchange: Promise<void> | undefined
    await within(replaceable(open('a')), (slot) => {
      exchange = slot.exchange(open('b'))
    })
    await exchange
    expect(log).toEqual(['open a', 'open b', 'close a', 'close b'])
  })

  test('refuses an exchange that is asked for while it closes, and enters nothing', async () => {
    const log: unknown[] = []
    const open = opener(log)
    let asked: Promise<unknown> | undefined
    const slot = await within(replaceable(open('a')), async (given) => {
      await given.exchange(
        asyncManager({
          enter: () => 'b',
          exit: () => {
            asked = thrownBy(() => given.exchange(open('c')))
          },
        }) as AsyncContextManager<string>,
      )
      return given
    })
    expect(await asked).toMatchObject({ code: 'WITHAL_NOT_ENTERED' })
    expect(await thrownBy(() => slot.exchange(open('d')))).toMatchObject({ code: 'WITHAL_NOT_ENTERED' })
    expect(await thrownBy(() => slot.current)).toMatchObject({ code: 'WITHAL_NOT_ENTERED' })
    expect(log).toEqual(['open a', 'close a'])
  })

  test('keeps the old one when the scope is cancelled while the new one is being entered', async () => {
    const log: unknown[] = []
    const open = opener(log)
    await inScope(async (scope) => {
      const body = async (slot: { exchange(manager: AsyncContextManager<string>): Promise<void> }): Promise<void> => {
        const exchange = slot.exchange(open('b'))
        scope.cancel()
        await exchange
      }
      expect(await thrownBy(() => within(replaceable(open('a')), body))).toBe(scope.cancelled)
    })
    expect(log).toEqual(['open a', 'open b', 'close b', 'close a'])
  })

  test('is one block’s: entered again, it says so', async () => {
    const slot = replaceable(opener([])('a'))
    await within(slot, () => {})
    expect(await thrownBy(() => within(slot, () => {}))).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
  })
})
