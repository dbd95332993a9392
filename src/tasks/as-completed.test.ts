import {
  asCompleted,
  CancelScope,
  checkpoint,
  isCancelled,
  leaves,
  moveOnAfter,
  onLateError,
  othersOf,
  sleep,
  StateError,
  TaskGroup,
  TimeoutError,
  UsageError,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
import { expect, test, vi } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })
const after = (duration: number, value: string) => (): Promise<string> => sleep(duration).then(() => value)
const failingCleanup = (failure: Error) => (): Promise<string> =>
  after(Infinity, 'never')().catch(() => Promise.reject(failure))

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = []
  for await (const item of items) got.push(item)
  return got
}

test('GA-07 gives the results in the order in which they come', async () => {
  const works = [after(30, 'c'), after(10, 'a'), after(20, 'b')]
  expect(await within(clock(), () => collect(asCompleted(works)))).toEqual(['a', 'b', 'c'])
})

test('GA-07 gives nothing for nothing', async () => {
  expect(await collect(asCompleted([]))).toEqual([])
})

test('GA-07 begins with the iteration', async () => {
  const work = vi.fn<() => number>(() => 1)
  const completing = asCompleted([work])
  await sleep(0)
  expect(work).not.toHaveBeenCalled()
  expect(await collect(completing)).toEqual([1])
})

test('GA-07 several that come at once are all given', async () => {
  expect(await collect(asCompleted([() => 1, () => 2, () => 3]))).toEqual([1, 2, 3])
})

test('GA-07 leaving early cancels the rest and waits for it', async () => {
  const stopped = vi.fn<() => void>()
  await within(clock(), async () => {
    for await (const value of asCompleted([after(10, 'first'), () => sleep(Infinity).then(String).finally(stopped)])) {
      expect(value).toBe('first')
      break
    }
    expect(stopped).toHaveBeenCalledOnce()
  })
})

test('GA-07 what fails while it is left early is a late error', async () => {
  const failure = new Error('cleanup')
  const late: unknown[] = []
  const remove = onLateError((error) => (late.push(error), 'handled'))
  for await (const value of asCompleted([() => 'first', failingCleanup(failure)])) if (value === 'first') break
  remove()
  expect(late).toEqual([failure])
})

test('GA-07 as a manager it cancels the rest when the block is left, and throws what fails then', async () => {
  const failure = new Error('cleanup')
  const thrown = await thrownBy(() =>
    within(asCompleted([() => 'first', failingCleanup(failure)]), async (completing) => {
      expect(await completing.next()).toEqual({ done: false, value: 'first' })
    }),
  )
  expect(leaves(thrown)).toEqual([failure])
})

test('GA-07 an error is thrown bare; the rest has been cancelled, and what fails meanwhile is attached', async () => {
  const [failure, ofCleanup] = [new Error('first'), new Error('cleanup')]
  const works = [
    after(5, 'value'),
    () => sleep(10).then(() => Promise.reject<string>(failure)),
    failingCleanup(ofCleanup),
  ]
  const got: string[] = []
  const thrown = await thrownBy(() =>
    within(clock(), async () => {
      for await (const value of asCompleted(works)) got.push(value)
    }),
  )
  expect([got, thrown]).toEqual([['value'], failure])
  expect(othersOf(thrown)).toEqual([ofCleanup])
})

test('GA-07 when the time is up it throws TimeoutError at that point, and the rest has stopped', async () => {
  const stopped = vi.fn<() => void>()
  const got: string[] = []
  await within(clock(), async (time) => {
    const works = [after(10, 'in time'), () => sleep(Infinity).then(String).finally(stopped)]
    const thrown = await thrownBy(async () => {
      for await (const value of asCompleted(works, { timeout: 50 })) got.push(value)
    })
    expect(thrown).toBeInstanceOf(TimeoutError)
    expect(thrown).toMatchObject({ allowed: 50, message: '1 of 2 had not ended after 50 ms.' })
    expect([time.now(), time.timers, stopped.mock.calls.length]).toEqual([50, 0, 1])
  })
  expect(got).toEqual(['in time'])
})

test('GA-07 what has come in time is given, and no timer is left', async () => {
  await within(clock(), async (time) => {
    expect(await collect(asCompleted([after(10, 'a')], { timeout: 50 }))).toEqual(['a'])
    expect(time.timers).toBe(0)
  })
})

test('GA-07 what cleanup throws after the time is up is attached', async () => {
  const failure = new Error('cleanup')
  const thrown = await thrownBy(() =>
    within(clock(), () => collect(asCompleted([failingCleanup(failure)], { timeout: 5 }))),
  )
  expect(thrown).toBeInstanceOf(TimeoutError)
  expect(othersOf(thrown)).toEqual([failure])
})

test('GA-07 when the caller is cancelled, the rest is cancelled and waited for', async () => {
  const stopped = vi.fn<() => void>()
  await within(clock(), moveOnAfter(5), async () => {
    const thrown = await thrownBy(() => collect(asCompleted([() => sleep(Infinity).finally(stopped)])))
    expect(isCancelled(thrown)).toBe(true)
    expect(stopped).toHaveBeenCalledOnce()
  })
})

test('GA-07 CS-26 when the caller is cancelled, no more are given, although they have come', async () => {
  const scope = new CancelScope()
  const given: number[] = []
  await within(scope, async () => {
    for await (const result of asCompleted([async () => 1, async () => 2])) {
      given.push(result)
      await checkpoint({ macrotask: true })
      scope.cancel()
    }
  })
  expect([given, scope.caught]).toEqual([[1], true])
})

test('GA-07 given tasks, it gives each as it ends, failed ones, too', async () => {
  await within(clock(), new TaskGroup({ supervise: true, onError: () => {} }), async (_, group) => {
    const slow = group.spawn(after(20, 'slow'))
    const failed = group.spawn(() => sleep(10).then(() => Promise.reject<string>(new Error('task'))))
    expect(await collect(asCompleted([slow, failed]))).toEqual([failed, slow])
  })
})

test('GA-07 given tasks, leaving early neither cancels them nor waits for them', async () => {
  await within(clock(), new TaskGroup(), async (_, group) => {
    const [fast, slow] = [group.spawn(after(10, 'fast')), group.spawn(after(50, 'slow'))]
    for await (const task of asCompleted([fast, slow])) if (task === fast) break
    expect(slow.running).toBe(true)
    expect(await slow.result).toBe('slow')
  })
})

test('GA-07 it can be gone through once', async () => {
  const completing = asCompleted([() => 1])
  await collect(completing)
  expect(await completing.next()).toEqual({ done: true, value: undefined })
  expect(await thrownBy(() => within(completing, () => {}))).toBeInstanceOf(StateError)
})

test.each([[[Promise.resolve()]], [[7]], [['task']]])('GA-07 %j is refused', (given) => {
  expect(() => asCompleted(given as never)).toThrow(UsageError)
})
