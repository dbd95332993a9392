/** Limits of time nested in each other at random, against what simple arithmetic says. */
import fc from 'fast-check'
import { moveOnAfter, now, shield, sleep, within } from 'withal'
import type { MoveOn } from 'withal'
import { TestClock } from 'withal/testing'
import { expect, test } from 'vitest'

const limit = fc.integer({ min: 1, max: 6 })
const duration = fc.integer({ min: 0, max: 7 }).map((whole) => whole + 0.5) // never at the very moment of a limit

test('CS-43 CS-44 the earliest limit ends the work, and of those that pass together the outermost takes it', async () => {
  const property = fc.asyncProperty(fc.array(limit, { minLength: 1, maxLength: 6 }), duration, async (limits, work) => {
    const scopes = limits.map((milliseconds) => moveOnAfter(milliseconds))
    const { result, ended } = await runIn(scopes, () => sleep(work).then(() => 'value'))
    const earliest = Math.min(...limits)
    const inTime = work < earliest
    expect([result, ended]).toEqual(inTime ? ['value', work] : [undefined, earliest])
    expect(scopes.map(({ expired }) => expired)).toEqual(limits.map((each) => !inTime && each === earliest))
    const taker = inTime ? -1 : limits.indexOf(earliest)
    expect(scopes.map(({ caught }) => caught)).toEqual(limits.map((_, place) => place === taker))
  })
  await fc.assert(property, { numRuns: 200 })
})

test('CS-13 CS-53 shielded cleanup takes its time, and all limits that pass meanwhile are reported', async () => {
  const property = fc.asyncProperty(
    fc.array(limit, { minLength: 1, maxLength: 6 }),
    duration,
    async (limits, cleanup) => {
      const scopes = limits.map((milliseconds) => moveOnAfter(milliseconds))
      const { result, ended } = await runIn(scopes, async () => {
        try {
          await sleep(Infinity)
        } finally {
          await shield(() => sleep(cleanup))
        }
      })
      const earliest = Math.min(...limits)
      expect([result, ended]).toEqual([undefined, earliest + cleanup])
      const passed = limits.map((each) => each <= earliest + cleanup)
      expect(scopes.map(({ expired }) => expired)).toEqual(passed)
      expect(scopes.findIndex(({ caught }) => caught)).toBe(passed.indexOf(true))
    },
  )
  await fc.assert(property, { numRuns: 200 })
})

function runIn<R>(scopes: readonly MoveOn[], body: () => Promise<R>): Promise<{ result: unknown; ended: number }> {
  const nest = (depth: number): Promise<unknown> => {
    const scope = scopes[depth]
    return scope === undefined ? body() : within(scope, () => nest(depth + 1))
  }
  return within(new TestClock({ autoAdvance: true }), async () => ({ result: await nest(0), ended: now() }))
}
