/** What happens when making, checking and waiting fail. */
import { CreationError, FullError, moveOnAfter, onLateError, Pool, sleep, TimeoutError, within } from 'withal'
import type { PoolEvent } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { Workshop } from '../../test/pool-resources.ts'
import type { Made } from '../../test/pool-resources.ts'
import { thrownBy } from '../../test/thrown.ts'

const refused = new Error('connect ECONNREFUSED')

describe('when making fails', () => {
  test('PL-07 the error goes to the borrower it was for, the place is free again, and others are tried', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      shop.failures.create.push(refused)
      const pool = new Pool(shop.create, shop.options({ max: 1, name: 'orders' }))
      const first = thrownBy(() => pool.acquire())
      const second = pool.acquire()
      const error = await first
      expect(error).toBeInstanceOf(CreationError)
      expect(error).toMatchObject({
        message: 'the pool "orders" could not make a resource: connect ECONNREFUSED',
        cause: refused,
      })
      await clock.advance(100)
      expect((await second).value.number).toBe(1)
      expect(pool.statistics()).toMatchObject({ failures: 1, lastFailure: { during: 'create', error: refused } })
      await pool.terminate().catch(() => {})
    })
  })

  test('PL-07 a create that throws at once fails in the same way', async () => {
    const pool = new Pool(() => {
      throw refused
    })
    expect(await thrownBy(() => pool.acquire())).toMatchObject({ cause: refused })
    await pool.close()
  })

  test('R1 every borrower settles within its time, and a server that is down is tried a few times a second at most', async () => {
    await within(new TestClock(), async (clock) => {
      let tries = 0
      const pool = new Pool(
        async () => {
          tries++
          throw refused
        },
        { acquireTimeout: 10_000 },
      )
      const errors = Array.from({ length: 50 }, () => thrownBy(() => pool.acquire()))
      await settled()
      expect(tries).toBeLessThanOrEqual(10) // as many as there may be, at first
      const atFirst = tries
      await clock.advance(1_000)
      expect(tries - atFirst).toBeLessThanOrEqual(6)
      await clock.advance(8_999)
      expect(tries - atFirst).toBeLessThanOrEqual(20)
      await clock.advance(1)
      const all = await Promise.all(errors)
      const made = all.filter((error) => error instanceof CreationError)
      expect(made.length).toBe(tries)
      for (const error of all.filter((each) => !(each instanceof CreationError))) {
        expect(error).toBeInstanceOf(TimeoutError)
        expect(error).toMatchObject({ cause: refused })
        expect(String(error)).toContain('The last one could not be made: connect ECONNREFUSED.')
      }
      expect(pool.statistics()).toMatchObject({ size: 0, waiting: 0 })
      await pool.close()
      await clock.advance(10_000)
      expect(tries).toBe(made.length)
    })
  })

  test('R1 what is to be tried again is tried until the time is up, and then is the cause', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      shop.failures.create.push(...Array.from({ length: 5 }, () => refused))
      const pool = new Pool(shop.create, shop.options({ retryCreate: (error) => error === refused, max: 1 }))
      const impatient = thrownBy(() => pool.acquire({ timeout: 300 }))
      const patient = pool.acquire()
      await clock.advance(300)
      expect(await impatient).toMatchObject({ allowed: 300, cause: refused })
      await clock.advance(4_000)
      expect((await patient).value.number).toBe(1)
      await pool.terminate().catch(() => {})
    })
  })

  test('PL-07 an error that is not to be tried again goes to the borrower at once', async () => {
    const shop = new Workshop()
    const wrongPassword = new Error('wrong password')
    shop.failures.create.push(wrongPassword)
    const pool = new Pool(shop.create, shop.options({ retryCreate: (error) => error === refused }))
    expect(await thrownBy(() => pool.acquire())).toMatchObject({ cause: wrongPassword })
    await pool.close()
  })

  test('one that takes too long is aborted, fails, and is destroyed when it comes after all', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const gate = Promise.withResolvers<void>()
      const signals: AbortSignal[] = []
      shop.failures.create.push(gate.promise)
      const create = (signal: AbortSignal): ReturnType<Workshop['create']> => {
        signals.push(signal)
        return shop.create()
      }
      const pool = new Pool(create, shop.options({ createTimeout: 1_000, acquireTimeout: 5_000, max: 1 }))
      const met = thrownBy(() => pool.acquire())
      await clock.advance(1_000)
      expect(await met).toMatchObject({ code: 'WITHAL_CREATION_FAILED', cause: { allowed: 1_000 } })
      expect(signals[0]?.aborted).toBe(true)
      await clock.advance(200)
      const next = await pool.acquire()
      gate.resolve()
      await settled()
      expect(shop.log).toEqual(['destroy 2'])
      expect(pool.statistics()).toMatchObject({ size: 1, leased: 1 })
      await next.release()
      await pool.close()
      expect(shop.alive).toBe(0)
    })
  })

  test('of `min` resources goes on being tried in the background', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const pool = new Pool(shop.create, shop.options({ min: 1 }))
      await pool.ready()
      shop.failures.create.push(refused, refused)
      pool.invalidate()
      await settled()
      expect(pool.statistics()).toMatchObject({ size: 0, failures: 1 })
      await clock.advance(1_000)
      expect(pool.statistics()).toMatchObject({ size: 1, idle: 1, failures: 2 })
      await pool.close()
    })
  })
})

