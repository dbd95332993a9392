import {
  CancelScope,
  isCancelled,
  moveOnAfter,
  now,
  othersOf,
  retry,
  throwIfCancelled,
  UsageError,
  within,
} from 'withal'
import type { RetryOptions } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })
const errors = [new Error('1'), new Error('2'), new Error('3'), new Error('4')] as const

/** Fails so many times, and notes when it is tried. */
function failing(times: number, at: number[] = []): (attempt: number) => string {
  return (attempt) => {
    at.push(now())
    if (attempt <= times) throw errors[attempt - 1]!
    return `attempt ${attempt}`
  }
}

const timesOf = async (times: number, options: RetryOptions): Promise<number[]> => {
  const at: number[] = []
  await within(clock(), () => retry(failing(times, at), { jitter: 0, attempts: 10, ...options }))
  return at
}

test('GA-13 a function that succeeds is called once', async () => {
  const work = vi.fn<(attempt: number) => string>(() => 'value')
  expect(await retry(work)).toBe('value')
  expect(work.mock.calls).toEqual([[1]])
})

test('GA-13 it is tried again until it succeeds', async () => {
  expect(await within(clock(), () => retry(failing(2)))).toBe('attempt 3')
})

test('GA-13 the last error is thrown, with the earlier ones attached', async () => {
  const thrown = await thrownBy(() => within(clock(), () => retry(failing(9), { attempts: 3 })))
  expect(thrown).toBe(errors[2])
  expect(othersOf(thrown)).toEqual([errors[0], errors[1]])
})

test('GA-13 an error that is thrown each time is not attached to itself', async () => {
  const same = new Error('same')
  const thrown = await thrownBy(() => within(clock(), () => retry(() => Promise.reject(same))))
  expect(thrown).toBe(same)
  expect(othersOf(thrown)).toEqual([])
})

test.each([
  ['100 ms, then twice as long each time', {}, [0, 100, 300, 700]],
  ['by `delay` and `factor`', { delay: 10, factor: 3 }, [0, 10, 40, 130]],
  ['with a longest one', { delay: 10, factor: 10, maxDelay: 50 }, [0, 10, 60, 110]],
  ['with a longest one below the first', { delay: 100, maxDelay: 20 }, [0, 20, 40, 60]],
  ['of nothing', { delay: 0 }, [0, 0, 0, 0]],
])('GA-13 the delays are %s', async (_, options, expected) => {
  expect(await timesOf(3, options)).toEqual(expected)
})

test('GA-13 a part of each delay is drawn by lot', async () => {
  const [, second] = await timesOf(1, { delay: 100, jitter: 0.5 })
  expect(second).toBeGreaterThanOrEqual(50)
  expect(second).toBeLessThanOrEqual(100)
})

test('GA-13 only the errors that are named are tried again', async () => {
  const work = vi.fn<() => never>(() => {
    throw new TypeError('other')
  })
  expect(await thrownBy(() => retry(work, { on: RangeError }))).toBeInstanceOf(TypeError)
  expect(work).toHaveBeenCalledOnce()
})

describe('cancellation', () => {
  test('GA-13 ends the delay at once, and it is not tried again', async () => {
    const at: number[] = []
    await within(clock(), moveOnAfter(50), async (time) => {
      expect(isCancelled(await thrownBy(() => retry(failing(9, at), { jitter: 0 })))).toBe(true)
      expect([time.now(), time.timers]).toEqual([50, 0])
    })
    expect(at).toEqual([0])
  })

  test('GA-13 of the attempt is not tried again', async () => {
    const scope = new CancelScope()
    const work = vi.fn<() => never>(() => {
      scope.cancel()
      throwIfCancelled()
      throw new Error('not reached')
    })
    await within(scope, () => retry(work))
    expect(work).toHaveBeenCalledOnce()
    expect(scope.caught).toBe(true)
  })

  test('GA-13 before it begins: nothing is called', async () => {
    const work = vi.fn<() => void>()
    await within(moveOnAfter(0), () => retry(work))
    expect(work).not.toHaveBeenCalled()
  })

  test('GA-13 that an API passes on as its own abort error is not tried again', async () => {
    const scope = new CancelScope()
    const work = vi.fn<() => never>(() => {
      scope.cancel()
      throw Object.assign(new Error('aborted', { cause: scope.signal.reason }), { name: 'AbortError' })
    })
    await within(scope, () => retry(work))
    expect(work).toHaveBeenCalledOnce()
  })
})

test.each([{ attempts: 0 }, { attempts: 1.5 }, { delay: Number.NaN }, { jitter: 2 }, { jitter: -1 }])(
  'GA-13 %j is refused',
  async (options) => {
    const work = vi.fn<() => void>()
    expect(await thrownBy(() => retry(work, options))).toBeInstanceOf(UsageError)
    expect(work).not.toHaveBeenCalled()
  },
)
