/** How pools end. */
import { ClosedError, ErrorGroup, ExitTimeoutError, Pool, TaskGroup, TimeoutError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { Workshop } from '../../test/pool-resources.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('closing', () => {
  test('PL-13 refuses new borrowers, fails who waits, and waits for what is lent', async () => {
    const shop = new Workshop()
    const pool = new Pool(shop.create, shop.options({ max: 1, name: 'orders' }))
    const lease = await pool.acquire()
    const waiting = thrownBy(() => pool.acquire())
    const log: string[] = []
    const closing = pool.close().then(() => log.push('closed'))
    const errors = [await waiting, await thrownBy(() => pool.acquire()), thrownAtOnceBy(() => pool.tryAcquire())]
    for (const error of errors) {
      expect(error).toBeInstanceOf(ClosedError)
      expect(String(error)).toContain('the pool "orders" is being closed')
    }
    await settled()
    expect([log, lease.value.alive]).toEqual([[], true])
    await lease.release()
    await closing
    expect([log, shop.alive, pool.closed]).toEqual([['closed'], 0, true])
    expect(String(await thrownBy(() => pool.acquire()))).toContain('has been closed')
  })

  test('PL-13 happens once, however many ask for it, and all wait for its end', async () => {
    const shop = new Workshop()
    const pool = new Pool(shop.create, shop.options())
    await pool.use(() => {})
    const failure = new Error('destroy')
    shop.failures.destroy.push(failure)
    expect(await Promise.all([pool.close(), pool.close(), pool.terminate()].map((all) => thrownBy(() => all)))).toEqual(
      [failure, failure, failure],
    )
    expect(shop.log).toEqual(['destroy 1'])
  })

  test('PL-13 names who has what was not returned in time, and destroys it all the same', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const pool = new Pool(shop.create, shop.options({ name: 'orders', closeTimeout: 5_000 }))
      await within(new TaskGroup(), async (group) => {
        const done = Promise.withResolvers<void>()
        const task = group.spawn(
          async () => {
            const lease = await pool.acquire()
            await done.promise
            return [lease.released, String(thrownAtOnceBy(() => lease.value)), await lease.release()]
          },
          { name: 'report' },
        )
        await settled()
        const closing = thrownBy(() => pool.close())
        await clock.advance(4_999)
        expect(shop.log).toEqual([])
        await clock.advance(1)
        const error = await closing
        expect(error).toBeInstanceOf(TimeoutError)
        expect(String(error)).toContain(
          'the pool "orders": 1 lease was not returned within 5000 ms of closing and destroyed all the same. ' +
            'Held by:\n- the task "report", for 5000 ms',
        )
        expect(shop.log).toEqual(['destroy 1'])
        done.resolve()
        expect(await task.result).toEqual([
          true,
          expect.stringContaining('was taken away when its pool was closed'),
          undefined,
        ])
      })
      expect(shop.log).toEqual(['destroy 1'])
    })
  })

  test('PL-13 can be forced while it waits', async () => {
    const shop = new Workshop()
    const pool = new Pool(shop.create, shop.options({ closeTimeout: Infinity }))
    await pool.acquire()
    const closing = thrownBy(() => pool.close())
    await settled()
    expect(shop.alive).toBe(1)
    expect(await thrownBy(() => pool.terminate())).toBeInstanceOf(TimeoutError)
    expect(await closing).toBeInstanceOf(TimeoutError)
    expect(shop.alive).toBe(0)
  })

  test('PL-13 aborts what is being made, and waits for it; what comes all the same is destroyed', async () => {
    const shop = new Workshop()
    const gate = Promise.withResolvers<void>()
    const signals: AbortSignal[] = []
    const pool = new Pool(async (signal) => {
      signals.push(signal)
      await gate.promise
      return await shop.create()
    }, shop.options())
    const waiting = thrownBy(() => pool.acquire())
    const log: string[] = []
    const closing = pool.close().then(() => log.push('closed'))
    expect(await waiting).toBeInstanceOf(ClosedError)
    await settled()
    expect([signals[0]?.aborted, log]).toEqual([true, []])
    gate.resolve()
    await closing
    expect([shop.made, shop.alive]).toEqual([1, 0])
  })

  test('PL-14 a destroyer that fails or hangs stops no other; the errors come out together', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const failure = new Error('socket already closed')
      shop.failures.destroy.push(failure, new Promise(() => {}))
      const pool = new Pool(shop.create, shop.options({ destroyTimeout: 1_000, name: 'orders' }))
      const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
      for (const lease of leases) await lease.release()
      const closing = thrownBy(() => pool.close())
      await clock.advance(1_000)
      const error = await closing
      expect(error).toBeInstanceOf(ErrorGroup)
      expect((error as ErrorGroup).errors).toEqual([failure, expect.any(ExitTimeoutError)])
      expect(String((error as ErrorGroup).errors[1])).toContain(
        'orders: destroying an object took longer than 1000 ms; it was left behind.',
      )
      expect(shop.log.toSorted()).toEqual(['destroy 1', 'destroy 2', 'destroy 3'])
      expect(pool.statistics()).toMatchObject({ size: 0, destroyed: 3, leftBehind: 1 })
    })
  })

  test('PL-15 happens when the block of the pool is left, by within and by await using', async () => {
    const shop = new Workshop()
    await within(new Pool(shop.create, shop.options()), (pool) => pool.use(() => expect(shop.alive).toBe(1)))
    expect(shop.alive).toBe(0)
    {
      await using pool = new Pool(shop.create, shop.options())
      await pool.use(() => expect(shop.alive).toBe(1))
    }
    expect(shop.alive).toBe(0)
  })

  test('of one that was never used does nothing', async () => {
    const shop = new Workshop()
    await new Pool(shop.create, shop.options({ min: 3 })).close()
    expect(shop.log).toEqual([])
  })

  test('R2 a resource that is being validated or cleaned meanwhile is destroyed when that has ended', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const pool = new Pool(shop.create, shop.options({ validate: shop.validate, reset: shop.reset }))
      await pool.use(() => {})
      await clock.advance(1_000)
      const gate = Promise.withResolvers<void>()
      shop.failures.validate.push(gate.promise)
      const waiting = thrownBy(() => pool.acquire())
      const closing = pool.close()
      expect(await waiting).toBeInstanceOf(ClosedError)
      gate.resolve()
      await closing
      expect(shop.log).toEqual(['reset 1 completed', 'validate 1', 'destroy 1'])
    })
  })
})
