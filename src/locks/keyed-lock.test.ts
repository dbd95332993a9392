import { CancelScope, KeyedLock, TimeoutError, UsageError, within } from 'withal'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('a keyed lock', () => {
  test('LK-21 excludes those who ask for the same key, and nobody else', async () => {
    const lock = new KeyedLock<string>()
    using _a = await lock.acquire('a')
    using _b = await lock.acquire('b')
    expect([lock.tryAcquire('a'), lock.locked('a'), lock.locked('c')]).toEqual([undefined, true, false])
  })

  test('LK-21 serves those who wait for a key in order', async () => {
    const lock = new KeyedLock<string>()
    const order: number[] = []
    await Promise.all([0, 1, 2].map((number) => lock.runExclusive('a', () => void order.push(number))))
    expect(order).toEqual([0, 1, 2])
  })

  test('LK-21 forgets a key that nobody has or waits for', async () => {
    const lock = new KeyedLock<object>()
    const key = {}
    await within(lock.permit(key), async () => {
      expect(lock.size).toBe(1)
      const scope = new CancelScope()
      const waiting = within(scope, () => lock.acquire(key))
      expect(lock.waiting(key)).toBe(1)
      scope.cancel()
      await waiting
      expect([lock.size, lock.waiting(key)]).toEqual([1, 0])
    })
    expect(lock.size).toBe(0)
    expect(await thrownBy(() => within(lock.permit(key), () => Promise.reject(new Error('body'))))).toBeInstanceOf(
      Error,
    )
    expect(lock.size).toBe(0)
    const permit = lock.tryAcquire(key)
    permit?.release()
    permit?.release()
    expect(lock.size).toBe(0)
  })

  test('LK-21 a manager made before its key was forgotten finds the key anew', async () => {
    const lock = new KeyedLock<string>()
    const permit = lock.permit('a')
    await within(permit, () => {})
    const held = await lock.acquire('a')
    expect(permit.tryAcquire()).toBe(undefined)
    held.release()
    expect(await within(permit, () => lock.locked('a'))).toBe(true)
  })

  test('LK-21 lets so many have the same key', async () => {
    const lock = new KeyedLock<string>({ permits: 2, name: 'hosts' })
    using _one = await lock.acquire('a')
    using _two = await lock.acquire('a')
    const error = await thrownBy(() => lock.acquire('a', { timeout: 0 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(String(error)).toContain('the keyed lock "hosts", key "a", was not free within 0 ms: 2 of 2 in use')
  })

  test('LK-21 keeps nothing of many keys, whether they were free, contended or given up', async () => {
    const lock = new KeyedLock<number>()
    for (let key = 0; key < 10_000; key++) {
      const permit = await lock.acquire(key)
      const waiting = key % 2 === 0 ? lock.acquire(key) : thrownBy(() => lock.acquire(key, { timeout: 0 }))
      permit.release()
      const got = await waiting
      if (key % 2 === 0) (got as { release(): void }).release()
    }
    expect(lock.size).toBe(0)
  })

  test.for([0, 1.5, NaN])('refuses %d permits', (permits) => {
    expect(thrownAtOnceBy(() => new KeyedLock({ permits }))).toBeInstanceOf(UsageError)
  })
})
