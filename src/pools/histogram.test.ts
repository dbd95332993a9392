import { Pool, within } from 'withal'
import { TestClock } from 'withal/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Histogram } from './histogram.ts'

describe('a histogram', () => {
  test('of nothing is all zero', () => {
    expect(new Histogram().summary()).toEqual({ count: 0, mean: 0, max: 0, p50: 0, p90: 0, p99: 0 })
  })

  test('gives quantiles that are at most an eighth too high, and never above the greatest', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 }), (times) => {
        const histogram = new Histogram()
        for (const time of times) histogram.add(time)
        const sorted = times.toSorted((a, b) => a - b)
        const summary = histogram.summary()
        for (const [name, part] of [
          ['p50', 0.5],
          ['p90', 0.9],
          ['p99', 0.99],
        ] as const) {
          const exact = sorted[Math.ceil(times.length * part) - 1]!
          expect(summary[name]).toBeGreaterThanOrEqual(Math.min(exact, summary.max))
          expect(summary[name]).toBeLessThanOrEqual(Math.max(exact * 1.125 + 0.001125, 0))
        }
        expect(summary.max).toBe(sorted.at(-1))
        expect(summary.mean).toBeCloseTo(times.reduce((sum, time) => sum + time, 0) / times.length, 5)
      }),
    )
  })
})

test('PL-18 R34 a pool tells how long borrowers waited, leases were held and resources were made, each apart', async () => {
  await within(new TestClock(), async (clock) => {
    const pool = new Pool(
      async () => {
        await clock.advance(40)
        return {}
      },
      { max: 1 },
    )
    const lease = await pool.acquire()
    const waiting = pool.acquire()
    await clock.advance(1_000)
    await lease.release()
    await (await waiting).release()
    const { createTime, waitTime, holdTime, ...counts } = pool.statistics()
    expect(createTime).toMatchObject({ count: 1, mean: 40, max: 40 })
    expect(waitTime).toMatchObject({ count: 2, mean: 520, max: 1_000 })
    expect(holdTime).toMatchObject({ count: 2, mean: 500, max: 1_000 })
    expect(counts).toEqual({
      size: 1,
      idle: 1,
      leased: 0,
      waiting: 0,
      creating: 0,
      created: 1,
      destroyed: 0,
      leftBehind: 0,
      timeouts: 0,
      leaks: 0,
      failures: 0,
      lastFailure: undefined,
    })
    await pool.close()
  })
})
