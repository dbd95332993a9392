/** What a pool does with what nobody uses, and with what is worn out. */
import { Pool, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { Workshop } from '../../test/pool-resources.ts'

describe('a resource', () => {
  test('PL-11 that nobody uses is destroyed after its time, which counts from its return, down to `min`', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const pool = new Pool(shop.create, shop.options({ min: 1, idleTimeout: 1_000 }))
      const [one, two, three] = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
      await clock.advance(5_000)
      await one.release()
      await clock.advance(600)
      await two.release()
      await clock.advance(399)
      expect(shop.log).toEqual([])
      await clock.advance(1)
      expect(shop.log).toEqual(['destroy 1'])
      await clock.advance(600)
      expect(shop.log).toEqual(['destroy 1', 'destroy 2'])
      await clock.advance(60_000)
      await three.release()
      await clock.advance(60_000)
      expect(pool.statistics()).toMatchObject({ size: 1, idle: 1 })
      expect(shop.log).toEqual(['destroy 1', 'destroy 2'])
      await pool.close()
    })
  })

  test('PL-11 in use is never destroyed, however old', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const pool = new Pool(shop.create, shop.options({ idleTimeout: 10, maxLifetime: 100 }))
      const lease = await pool.acquire()
      await clock.advance(10_000)
      expect(lease.value.alive).toBe(true)
      await lease.release()
      await clock.advance(0)
      expect(shop.log).toEqual(['destroy 1'])
      await pool.close()
    })
  })

  test('PL-11 that is too old is destroyed, up to a tenth before its time, and `min` is restored', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const pool = new Pool(shop.create, shop.options({ min: 1, maxLifetime: 1_000, idleTimeout: Infinity }))
      await pool.ready()
      await clock.advance(899)
      expect(shop.log).toEqual([])
      await clock.advance(101)
      expect(shop.log).toEqual(['destroy 1'])
      expect(pool.statistics()).toMatchObject({ size: 1, idle: 1, created: 2 })
      await pool.close()
    })
  })

  test('PL-11 is destroyed after so many uses', async () => {
    const shop = new Workshop()
    const pool = new Pool(shop.create, shop.options({ maxUses: 3, max: 1 }))
    const numbers: number[] = []
    for (let use = 0; use < 7; use++) numbers.push(await pool.use(({ number }) => number))
    expect(numbers).toEqual([1, 1, 1, 2, 2, 2, 3])
    await pool.close()
  })

  test('R16 that nobody uses is validated from time to time, and destroyed when it does not work any more', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const pool = new Pool(
        shop.create,
        shop.options({ min: 1, validate: shop.validate, keepAlive: 1_000, idleTimeout: Infinity }),
      )
      await pool.ready()
      await clock.advance(2_500)
      expect(shop.log).toEqual(['validate 1', 'validate 1'])
      shop.failures.validate.push(new Error('the server is gone'))
      await clock.advance(1_000)
      expect(shop.log).toEqual(['validate 1', 'validate 1', 'validate 1', 'destroy 1'])
      expect(pool.statistics()).toMatchObject({ size: 1, idle: 1, failures: 1 })
      await pool.close()
    })
  })

  test('R5 whose cleaning or destroying fails is no uncaught error, and frees its place', async () => {
    const shop = new Workshop()
    const pool = new Pool(shop.create, shop.options({ max: 1, reset: shop.reset }))
    const [reset, destroy] = [new Error('reset'), new Error('destroy')]
    shop.failures.reset.push(reset)
    shop.failures.destroy.push(destroy)
    await pool.use(() => {})
    expect(await pool.use(({ number }) => number)).toBe(2)
    expect(pool.statistics()).toMatchObject({
      failures: 2,
      lastFailure: { during: 'destroy', error: destroy },
      size: 1,
    })
    await pool.close()
  })
})

describe('a pool', () => {
  test('PL-12 has a timer only while there is something to look after', async () => {
    await within(new TestClock(), async (clock) => {
      const pool = new Pool(new Workshop().create, { idleTimeout: 1_000, acquireTimeout: Infinity })
      expect(clock.timers).toBe(0)
      const lease = await pool.acquire()
      expect(clock.timers).toBe(0)
      await lease.release()
      expect(clock.timers).toBe(1)
      await clock.advance(1_000)
      expect(clock.timers).toBe(0)
      await pool.close()
    })
  })

  test('PL-12 keeps no process alive by it', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timers()
    const pool = new Pool(new Workshop().create, { keepAlive: 10_000, validate: () => true })
    await pool.use(() => {})
    expect(timers()).toBe(before)
    await pool.close()
  })
})