describe('waiting', () => {
  test('PL-16 ends at its time: its own, or the one of the pool', async () => {
    await within(new TestClock(), async (clock) => {
      const pool = new Pool(new Workshop().create, { max: 1, acquireTimeout: 1_000 })
      await using _held = await pool.acquire()
      const log: string[] = []
      const ask = async (timeout?: number): Promise<void> => {
        const error = await thrownBy(() => pool.acquire({ timeout }))
        log.push(`${(error as TimeoutError).allowed}`)
      }
      const all = [ask(), ask(200), ask(5_000), ask(200), ask(0), ask(-3)]
      await settled()
      expect(log).toEqual(['0', '-3'])
      await clock.advance(200)
      expect(log).toEqual(['0', '-3', '200', '200'])
      await clock.advance(800)
      expect(log).toEqual(['0', '-3', '200', '200', '1000'])
      await clock.advance(4_000)
      await Promise.all(all)
      expect(pool.statistics()).toMatchObject({ waiting: 0, timeouts: 6 })
    })
  })

  test('R1 covers waiting, making and checking in one limit', async () => {
    await within(new TestClock(), async (clock) => {
      const never = new Promise<never>(() => {})
      const shop = new Workshop()
      const pool = new Pool(shop.create, shop.options({ validate: () => never, validateAfterIdle: 0, max: 1 }))
      await (await pool.acquire()).release()
      const met = thrownBy(() => pool.acquire({ timeout: 3_000 }))
      await clock.advance(3_000)
      expect(await met).toBeInstanceOf(TimeoutError)
      await clock.advance(2_000)
      expect(shop.log).toEqual(['destroy 1'])
      expect(pool.statistics()).toMatchObject({ size: 0, waiting: 0 })
      await pool.close()
    })
  })

  test('PL-16 is refused when as many wait as may wait', async () => {
    const pool = new Pool(new Workshop().create, { max: 1, maxWaiting: 1, name: 'orders' })
    const held = await pool.acquire()
    const waiting = pool.acquire()
    const error = await thrownBy(() => pool.acquire())
    expect(error).toBeInstanceOf(FullError)
    expect(String(error)).toContain('the pool "orders" has 1 waiting, and no more than 1 may wait: 1 of 1 are in use.')
    await held.release()
    await (await waiting).release()
    await pool.close()
  })

  test('R19 says who has what there is', async () => {
    await within(new TestClock({ autoAdvance: true }), async () => {
      const pool = new Pool(new Workshop().create, { max: 2, name: 'orders', leakAfter: Infinity })
      await using _one = await pool.acquire()
      await sleep(100)
      await using _two = await pool.acquire()
      const error = await thrownBy(() => pool.acquire({ timeout: 250 }))
      expect(String(error)).toBe(
        'TimeoutError: the pool "orders" gave nothing within 250 ms: 2 of 2 in use, 1 waiting. Held longest:\n' +
          '- somebody outside of all tasks, for 350 ms\n' +
          '- somebody outside of all tasks, for 250 ms\n' +
          'Set `leakAfter` to see where they were acquired.',
      )
    })
  })
})

