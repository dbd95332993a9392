import { CancelScope, Flag, sleep, TimeoutError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

describe('a flag', () => {
  test('LK-08 lets waits pass at once while it is set', async () => {
    const flag = new Flag({ set: true })
    await flag.wait()
    expect(flag.isSet).toBe(true)
  })

  test('LK-08 wakes all who wait when it is set, in order', async () => {
    const flag = new Flag()
    const order: number[] = []
    const waits = [0, 1, 2].map((number) => flag.wait().then(() => order.push(number)))
    expect(flag.waiting).toBe(3)
    flag.set()
    await Promise.all(waits)
    expect([order, flag.waiting]).toEqual([[0, 1, 2], 0])
  })

  test('LK-08 set and cleared in one turn wakes those who were waiting, and not later ones', async () => {
    const flag = new Flag()
    const before = flag.wait()
    flag.set()
    flag.clear()
    const after = flag.wait()
    await before
    expect([flag.waiting, flag.isSet]).toEqual([1, false])
    flag.set()
    await after
  })

  test('LK-09 a wait that is cancelled leaves', async () => {
    const flag = new Flag()
    await within(new CancelScope(), async (scope) => {
      const met = thrownBy(() => flag.wait())
      scope.cancel()
      expect(flag.waiting).toBe(0)
      expect(await met).toBe(scope.signal.reason)
    })
  })

  test('LK-09 a wait that was set before the cancellation of the same turn succeeds', async () => {
    const flag = new Flag()
    await within(new CancelScope(), async (scope) => {
      const waiting = flag.wait()
      flag.set()
      scope.cancel()
      await waiting
      expect(await thrownBy(() => sleep(1))).toBe(scope.signal.reason)
    })
  })

  test('a wait ends at its time', async () => {
    await within(new TestClock({ autoAdvance: true }), async () => {
      const error = await thrownBy(() => new Flag({ name: 'ready' }).wait({ timeout: 20 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(String(error)).toContain('the flag "ready" was not set within 20 ms: 1 waiting.')
    })
  })

  test('CS-26 a wait in a cancelled scope is refused although it is set', async () => {
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      expect(await thrownBy(() => new Flag({ set: true }).wait())).toBe(scope.signal.reason)
    })
  })
})
