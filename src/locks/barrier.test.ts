import { Barrier, BrokenError, CancelScope, gather, TimeoutError, UsageError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('a barrier', () => {
  test('LK-19 lets its parties go on together, each with its place', async () => {
    const barrier = new Barrier(3)
    expect(await gather([() => barrier.wait(), () => barrier.wait(), () => barrier.wait()])).toEqual([0, 1, 2])
  })

  test('LK-19 keeps all back until the last has come', async () => {
    const barrier = new Barrier(2)
    const log: string[] = []
    const first = barrier.wait().then(() => log.push('first'))
    await Promise.resolve()
    expect([log, barrier.waiting]).toEqual([[], 1])
    await barrier.wait()
    await first
    expect([log, barrier.waiting]).toEqual([['first'], 0])
  })

  test('LK-19 can be used again, and who comes late begins the next round', async () => {
    const barrier = new Barrier(2)
    const rounds = [barrier.wait(), barrier.wait(), barrier.wait(), barrier.wait()]
    expect(await Promise.all(rounds)).toEqual([0, 1, 0, 1])
  })

  test('LK-19 who is cancelled before it is full is not counted any more', async () => {
    const barrier = new Barrier(2)
    const scope = new CancelScope()
    const cancelled = within(scope, () => barrier.wait())
    scope.cancel()
    await cancelled
    const first = barrier.wait()
    expect(barrier.waiting).toBe(1)
    expect(await barrier.wait()).toBe(1)
    expect(await first).toBe(0)
  })

  test('LK-19 reset breaks those who wait, and begins anew', async () => {
    const barrier = new Barrier(2, { name: 'start' })
    const waiting = thrownBy(() => barrier.wait())
    barrier.reset()
    const error = await waiting
    expect(error).toBeInstanceOf(BrokenError)
    expect(String(error)).toContain('the barrier "start" was reset')
    expect(barrier.statistics()).toEqual({ parties: 2, waiting: 0, broken: false })
    expect(await Promise.all([barrier.wait(), barrier.wait()])).toEqual([0, 1])
  })

  test('LK-19 abort breaks those who wait and those who come, until it is reset', async () => {
    const barrier = new Barrier(2)
    const reason = new Error('no more work')
    const waiting = thrownBy(() => barrier.wait())
    barrier.abort(reason)
    expect(await waiting).toMatchObject({ code: 'WITHAL_BROKEN', cause: reason })
    expect(await thrownBy(() => barrier.wait())).toMatchObject({ code: 'WITHAL_BROKEN', cause: reason })
    expect(barrier.broken).toBe(true)
    barrier.reset()
    expect(await Promise.all([barrier.wait(), barrier.wait()])).toEqual([0, 1])
  })

  test('LK-19 of one lets everybody pass', async () => {
    expect(await new Barrier(1).wait()).toBe(0)
  })

  test('a wait ends at its time, and is not counted any more', async () => {
    const barrier = new Barrier(2)
    await within(new TestClock({ autoAdvance: true }), async () => {
      const error = await thrownBy(() => barrier.wait({ timeout: 10 }))
      expect(error).toBeInstanceOf(TimeoutError)
      expect(String(error)).toContain('was not full within 10 ms: 1 of 2 have come.')
    })
    expect(barrier.waiting).toBe(0)
  })

  test.for([0, -1, 1.5, NaN, Infinity])('refuses %d parties', (parties) => {
    expect(thrownAtOnceBy(() => new Barrier(parties))).toBeInstanceOf(UsageError)
  })
})