describe('validating', () => {
  test.for(['false', 'an error', 'too long'] as const)(
    'PL-08 a resource for which it gives %s is destroyed, and another is tried within the time of the borrower',
    async (what) => {
      await within(new TestClock(), async (clock) => {
        const shop = new Workshop()
        const pool = new Pool(shop.create, shop.options({ validate: shop.validate, validateTimeout: 1_000 }))
        const leases = await Promise.all([pool.acquire(), pool.acquire()])
        for (const lease of leases) {
          if (what === 'false') lease.value.alive = false
          await lease.release()
        }
        if (what === 'an error') shop.failures.validate.push(new Error('broken'), new Error('broken'))
        if (what === 'too long') shop.failures.validate.push(new Promise(() => {}), new Promise(() => {}))
        await clock.advance(500)
        const next = pool.acquire()
        await clock.advance(2_000)
        expect((await next).value.number).toBe(3)
        expect(shop.log.toSorted()).toEqual(['destroy 1', 'destroy 2', 'validate 1', 'validate 2'])
        await (await next).release()
        await pool.close()
        expect(shop.alive).toBe(0)
      })
    },
  )

  test('R16 is done only for what has not been used for so long', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const pool = new Pool(shop.create, shop.options({ validate: shop.validate, validateAfterIdle: 500 }))
      await pool.use(() => {})
      await clock.advance(499)
      await pool.use(() => {})
      await clock.advance(499)
      await pool.use(() => {})
      expect(shop.log).toEqual([])
      await clock.advance(500)
      await pool.use(() => {})
      expect(shop.log).toEqual(['validate 1'])
      await pool.close()
    })
  })

  test('R2 what is being checked for a borrower that has left goes to the next, or becomes free', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const pool = new Pool(shop.create, shop.options({ validate: shop.validate, max: 1 }))
      await pool.use(() => {})
      await clock.advance(1_000)
      const gate = Promise.withResolvers<void>()
      shop.failures.validate.push(gate.promise)
      const left = within(moveOnAfter(100), () => pool.acquire())
      await clock.advance(100)
      await left
      gate.resolve()
      await settled()
      expect(pool.statistics()).toMatchObject({ idle: 1, size: 1, leased: 0 })
      expect(await pool.use(({ number }) => number)).toBe(1)
      await pool.close()
    })
  })

  test('PL-08 several borrowers share what is checked and what is made', async () => {
    await within(new TestClock(), async (clock) => {
      const shop = new Workshop()
      const pool = new Pool(shop.create, shop.options({ validate: shop.validate, max: 3 }))
      await Promise.all([pool.use(() => settled()), pool.use(() => settled())])
      await clock.advance(1_000)
      const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
      expect(new Set(leases.map((lease) => lease.value.number))).toEqual(new Set([1, 2, 3]))
      expect(shop.mostAlive).toBe(3)
      await Promise.all(leases.map((lease) => lease.release()))
      await pool.close()
    })
  })
})

test('what happens is told to who wants to know', async () => {
  await within(new TestClock(), async (clock) => {
    const events: PoolEvent[] = []
    const shop = new Workshop()
    shop.failures.create.push(refused)
    const pool = new Pool(shop.create, shop.options({ name: 'orders', onEvent: (event) => events.push(event) }))
    await thrownBy(() => pool.acquire())
    const lease = pool.acquire()
    await clock.advance(100)
    const { value } = await lease
    await clock.advance(30)
    await (await lease).release()
    pool.invalidate(value)
    await pool.close()
    const waited = events[2]?.type === 'acquired' ? events[2].waited : NaN
    expect(waited).toBeGreaterThan(0)
    expect(events).toEqual([
      { type: 'failed', pool: 'orders', during: 'create', error: refused },
      { type: 'created', pool: 'orders', took: 0 },
      { type: 'acquired', pool: 'orders', waited },
      { type: 'released', pool: 'orders', held: 130 - waited },
      { type: 'destroyed', pool: 'orders', why: 'it was invalidated', leftBehind: false },
    ])
  })
})

