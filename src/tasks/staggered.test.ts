import { ErrorGroup, isCancelled, moveOnAfter, now, sleep, staggered, UsageError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { expect, test, vi } from 'vitest'
import { stoppingSlowly } from '../../test/slow-stop.ts'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

/** An attempt that notes when it starts, and ends after so long by succeeding, or failing with what is given. */
function attempt(starts: number[], duration: number, error?: Error): () => Promise<string> {
  return async () => {
    starts.push(now())
    await sleep(duration)
    if (error !== undefined) throw error
    return `after ${duration}`
  }
}

test('GA-10 the first to succeed wins: its value and its index; no other was started when it was quick', async () => {
  const starts: number[] = []
  const winner = await within(clock(), () => staggered([attempt(starts, 10), attempt(starts, 10)], 50))
  expect(winner).toEqual({ value: 'after 10', index: 0, errors: [] })
  expect(starts).toEqual([0])
})

test('GA-10 the next one starts after the delay', async () => {
  const starts: number[] = []
  const works = [attempt(starts, 200), attempt(starts, 200), attempt(starts, 10)]
  expect(await within(clock(), () => staggered(works, 50))).toEqual({ value: 'after 10', index: 2, errors: [] })
  expect(starts).toEqual([0, 50, 100])
})

test('GA-10 the next one starts at once when the one before has failed', async () => {
  const starts: number[] = []
  const failure = new Error('down')
  const works = [attempt(starts, 10, failure), attempt(starts, 10)]
  expect(await within(clock(), () => staggered(works, 50))).toEqual({ value: 'after 10', index: 1, errors: [failure] })
  expect(starts).toEqual([0, 10])
})

test('GA-10 with an infinite delay it starts on failure only', async () => {
  const starts: number[] = []
  const works = [attempt(starts, 1_000, new Error('down')), attempt(starts, 10)]
  await within(clock(), () => staggered(works, Infinity))
  expect(starts).toEqual([0, 1_000])
})

test('GA-10 with no delay all start at once', async () => {
  const starts: number[] = []
  await within(clock(), () => staggered([attempt(starts, 20), attempt(starts, 10), attempt(starts, 30)], 0))
  expect(starts).toEqual([0, 0, 0])
})

test('GA-10 the rest is cancelled and waited for, and no timer is left', async () => {
  const stopped = vi.fn<() => void>()
  await within(clock(), async (time) => {
    const slow = (): Promise<string> => stoppingSlowly(stopped).then(String)
    await staggered([slow, attempt([], 10), attempt([], 10)], 5)
    expect(stopped).toHaveBeenCalledOnce()
    expect(time.timers).toBe(0)
  })
})

test('GA-10 what the cleanup of a loser throws is among the errors', async () => {
  const failure = new Error('cleanup')
  const slow = (): Promise<string> => sleep(Infinity).then(String, () => Promise.reject(failure))
  expect(await within(clock(), () => staggered([slow, attempt([], 1)], 5))).toMatchObject({
    index: 1,
    errors: [failure],
  })
})

test('GA-10 when all fail, their errors are thrown in the order of the functions', async () => {
  const [slow, fast] = [new Error('slow'), new Error('fast')]
  const thrown = await thrownBy(() =>
    within(clock(), () => staggered([attempt([], 100, slow), attempt([], 1, fast)], 10)),
  )
  expect(thrown).toBeInstanceOf(ErrorGroup)
  expect(thrown).toMatchObject({ errors: [slow, fast] })
})

test('GA-10 an attempt that throws at once has failed, and the next one starts', async () => {
  const throws = (): never => {
    throw new Error('at once')
  }
  expect(await staggered([throws, () => 'second'], 1_000)).toMatchObject({ value: 'second', index: 1 })
})

test('GA-10 when the caller is cancelled, all that were started have stopped', async () => {
  const stopped = vi.fn<() => void>()
  await within(clock(), moveOnAfter(20), async (time) => {
    const slow = (): Promise<void> => sleep(Infinity).finally(stopped)
    expect(isCancelled(await thrownBy(() => staggered([slow, slow, slow], 15)))).toBe(true)
    expect([stopped.mock.calls.length, time.timers]).toEqual([2, 0])
  })
})

test('GA-10 what cleanup throws when the caller is cancelled is thrown', async () => {
  const failure = new Error('cleanup')
  const slow = (): Promise<void> => sleep(Infinity).catch(() => Promise.reject(failure))
  expect(await thrownBy(() => within(clock(), moveOnAfter(20), () => staggered([slow], 15)))).toBe(failure)
})

test.each([
  ['no functions', [], 10],
  ['a promise', [Promise.resolve()], 10],
  ['a delay that is none', [() => {}], Number.NaN],
])('GA-10 %s is refused', async (_, works, delay) => {
  expect(await thrownBy(() => staggered(works as never, delay))).toBeInstanceOf(UsageError)
})
