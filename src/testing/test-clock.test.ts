/** The clock for tests; FX-08 (no jump while real I/O is pending) is not promised: it cannot see I/O that is under way. FX-09: it has no rate. */
import { CancelScope, hold, moveOnAfter, now, onLateError, sleep, TaskGroup, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('a clock that is turned by hand', () => {
  test('FX-06 stands still until it is turned', async () => {
    const clock = new TestClock()
    const events: string[] = []
    await within(clock, async () => {
      const sleeping = sleep(10).then(() => events.push('awake'))
      await clock.idle()
      expect([clock.now(), events]).toEqual([0, []])
      await clock.advance(9)
      expect([clock.now(), events]).toEqual([9, []])
      await clock.advance(1)
      expect([clock.now(), events]).toEqual([10, ['awake']])
      await sleeping
    })
  })

  test('FX-06 is followed by deadlines', async () => {
    const clock = new TestClock()
    const scope = moveOnAfter(10)
    const running = within(clock, scope, () => sleep(60_000))
    await clock.advance(9)
    expect(scope.expired).toBe(false)
    await clock.advance(1)
    expect([await running, scope.expired]).toEqual([undefined, true])
  })

  test('FX-06 is followed by what runs in its body, and by nothing else', async () => {
    const clock = new TestClock()
    let ended = false
    const inside = within(clock, () => sleep(1)).then(() => (ended = true))
    await sleep(0)
    await within(new TestClock({ autoAdvance: true }), () => sleep(1000))
    expect(ended).toBe(false)
    await clock.advance(1)
    await inside
  })

  test('FX-06 is followed by child tasks', async () => {
    const clock = new TestClock()
    const seen: number[] = []
    const running = within(clock, new TaskGroup(), (_, group) => {
      for (const time of [1, 2, 3]) group.spawn(() => sleep(time).then(() => seen.push(now())))
    })
    await clock.advance(3)
    await running
    expect(seen).toEqual([1, 2, 3])
  })

  test('FX-06 does not hold up what asks for no time at all', async () => {
    const clock = new TestClock({ start: 7 })
    await within(clock, async () => {
      await sleep(0)
      await sleep(-5)
      expect(now()).toBe(7)
    })
    expect(clock.timers).toBe(0)
  })

  test('FX-06 counts its timers', async () => {
    const clock = new TestClock()
    const running = within(clock, () => Promise.all([sleep(1), sleep(2)]))
    expect(clock.timers).toBe(2)
    await clock.advance(2)
    expect(clock.timers).toBe(0)
    await running
  })
})

describe('advancing', () => {
  test('FX-07 past several timers calls them one by one, in order of time, each seeing its own', async () => {
    const clock = new TestClock()
    const seen: number[] = []
    const running = within(clock, () =>
      Promise.all([30, 10, 20].map((time) => sleep(time).then(() => seen.push(now())))),
    )
    await clock.advance(100)
    await running
    expect([seen, clock.now()]).toEqual([[10, 20, 30], 100])
  })

  test('FX-07 past timers of the same time calls them in the order in which they were set', async () => {
    const clock = new TestClock()
    const seen: string[] = []
    const running = within(clock, () =>
      Promise.all(['a', 'b', 'c'].map((name) => sleep(5).then(() => seen.push(name)))),
    )
    await clock.advance(5)
    await running
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  test('FX-07 lets the work in between be done, and calls what it sets', async () => {
    const clock = new TestClock()
    const seen: number[] = []
    const running = within(clock, async () => {
      for (let round = 0; round < 5; round++) {
        await sleep(10)
        await new Promise((resolve) => setImmediate(resolve))
        seen.push(now())
      }
    })
    await clock.advance(35)
    expect([seen, clock.now()]).toEqual([[10, 20, 30], 35])
    await clock.advance(15)
    await running
    expect(seen).toEqual([10, 20, 30, 40, 50])
  })
})

describe('its time', () => {
  test('FX-09 does not go back', async () => {
    const clock = new TestClock({ start: 10 })
    await clock.advance(-5)
    expect(clock.now()).toBe(10)
  })

  test('FX-09 is the same whenever it is read within a turn', async () => {
    const clock = new TestClock()
    await within(clock, async () => {
      const sleeping = sleep(10)
      const advancing = clock.advance(10)
      expect([now(), now()]).toEqual([0, 0])
      await sleeping
      expect([now(), clock.now()]).toEqual([10, 10])
      await advancing
    })
  })

  test('FX-09 goes on from where it stands when advanced twice at once', async () => {
    const clock = new TestClock()
    await clock.advance(10)
    await clock.advance(10)
    expect(clock.now()).toBe(20)
  })

  test('FX-09 begins where it was told to', () => {
    expect(new TestClock({ start: 500 }).now()).toBe(500)
  })

  test.each([Number.NaN, '5'])('FX-09 cannot be advanced by %s', async (duration) => {
    const clock = new TestClock()
    expect(await thrownBy(() => clock.advance(duration as number))).toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
    expect(clock.now()).toBe(0)
  })

  test('FX-09 cannot begin at NaN', () => {
    const error = thrownAtOnceBy(() => new TestClock({ start: Number.NaN }))
    expect(error).toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
  })
})

describe('a clock that turns itself', () => {
  test('goes to the next timer when nothing else can run', async () => {
    const ended = await within(new TestClock({ autoAdvance: true }), async () => {
      await sleep(60_000)
      await sleep(1)
      return now()
    })
    expect(ended).toBe(60_001)
  })

  test('does not move while there is something to do', async () => {
    const times: number[] = []
    await within(new TestClock({ autoAdvance: true }), async () => {
      const sleeping = sleep(10)
      for (let turn = 0; turn < 20; turn++) {
        await sleep(0)
        times.push(now())
      }
      await sleeping
    })
    expect(new Set(times)).toEqual(new Set([0]))
  })

  test('begins again when it has come to rest', async () => {
    const clock = new TestClock({ autoAdvance: true })
    await within(clock, () => sleep(10))
    await within(clock, () => sleep(10))
    expect(clock.now()).toBe(20)
  })
})

test('what a timer of a clock that turns itself throws is a late error, and the clock goes on', async () => {
  const late: unknown[] = []
  const remove = onLateError((error) => (late.push(error), 'handled'))
  const clock = new TestClock({ autoAdvance: true })
  const error = new Error('callback')
  clock.setTimer(5, () => {
    throw error
  })
  while (clock.timers > 0) await clock.idle()
  await within(clock, () => sleep(5))
  remove()
  expect([late, clock.now()]).toEqual([[error], 10])
})

describe('idle', () => {
  test('FX-10 waits until everything waits for time', async () => {
    const clock = new TestClock()
    const events: string[] = []
    const running = within(clock, new TaskGroup(), (_, group) => {
      group.spawn(async () => {
        for (let turn = 0; turn < 50; turn++) await Promise.resolve()
        events.push('one waits')
        await sleep(1)
      })
      group.spawn(() => within(new CancelScope(), () => sleep(1)).finally(() => events.push('ended')))
    })
    await clock.idle()
    expect(events).toEqual(['one waits'])
    await clock.advance(1)
    await running
  })
})

test('rule E: it has no native form', async () => {
  // @ts-expect-error -- it acts on a body
  expect(await thrownBy(() => hold(new TestClock()))).toMatchObject({ code: 'WITHAL_NEEDS_A_BODY' })
})