describe("what users' own functions throw", () => {
  const broken = new Error('the metrics are down')

  test.for(['created', 'acquired', 'released', 'timeout', 'failed', 'destroyed'] as const)(
    'PL-18 `onEvent` that throws on %s is a late error, and nothing of the pool is lost',
    async (type) => {
      await within(new TestClock(), async (clock) => {
        const late: unknown[] = []
        const remove = onLateError((error) => (late.push(error), 'handled'))
        const shop = new Workshop()
        shop.failures.create.push(refused)
        const pool = new Pool(
          shop.create,
          shop.options({
            max: 1,
            name: type,
            onEvent(event) {
              if (event.type === type) throw broken
            },
          }),
        )
        expect(await thrownBy(() => pool.acquire())).toBeInstanceOf(CreationError)
        const first = pool.acquire()
        await clock.advance(100)
        const lease = await first
        const second = thrownBy(() => pool.acquire({ timeout: 20 }))
        const third = pool.acquire()
        await clock.advance(20)
        expect(await second).toBeInstanceOf(TimeoutError)
        await lease.release()
        await (await third).release()
        await pool.close()
        remove()
        expect(late).toEqual([broken])
        expect(pool.statistics()).toMatchObject({ size: 0, leased: 0, waiting: 0, timeouts: 1 })
        expect(shop.alive).toBe(0)
      })
    },
  )

  test('`onEvent` may close the pool when a lease is handed over', async () => {
    const shop = new Workshop()
    const closings: Promise<void>[] = []
    const pool: Pool<Made> = new Pool(shop.create, {
      destroy: shop.destroy,
      max: 1,
      onEvent(event) {
        if (event.type === 'acquired') closings.push(pool.close())
      },
    })
    const lease = await pool.acquire()
    await lease.release()
    await Promise.all(closings)
    expect(closings).toHaveLength(1)
    expect(shop.alive).toBe(0)
  })

  test('PL-07 `retryCreate` that throws is a late error, and the borrower gets why nothing was made', async () => {
    const late: unknown[] = []
    const remove = onLateError((error) => (late.push(error), 'handled'))
    const pool = new Pool(() => Promise.reject(refused), {
      retryCreate() {
        throw broken
      },
    })
    expect(await thrownBy(() => pool.acquire())).toMatchObject({ cause: refused })
    remove()
    expect(late).toEqual([broken])
    await pool.close()
  })

  test('PL-16 a making that throws what has no text ends in a TimeoutError all the same', async () => {
    await within(new TestClock(), async (clock) => {
      const pool = new Pool(
        () => {
          throw Object.create(null)
        },
        { retryCreate: true },
      )
      const error = thrownBy(() => pool.acquire({ timeout: 20 }))
      await clock.advance(20)
      expect(await error).toBeInstanceOf(TimeoutError)
      await pool.close()
    })
  })

  test('R1 a `setup` that always fails does not storm the server, and the borrower is told why', async () => {
    await within(new TestClock(), async (clock) => {
      let made = 0
      const pool = new Pool(() => ({ number: ++made }), {
        max: 5,
        setup() {
          throw refused
        },
      })
      const errors = Array.from({ length: 20 }, () => thrownBy(() => pool.acquire()))
      await settled()
      expect(made).toBeLessThanOrEqual(5)
      await clock.advance(1_000)
      expect(made).toBeLessThanOrEqual(10)
      await clock.advance(9_000)
      expect(made).toBeLessThanOrEqual(25)
      for (const error of await Promise.all(errors)) {
        expect(error).toMatchObject({ name: 'TimeoutError', cause: refused })
      }
      await pool.close()
    })
  })

  test('R1 once a `setup` works again, all get theirs', async () => {
    await within(new TestClock(), async (clock) => {
      let failures = 3
      const shop = new Workshop()
      const pool = new Pool(
        shop.create,
        shop.options({
          max: 3,
          setup() {
            if (failures-- > 0) throw refused
          },
        }),
      )
      const leases = Array.from({ length: 3 }, () => pool.acquire())
      await clock.advance(9_000)
      await Promise.all((await Promise.all(leases)).map((lease) => lease.release()))
      expect(pool.statistics()).toMatchObject({ size: 3, idle: 3, waiting: 0, failures: 3 })
      await pool.close()
      expect(shop.alive).toBe(0)
    })
  })
})
