/** What a pool tells of those who hold its resources. */
import { setImmediate } from 'node:timers/promises'
import { diagnose, gather, Pool, StateError, TaskGroup, within } from 'withal'
import type { Diagnostic, PoolEvent } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { Workshop } from '../../test/pool-resources.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

/** Runs with somebody who listens to diagnostics. */
async function listening<R>(work: (heard: Diagnostic[]) => Promise<R>): Promise<R> {
  const heard: Diagnostic[] = []
  const stop = diagnose((diagnostic) => heard.push(diagnostic))
  try {
    return await work(heard)
  } finally {
    stop()
  }
}

describe('a lease that is held for long', () => {
  test('R18 is told of once, with who has it, since when, its last use and the place', async () => {
    await listening((heard) =>
      within(new TestClock(), async (clock) => {
        const events: PoolEvent[] = []
        const pool = new Pool(new Workshop().create, {
          name: 'orders',
          leakAfter: 30_000,
          onEvent: (e) => events.push(e),
        })
        await within(new TaskGroup(), async (group) => {
          const task = group.spawn(
            async function borrowForLong() {
              await using lease = await pool.acquire()
              await clock.advance(20_000)
              lease.touch()
              await clock.advance(40_000)
            },
            { name: 'GET /report' },
          )
          await task.result
        })
        expect(heard.map(({ code }) => code)).toEqual(['WITHAL_LEASE_HELD'])
        expect(heard[0]?.message).toMatch(
          /^A lease of the pool "orders" is held for longer than 30000 ms: by the task "GET \/report", for 30000 ms, last used 10000 ms ago, acquired at:\n[^]*borrowForLong/,
        )
        expect(events.filter(({ type }) => type === 'leak')).toEqual([
          { type: 'leak', pool: 'orders', message: heard[0]?.message },
        ])
        expect(pool.statistics().leaks).toBe(1)
        await pool.close()
      }),
    )
  })

  test('R18 is not one that was returned in time', async () => {
    await listening((heard) =>
      within(new TestClock(), async (clock) => {
        const pool = new Pool(new Workshop().create, { leakAfter: 100 })
        await pool.use(() => clock.advance(99))
        await clock.advance(1_000)
        expect([heard, pool.statistics().leaks]).toEqual([[], 0])
        await pool.close()
      }),
    )
  })

  test('R18 is a warning of the process where nobody listens', async () => {
    const warnings: string[] = []
    const { emitWarning } = process
    process.emitWarning = (message: string | Error) => void warnings.push(String(message))
    try {
      await within(new TestClock(), async (clock) => {
        const pool = new Pool(new Workshop().create, { leakAfter: 100 })
        await pool.use(() => clock.advance(100))
        await pool.close()
      })
    } finally {
      process.emitWarning = emitWarning
    }
    expect(warnings).toEqual([expect.stringContaining('is held for longer than 100 ms')])
  })

  test('has its place in the text of a use after its return', async () => {
    const pool = new Pool(new Workshop().create, { leakAfter: 1_000 })
    const lease = await (async function borrower() {
      return await pool.acquire()
    })()
    await lease.release()
    expect(String(thrownAtOnceBy(() => lease.value))).toMatch(/Acquired at:\n[^]*borrower/)
    await pool.close()
  })
})

describe('a block that waits for what it holds itself', () => {
  test('R19 gets an error at once when it holds all there is, with both places', async () => {
    await listening(async () => {
      const pool = new Pool(new Workshop().create, { max: 1, name: 'orders' })
      const error = await within(pool.lease(), function outerBlock() {
        return thrownBy(function innerBlock() {
          return pool.acquire()
        })
      })
      expect(error).toBeInstanceOf(StateError)
      expect(error).toMatchObject({ code: 'WITHAL_SELF_DEADLOCK' })
      expect(String(error)).toMatch(/holds 1 of 1 leases of the pool "orders"[^]*Waits at:\n[^]*innerBlock/)
      expect(pool.statistics()).toMatchObject({ leased: 0, waiting: 0 })
      await pool.close()
    })
  })

  test('R19 is told of when others might give something back', async () => {
    await listening(async (heard) => {
      const pool = new Pool(new Workshop().create, { max: 2, name: 'orders' })
      const other = await pool.acquire()
      await within(pool.lease(), async () => {
        const waiting = pool.acquire()
        await other.release()
        await (await waiting).release()
      })
      expect(heard.map(({ code, message }) => [code, message.includes('holds 1 of 2 leases')])).toEqual([
        ['WITHAL_NESTED_ACQUIRE', true],
      ])
      await pool.close()
    })
  })

  test('R19 is none that does not have to wait, is another block, or another task', async () => {
    await listening(async (heard) => {
      const pool = new Pool(new Workshop().create, { max: 2 })
      await within(pool.lease(), pool.lease(), () => {})
      const block = (): Promise<void> => within(pool.lease(), () => setImmediate())
      await gather([block, block, block, block])
      await within(new TaskGroup(), (group) =>
        within(pool.lease(), pool.lease(), () => void group.spawn(() => pool.use(() => {}))),
      )
      expect(heard).toEqual([])
      await pool.close()
    })
  })

  test('R19 is named in the error of a wait that ran out of time, in production, too', async () => {
    await within(new TestClock({ autoAdvance: true }), new TaskGroup(), async (_clock, group) => {
      const pool = new Pool(new Workshop().create, { max: 1 })
      const task = group.spawn(
        async () => {
          await using _held = await pool.acquire()
          return String(await thrownBy(() => pool.acquire({ timeout: 50 })))
        },
        { name: 'GET /report' },
      )
      expect(await task.result).toContain('The task that waits, "GET /report", holds 1 of them itself.')
      await pool.close()
    })
  })
})

test('a lease that was forgotten is named with its place', async () => {
  await listening(async (heard) => {
    const pool = new Pool(new Workshop().create, { name: 'orders' })
    await (async function forgetful() {
      await pool.acquire()
    })()
    for (let turn = 0; turn < 20 && heard.length === 0; turn++) {
      globalThis.gc?.()
      await setImmediate()
    }
    expect(heard.map(({ code }) => code)).toEqual(['WITHAL_NEVER_CLOSED'])
    expect(heard[0]?.message).toMatch(/a lease of the pool "orders" was never closed[^]*forgetful/)
    await pool.terminate().catch(() => {})
  })
})
