/** Deadlines that are read and moved while a scope runs, and what is left of them at its end. */
import { CancelScope, checkpoint, moveOnAfter, now, sleep, TaskGroup, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { systemClock } from '../clock.ts'
import { thrownAtOnceBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

describe('the deadline of an open scope', () => {
  test.each([
    ['later', 20, 20],
    ['earlier', 5, 5],
    ['none, and back', Infinity, 30],
  ])('CS-47 can be moved: %s', async (_, moved, ended) => {
    const result = await within(clock(), async () => {
      await within(moveOnAfter(10), async (scope) => {
        expect(scope.deadline).toBe(10)
        scope.deadline = moved
        expect(scope.deadline).toBe(moved)
        if (moved === Infinity) {
          await sleep(25)
          scope.deadline = 30
        }
        await sleep(60_000)
      })
      return now()
    })
    expect(result).toBe(ended)
  })

  test.each([0, -5, -Infinity])(
    'CS-47 moved into the past (%s) it expires on the next turn, not at once',
    async (past) => {
      const scope = new CancelScope()
      await within(new TestClock({ start: 10 }), scope, async () => {
        scope.deadline = past
        expect([scope.cancelled, scope.expired]).toEqual([false, false])
        await checkpoint()
        await sleep(60_000)
      })
      expect([scope.expired, scope.caught]).toEqual([true, true])
    },
  )

  test('CS-47 moved into the past it expires on the next turn of the platform’s clock, too', async () => {
    const scope = new CancelScope({ timeout: 60_000 })
    expect(await within(scope, () => ((scope.deadline = 0), sleep(60_000)))).toBeUndefined()
    expect(scope.expired).toBe(true)
  })

  test('CS-47 can be given to a scope that had none', async () => {
    const scope = new CancelScope()
    await within(clock(), scope, () => ((scope.deadline = 7), sleep(60_000)))
    expect(scope.expired).toBe(true)
  })

  test('CS-47 is refused when it is no number', async () => {
    await within(new CancelScope(), (scope) => {
      expect(thrownAtOnceBy(() => (scope.deadline = Number.NaN))).toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
      expect(scope.deadline).toBe(Infinity)
    })
  })
})

describe('CS-48 moving the deadline of a scope', () => {
  const move = (scope: CancelScope): unknown => thrownAtOnceBy(() => (scope.deadline = 100))
  const refusal = (state: string): object => ({
    code: 'WITHAL_ENDED',
    message: `The deadline of a scope that ${state} cannot be moved. Move it while the scope is open.`,
  })

  test('CS-48 that has not been entered is an error', () => {
    expect(move(new CancelScope({ timeout: 10 }))).toMatchObject(refusal('has not been entered'))
  })

  test('CS-48 that has expired, and is being left, is an error', async () => {
    const seen: unknown[] = []
    await within(clock(), moveOnAfter(10), (_, scope) => sleep(60_000).finally(() => seen.push(move(scope))))
    expect(seen).toMatchObject([refusal('has expired')])
  })

  test('CS-48 that has been cancelled is an error', async () => {
    await within(new CancelScope(), (scope) => {
      scope.cancel()
      expect(move(scope)).toMatchObject(refusal('has been cancelled'))
    })
  })

  test('CS-48 that has ended is an error', async () => {
    const scope = new CancelScope({ timeout: 10 })
    await within(clock(), scope, () => {})
    expect(move(scope)).toMatchObject(refusal('has ended'))
  })
})

test('CS-49 a limit counts from entering, not from when it was made', async () => {
  const ended = await within(clock(), async () => {
    const scope = moveOnAfter(10)
    await sleep(50)
    await within(scope, () => sleep(60_000))
    return now()
  })
  expect(ended).toBe(60)
})

describe('CS-39 a very long time', () => {
  test.each([2 ** 31, 2 ** 32 + 1, 1e15])('CS-39 of %s ms does not expire early', async (duration) => {
    await within(moveOnAfter(duration), async (scope) => {
      await checkpoint({ macrotask: true })
      await new Promise((resolve) => setTimeout(resolve, 3))
      expect(scope.expired).toBe(false)
    })
  })

  test('CS-39 is waited for in parts, each no longer than the platform can', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const called = vi.fn<() => void>()
      systemClock.setTimer(2 ** 31 + 5, called)
      vi.advanceTimersByTime(2 ** 31 + 4)
      expect(called).not.toHaveBeenCalled()
      vi.advanceTimersByTime(1)
      expect(called).toHaveBeenCalledOnce()
    } finally {
      vi.useRealTimers()
    }
  })

  test('CS-39 that is called off between two parts leaves no timer', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const stop = systemClock.setTimer(2 ** 33, () => {})
      vi.advanceTimersByTime(2 ** 32)
      stop()
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('CS-52 a deadline', () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

  test('CS-52 keeps the process alive neither while its scope runs nor afterwards', async () => {
    const before = timers()
    await within(moveOnAfter(60_000), async () => {
      expect(timers()).toBe(before)
      await Promise.resolve()
    })
    expect(timers()).toBe(before)
  })

  test('CS-52 of a child that has ended does not keep the process alive', async () => {
    const before = timers()
    await within(new TaskGroup(), (group) => void group.spawn(() => within(moveOnAfter(60_000), () => checkpoint())))
    expect(timers()).toBe(before)
  })

  test('CS-52 of a scope that has ended is never called', async () => {
    const standing = new TestClock()
    const scope = new CancelScope({ timeout: 10 })
    await within(standing, scope, () => {})
    await standing.advance(100)
    expect([scope.expired, scope.cancelled]).toEqual([false, false])
  })
})
