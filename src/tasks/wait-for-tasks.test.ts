import { isCancelled, moveOnAfter, sleep, TaskGroup, UsageError, wait, within } from 'withal'
import type { Task } from 'withal'
import { TestClock } from 'withal/testing'
import { expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

/** A group whose failures are nobody's business here. */
const group = (): TaskGroup => new TaskGroup({ supervise: true, onError: () => {} })
const clock = (): TestClock => new TestClock({ autoAdvance: true })

/** Tasks that end after so many milliseconds, and fail where it is negative; what `wait` says about them, by their times. */
async function waitFor(
  durations: readonly number[],
  options: Parameters<typeof wait>[1],
): Promise<{ done: number[]; pending: number[]; at: number }> {
  return await within(clock(), group(), async (time, tasks) => {
    const spawned = new Map<Task<unknown>, number>()
    for (const duration of durations) {
      const work = async (): Promise<void> => {
        await sleep(Math.abs(duration))
        if (duration < 0) throw new Error('task')
      }
      spawned.set(tasks.spawn(work), duration)
    }
    const { done, pending } = await wait(spawned.keys(), options)
    const named = (set: Set<Task<unknown>>): number[] => [...set].map((task) => spawned.get(task)!) // it is one of them
    const result = { done: named(done), pending: named(pending), at: time.now() }
    tasks.cancel()
    return result
  })
}

test.each([
  ['until all have ended, by default', [10, -20, 30], {}, { done: [10, -20, 30], pending: [], at: 30 }],
  ['until the first has ended', [30, 10], { until: 'first' }, { done: [10], pending: [30], at: 10 }],
  ['until the first has ended, also by failing', [30, -10], { until: 'first' }, { done: [-10], pending: [30], at: 10 }],
  ['until the first has failed', [10, -20, 30], { until: 'firstError' }, { done: [10, -20], pending: [30], at: 20 }],
  ['until all have ended when none fails', [10, 20], { until: 'firstError' }, { done: [10, 20], pending: [], at: 20 }],
  ['until the time is up', [10, 50], { timeout: 20 }, { done: [10], pending: [50], at: 20 }],
  ['for no time at all', [10], { timeout: 0 }, { done: [], pending: [10], at: 0 }],
] as const)('GA-05 waits %s', async (_, durations, options, expected) => {
  expect(await waitFor(durations, options)).toEqual(expected)
})

test('GA-05 cancels nothing, and throws none of their errors', async () => {
  await within(clock(), group(), async (_, tasks) => {
    const failed = tasks.spawn(() => Promise.reject(new Error('task')))
    const slow = tasks.spawn(() => sleep(50).then(() => 'slow'))
    await wait([failed, slow], { until: 'first' })
    expect(slow.running).toBe(true)
    expect(await slow.result).toBe('slow')
  })
})

test('GA-05 a cancelled task has ended', async () => {
  await within(new TaskGroup(), async (tasks) => {
    const task = tasks.spawn(() => sleep(Infinity))
    await task.cancel()
    expect((await wait([task])).done).toEqual(new Set([task]))
  })
})

test('GA-05 leaves no timer behind', async () => {
  await within(clock(), new TaskGroup(), async (time, tasks) => {
    await wait([tasks.spawn(() => sleep(10))], { timeout: 50 })
    expect(time.timers).toBe(0)
  })
})

test('GA-05 when the caller is cancelled, the tasks go on', async () => {
  await within(clock(), new TaskGroup(), async (_, tasks) => {
    const task = tasks.spawn(() => sleep(50).then(() => 'done'))
    await within(moveOnAfter(10), async () => {
      expect(isCancelled(await thrownBy(() => wait([task])))).toBe(true)
    })
    expect(await task.result).toBe('done')
  })
})

test('GA-06 all that have ended in the same turn are done', async () => {
  const signalled = Promise.withResolvers<void>()
  const result = await within(new TaskGroup(), async (tasks) => {
    const both = [tasks.spawn(() => signalled.promise), tasks.spawn(() => signalled.promise)]
    const other = tasks.spawn(() => sleep(Infinity))
    signalled.resolve()
    const { done, pending } = await wait([...both, other], { until: 'first' })
    tasks.cancel()
    return [done.size, pending.size]
  })
  expect(result).toEqual([2, 1])
})

test.each([
  ['no tasks', [], {}],
  ['a mode that is none', [{}], { until: 'some' }],
  ['a time that is none', [{}], { timeout: Number.NaN }],
])('GA-05 %s is refused', async (_, tasks, options) => {
  expect(await thrownBy(() => wait(tasks as never, options as never))).toBeInstanceOf(UsageError)
})
