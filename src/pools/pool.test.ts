import { getEventListeners } from 'node:events'
import {
  AsyncExitStack,
  CancelScope,
  ClosedError,
  ContextVar,
  hold,
  isCancelled,
  Pool,
  sleep,
  TaskGroup,
  UsageError,
  within,
} from 'withal'
import type { Lease, Outcome } from 'withal'
import { describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { Workshop } from '../../test/pool-resources.ts'
import type { Made } from '../../test/pool-resources.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('a pool', () => {
  test('PL-01 makes resources when they are asked for, and no more than `max`', async () => {
    const shop = new Workshop()
    const pool = new Pool(shop.create, shop.options({ max: 3 }))
    expect(pool.statistics().size).toBe(0)
    await within(new TaskGroup(), (group) => {
      for (let i = 0; i < 20; i++) group.spawn(() => within(pool.lease(), () => settled()))
    })
    expect([shop.made, shop.mostAlive]).toEqual([3, 3])
    await pool.close()
    expect(shop.alive).toBe(0)
  })

  test('PL-01 counts among `max` what is being made, checked, cleaned and destroyed', async () => {
    const shop = new Workshop()
    const gate = Promise.withResolvers<void>()
    const pool = new Pool(shop.create, shop.options({ max: 1, reset: shop.reset }))
    shop.failures.create.push(gate.promise)
    const making = pool.acquire()
    const waiting = pool.acquire()
    await settled()
    expect(pool.statistics()).toMatchObject({ size: 1, creating: 1, waiting: 2 })
    gate.resolve()
    const lease = await making
    const [cleaning, destroying] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    shop.failures.reset.push(cleaning.promise)
    shop.failures.destroy.push(destroying.promise)
    lease.invalidate()
    const returning = lease.release()
    await settled()
    expect(pool.statistics()).toMatchObject({ size: 1, idle: 0, leased: 0, waiting: 1 })
    cleaning.resolve()
    await returning
    await settled()
    expect(pool.statistics()).toMatchObject({ size: 1, creating: 0 })
    destroying.resolve()
    expect((await waiting).value.number).toBe(2)
    await pool.terminate().catch(() => {})
    expect(shop.mostAlive).toBe(1)
  })

  test('PL-02 gives a lease that returns the resource at the end of `using` and `await using` blocks', async () => {
    const shop = new Workshop()
    const pool = new Pool(shop.create, shop.options())
    {
      await using lease = await pool.acquire()
      expect([lease.value.number, pool.statistics().leased]).toEqual([1, 1])
    }
    {
      using lease = await pool.acquire()
      expect([lease.value.number, pool.statistics().leased]).toEqual([1, 1])
    }
    expect(pool.statistics()).toMatchObject({ leased: 0, idle: 1 })
    await pool.close()
  })

  test.for(['completes', 'fails', 'is cancelled'] as const)(
    'PL-02 returns it when the block or function %s, and says how that ended',
    async (how) => {
      const shop = new Workshop()
      const pool = new Pool(shop.create, shop.options({ reset: shop.reset }))
      const status = how === 'completes' ? 'completed' : 'failed'
      await within(new CancelScope(), async (scope) => {
        const body = async ({ alive }: Made): Promise<string> => {
          expect(alive).toBe(true)
          if (how === 'fails') throw new Error('body')
          if (how === 'is cancelled') scope.cancel()
          await sleep(0)
          return 'result'
        }
        const results = [
          await within(pool.lease(), body).catch((error: unknown) => error),
          await pool.use(body).catch((error: unknown) => error),
        ]
        if (how === 'completes') expect(results).toEqual(['result', 'result'])
      })
      const expected = how === 'is cancelled' ? ['reset 1 failed'] : [`reset 1 ${status}`, `reset 1 ${status}`]
      expect(shop.log).toEqual(expected)
      expect(pool.statistics()).toMatchObject({ leased: 0, idle: 1 })
      await pool.close()
    },
  )

  test('PL-03 serves those who wait in order, and hands over what comes back without a moment in which it is free', async () => {
    const pool = new Pool(new Workshop().create, { max: 1 })
    const first = await pool.acquire()
    const order: number[] = []
    const others = [1, 2, 3].map(async (number) => {
      await using _lease = await pool.acquire()
      order.push(number)
    })
    await first.release()
    expect(pool.tryAcquire()).toBe(undefined)
    await Promise.all(others)
    expect(order).toEqual([1, 2, 3])
    await pool.close()
  })

  test.for([
    ['lifo', 3],
    ['fifo', 1],
  ] as const)('PL-03 lends free ones in the order %s', async ([order, expected]) => {
    const pool = new Pool(new Workshop().create, { order })
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()])
    for (const lease of leases) await lease.release()
    expect((await pool.acquire()).value.number).toBe(expected)
    await pool.terminate().catch(() => {})
  })

  test('PL-04 takes a lease back once, however often it is released', async () => {
    const pool = new Pool(new Workshop().create, { max: 1 })
    const lease = await pool.acquire()
    await lease.release()
    const other = await pool.acquire()
    await lease.release()
    lease[Symbol.dispose]()
    await lease[Symbol.asyncDispose]()
    expect(pool.statistics()).toMatchObject({ leased: 1, idle: 0 })
    await other.release()
    await pool.close()
  })

  test('PL-04 refuses the use of a lease that has been returned', async () => {
    const pool = new Pool(new Workshop().create, { name: 'orders' })
    const lease = await pool.acquire()
    await lease.release()
    const error = thrownAtOnceBy(() => lease.value)
    expect(error).toMatchObject({ code: 'WITHAL_LEASE_RETURNED' })
    expect(String(error)).toContain('This lease of the pool "orders" has been returned')
    lease.touch()
    lease.invalidate()
    expect((await pool.acquire()).value.number).toBe(1)
    await pool.terminate().catch(() => {})
  })

  test('PL-04 refuses the use of a guarded value, and of its methods, after its lease has been returned', async () => {
    class Connection {
      #queries = 0
      url = 'db://a'
      query(): number {
        return ++this.#queries
      }
    }
    const pool = new Pool(() => new Connection(), { guarded: true })
    const lease = await pool.acquire()
    const connection = lease.value
    const { query } = connection
    expect([connection.query(), query(), connection.url, 'url' in connection]).toEqual([1, 2, 'db://a', true])
    connection.url = 'db://b'
    expect(connection.query).toBe(query)
    await lease.release()
    for (const use of [
      () => connection.query(),
      () => query(),
      () => connection.url,
      () => (connection.url = 'db://c'),
      () => 'url' in connection,
    ])
      expect(thrownAtOnceBy(use)).toMatchObject({ code: 'WITHAL_LEASE_RETURNED' })
    await within(pool.lease(), (again) => expect([again.url, again.query()]).toEqual(['db://b', 3]))
    await pool.close()
  })

  test('PL-04 refuses to be called, made of, listed and emptied after the return, where the value is a function', async () => {
    class Row {
      readonly columns = 2
    }
    const query = Object.assign(
      function run(this: unknown, text: string): string {
        return `${typeof this} ${text}`
      },
      { open: true },
    )
    const pool = new Pool(() => query, { guarded: true })
    const makers = new Pool(() => Row, { guarded: true })
    const lease = await pool.acquire()
    const maker = await makers.acquire()
    const { value } = lease
    const { value: Made } = maker
    expect([value('a'), Object.keys(value), new Made()]).toEqual(['undefined a', ['open'], new Row()])
    await lease.release()
    await maker.release()
    for (const use of [
      () => value('a'),
      () => new Made(),
      () => Object.keys(value),
      () => Reflect.deleteProperty(value, 'open'),
    ])
      expect(thrownAtOnceBy(use)).toMatchObject({ code: 'WITHAL_LEASE_RETURNED' })
    await Promise.all([pool.close(), makers.close()])
  })

  test('PL-05 a borrower that is cancelled while it waits leaves the queue', async () => {
    const pool = new Pool(new Workshop().create, { max: 1 })
    const held = await pool.acquire()
    await within(new CancelScope(), async (scope) => {
      const met = thrownBy(() => pool.acquire())
      scope.cancel()
      expect(pool.statistics().waiting).toBe(0)
      expect(await met).toBe(scope.signal.reason)
    })
    await held.release()
    expect(pool.statistics()).toMatchObject({ idle: 1, leased: 0 })
    await pool.close()
  })

  test.for(['the next borrower has it', 'it becomes free'] as const)(
    'PL-05 what was being made for a borrower that was cancelled is not lost: %s',
    async (what) => {
      const shop = new Workshop()
      const gate = Promise.withResolvers<void>()
      shop.failures.create.push(gate.promise)
      const pool = new Pool(shop.create, shop.options({ max: 1 }))
      await within(new CancelScope(), async (scope) => {
        const met = thrownBy(() => pool.acquire())
        scope.cancel()
        expect(isCancelled(await met)).toBe(true)
      })
      const next = what === 'it becomes free' ? undefined : pool.acquire()
      gate.resolve()
      await (await next)?.release()
      await settled()
      expect(pool.statistics()).toMatchObject({ size: 1, idle: 1, created: 1, leased: 0 })
      await pool.close()
    },
  )

  test('PL-05 a borrower that is cancelled in the turn of the hand-off has the lease; within gives it back and does not begin', async () => {
    const pool = new Pool(new Workshop().create, { max: 1 })
    const held = await pool.acquire()
    const scope = new CancelScope()
    const log: string[] = []
    const block = within(scope, () => within(pool.lease(), () => log.push('ran')))
    held[Symbol.dispose]()
    scope.cancel()
    await block
    expect(log).toEqual([])
    expect(pool.statistics()).toMatchObject({ idle: 1, leased: 0, waiting: 0 })
    await pool.close()
  })

  test('PL-05 rule G making runs in the context of the owner, and its signal is not the borrower’s', async () => {
    const tenant = new ContextVar<string>('tenant', { default: 'none' })
    const seen: unknown[] = []
    const pool = await within(tenant.bind('owner'), () => {
      const create = async (signal: AbortSignal): Promise<object> => {
        await Promise.resolve()
        seen.push(tenant.get(), signal.aborted)
        return {}
      }
      return new Pool(create, {
        reset: () => void seen.push(tenant.get()),
        validate: () => void seen.push(tenant.get()),
        validateAfterIdle: 0,
        destroy: () => void seen.push(tenant.get()),
      })
    })
    await within(tenant.bind('borrower'), new CancelScope(), async (_, scope) => {
      const met = thrownBy(() => pool.acquire())
      scope.cancel()
      await met
    })
    await within(tenant.bind('borrower'), pool.lease(), () => {})
    await within(tenant.bind('closer'), () => pool.close())
    expect(seen).toEqual(['owner', false, 'owner', 'owner', 'owner'])
  })

  test('PL-06 cancelling during the return does not stop the cleaning', async () => {
    const shop = new Workshop()
    const gate = Promise.withResolvers<void>()
    shop.failures.reset.push(gate.promise)
    const pool = new Pool(shop.create, shop.options({ reset: shop.reset }))
    const scope = new CancelScope()
    const block = within(scope, () => within(pool.lease(), () => {}))
    await settled()
    scope.cancel()
    await settled()
    expect(pool.statistics()).toMatchObject({ idle: 0, size: 1 })
    gate.resolve()
    await block
    expect(pool.statistics()).toMatchObject({ idle: 1, size: 1 })
    await pool.close()
  })

  test('PL-09 prepares for each borrower, and cleans after each', async () => {
    const shop = new Workshop()
    const log: string[] = []
    const pool = new Pool(
      shop.create,
      shop.options({ setup: ({ number }) => void log.push(`setup ${number}`), reset: shop.reset }),
    )
    for (let i = 0; i < 2; i++) await within(pool.lease(), () => {})
    expect(log).toEqual(['setup 1', 'setup 1'])
    expect(shop.log).toEqual(['reset 1 completed', 'reset 1 completed'])
    await pool.close()
  })

  test.for([
    ['setup', 'throws'],
    ['reset', 'throws'],
    ['reset', 'gives false'],
  ] as const)('PL-09 destroys a resource whose %s %s, frees its place and takes another', async ([step, how]) => {
    const shop = new Workshop()
    let failing = true
    const fail = (): boolean => {
      const fails = failing
      failing = false
      if (fails && how === 'throws') throw new Error(step)
      return !fails
    }
    const pool = new Pool(shop.create, shop.options({ max: 1, [step]: fail }))
    await within(pool.lease(), () => {})
    await within(pool.lease(), ({ number }) => expect(number).toBe(2))
    expect(shop.log).toEqual(['destroy 1'])
    expect(pool.statistics().failures).toBe(how === 'throws' ? 1 : 0)
    await pool.close()
  })

  test('PL-10 an invalidated resource is destroyed now if it is free, at its return if it is lent, and `min` is restored', async () => {
    const shop = new Workshop()
    const pool = new Pool(shop.create, shop.options({ min: 1, max: 2 }))
    await within(pool, async () => {
      const lease = await pool.acquire()
      expect(pool.invalidate({ number: 7, alive: true })).toBe(false)
      expect(pool.invalidate(lease.value)).toBe(true)
      expect([lease.value.alive, shop.log]).toEqual([true, []])
      await lease.release()
      await settled()
      expect(shop.log).toEqual(['destroy 1'])
      expect(pool.statistics()).toMatchObject({ size: 1, idle: 1 })
      expect(pool.invalidate()).toBe(true)
      await settled()
      expect(shop.log).toEqual(['destroy 1', 'destroy 2'])
      expect(pool.statistics()).toMatchObject({ size: 1, idle: 1 })
    })
    expect(shop.alive).toBe(0)
  })

  test('PL-10 those who wait do not hang when what is lent was invalidated', async () => {
    const shop = new Workshop()
    const pool = new Pool(shop.create, shop.options({ max: 1 }))
    const lease = await pool.acquire()
    const waiting = pool.acquire()
    lease.invalidate('it has failed')
    await lease.release()
    expect((await waiting).value.number).toBe(2)
    await pool.terminate().catch(() => {})
  })

  test('PL-17 lends a resource to so many at a time', async () => {
    const shop = new Workshop()
    const pool = new Pool(shop.create, shop.options({ max: 2, sharing: 3 }))
    const leases = await Promise.all(Array.from({ length: 6 }, () => pool.acquire()))
    expect(leases.map((lease) => lease.value.number).toSorted((a, b) => a - b)).toEqual([1, 1, 1, 2, 2, 2])
    const waiting = pool.acquire()
    expect(pool.statistics()).toMatchObject({ size: 2, leased: 6, idle: 0, waiting: 1 })
    leases[0]?.invalidate()
    for (const lease of leases) await lease.release()
    await (await waiting).release()
    await settled()
    expect(shop.log).toHaveLength(1)
    await pool.close()
    expect(shop.alive).toBe(0)
  })

  test('PL-16 serves those of a higher priority before the others', async () => {
    const pool = new Pool(new Workshop().create, { max: 1 })
    const held = await pool.acquire()
    const order: string[] = []
    const ask = async (name: string, priority?: number): Promise<void> => {
      await using _lease = await pool.acquire({ priority })
      order.push(name)
    }
    const all = [ask('a'), ask('low', -1), ask('high', 1), ask('b'), ask('higher', 2), ask('high too', 1)]
    await held.release()
    await Promise.all(all)
    expect(order).toEqual(['higher', 'high', 'high too', 'a', 'b', 'low'])
    await pool.close()
  })

  test('a lease is a handle: within and stacks return it, and a second entering is refused', async () => {
    const pool = new Pool(new Workshop().create)
    const lease = await pool.acquire()
    expect(await within(lease, (value) => value.number)).toBe(1)
    expect(lease.released).toBe(true)
    expect(await thrownBy(() => within(lease, () => {}))).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
    const stack = new AsyncExitStack()
    expect((await stack.enter(pool.lease())).number).toBe(1)
    await stack.close()
    await using handle = await hold(pool.lease())
    expect(handle.value.number).toBe(1)
    const manager = pool.lease()
    await within(manager, () => {})
    expect(await thrownBy(() => within(manager, () => {}))).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
    await handle[Symbol.asyncDispose]()
    await pool.close()
  })

  test('a lease in a native block may say how that ended; without a word it is unknown', async () => {
    const outcomes: Outcome[] = []
    const pool = new Pool(() => ({}), { reset: (_, outcome) => void outcomes.push(outcome) })
    const words: ((lease: Lease<object>) => void)[] = [
      () => {},
      (lease) => lease.complete(),
      (lease) => lease.fail('why'),
      (lease) => void lease.release(),
    ]
    for (const say of words) {
      await using lease = await pool.acquire()
      say(lease)
    }
    expect(outcomes).toEqual([
      { status: 'unknown' },
      { status: 'completed' },
      { status: 'failed', error: 'why' },
      { status: 'completed' },
    ])
    await pool.close()
  })

  test('R10 ten thousand borrowers with one signal leave no listener on it', async () => {
    const pool = new Pool(new Workshop().create, { max: 2 })
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 10_000 }, () => pool.acquire({ signal }).then((lease) => lease.release())))
    expect(getEventListeners(signal, 'abort')).toEqual([])
    await pool.close()
  })

  test('may make and close at once, without promises', async () => {
    const log: string[] = []
    const pool = new Pool(() => 'resource', { destroy: (resource) => void log.push(resource) })
    expect(await pool.use((resource) => resource)).toBe('resource')
    await pool.close()
    expect(log).toEqual(['resource'])
  })

  test('CS-26 refuses to lend in a cancelled scope, although something is free', async () => {
    const pool = new Pool(new Workshop().create)
    await pool.use(() => {})
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      expect(await thrownBy(() => pool.acquire())).toBe(scope.signal.reason)
      expect(await thrownBy(() => pool.ready())).toBe(scope.signal.reason)
    })
    expect(pool.statistics()).toMatchObject({ idle: 1, leased: 0 })
    await pool.close()
  })

  test.for([
    ['a create that is no function', () => new Pool('db://a' as never), 'A pool got db://a instead of a function'],
    [
      'an unknown option',
      () => new Pool(() => 1, { size: 3 } as object),
      'A pool has no option `size`. It has: name, min',
    ],
    [
      'min above max',
      () => new Pool(() => 1, { min: 3, max: 2 }),
      '`min` of a pool is 3. Give at most `max`, which is 2',
    ],
    ['a max of 0', () => new Pool(() => 1, { max: 0 }), '`max` of a pool is 0. Give a whole number of at least 1'],
    ['a time that is none', () => new Pool(() => 1, { idleTimeout: NaN }), '`idleTimeout` of a pool is NaN'],
    [
      'a hook that is none',
      () => new Pool(() => 1, { reset: true as never }),
      '`reset` of a pool is true. Give a function',
    ],
    ['a backoff that is none', () => new Pool(() => 1, { backoff: 5 as never }), '`backoff` of a pool is 5'],
    [
      'an unknown part of a backoff',
      () => new Pool(() => 1, { backoff: { first: 5 } as object }),
      'A pool has no option `backoff.first`. It has: initial, max',
    ],
    [
      'a choice that is none',
      () => new Pool(() => 1, { retryCreate: 'yes' as never }),
      '`retryCreate` of a pool is yes',
    ],
    ['a keep-alive without a pause', () => new Pool(() => 1, { keepAlive: 0 }), '`Infinity` means never'],
    ['a life that has ended', () => new Pool(() => 1, { maxLifetime: 0 }), '`Infinity` means never'],
    ['a time for closing that is none', () => new Pool(() => 1).close({ timeout: NaN }), '`timeout` is NaN (number)'],
    ['a priority that is none', () => new Pool(() => 1).acquire({ priority: NaN }), '`priority` is NaN (number)'],
    ['an order that is none', () => new Pool(() => 1, { order: 'random' as never }), "Give 'lifo' or 'fifo'"],
  ] as const)('PL-19 refuses %s', ([, make, says]) => {
    const error = thrownAtOnceBy(make)
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain(says)
  })

  test('PL-20 makes `min` of them when it is entered, once, however many ask for it', async () => {
    const shop = new Workshop()
    const pool = new Pool(shop.create, shop.options({ min: 2 }))
    await Promise.all([pool.ready(), pool.ready()])
    expect(pool.statistics()).toMatchObject({ idle: 2, created: 2 })
    await within(pool, () => expect(shop.made).toBe(2))
    expect(shop.alive).toBe(0)
    expect(await thrownBy(() => within(pool, () => {}))).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
    expect(await thrownBy(() => pool.ready())).toBeInstanceOf(ClosedError)
  })

  test('PL-20 does not open when the first ones cannot be made', async () => {
    const shop = new Workshop()
    const refused = new Error('refused')
    shop.failures.create.push(undefined, refused)
    const pool = new Pool(shop.create, shop.options({ min: 2 }))
    expect(await thrownBy(() => within(pool, () => {}))).toBe(refused)
    expect([shop.alive, pool.closed]).toEqual([0, true])
  })
})
