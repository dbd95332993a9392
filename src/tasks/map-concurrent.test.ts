/** Results of the same work for many items. */
import { isCancelled, mapConcurrent, moveOnAfter, othersOf, sleep, UsageError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { source } from '../../test/number-source.ts'
import { stoppingSlowly } from '../../test/slow-stop.ts'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

describe.each([
  ['a synchronous source', true],
  ['an asynchronous source', false],
])('%s', (_name, isSync) => {
  test('GA-11 the results come in the order of the items', async () => {
    const { items } = source(isSync, 5)
    const results = await within(clock(), () =>
      mapConcurrent(items, (item) => sleep(50 - 10 * item).then(() => item * 2)),
    )
    expect(results).toEqual([2, 4, 6, 8, 10])
  })

  test('GA-11 at most so many calls run at the same time, and all places are used', async () => {
    let [running, most] = [0, 0]
    const { items } = source(isSync, 10)
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running)
      await sleep(10)
      running--
    }
    await within(clock(), () => mapConcurrent(items, work, { concurrency: 3 }))
    expect(most).toBe(3)
  })

  test('GA-11 the source is read only as places are free', async () => {
    const { items, state } = source(isSync, 10)
    let ended = 0
    await within(clock(), () =>
      mapConcurrent(
        items,
        async () => {
          expect(state.read).toBeLessThanOrEqual(ended + 2)
          await sleep(10)
          ended++
        },
        { concurrency: 2 },
      ),
    )
    expect(ended).toBe(10)
  })

  test('GA-11 a failing call cancels the others, closes the source, and its error is thrown bare', async () => {
    const failure = new Error('call')
    const stopped = vi.fn<() => void>()
    const { items, state } = source(isSync, Infinity)
    const work = (item: number): Promise<unknown> =>
      item === 2 ? sleep(5).then(() => Promise.reject(failure)) : stoppingSlowly(stopped)
    expect(await thrownBy(() => within(clock(), () => mapConcurrent(items, work, { concurrency: 3 })))).toBe(failure)
    expect([state.closed, stopped.mock.calls.length]).toEqual([1, 2])
  })

  test('GA-11 an error of the source counts like one of a call, and the source is not closed', async () => {
    const failure = new Error('source')
    const stopped = vi.fn<() => void>()
    const { items, state } = source(isSync, 2, failure)
    const thrown = await thrownBy(() =>
      within(clock(), () => mapConcurrent(items, () => sleep(Infinity).finally(stopped))),
    )
    expect(thrown).toBe(failure)
    expect([state.closed, stopped.mock.calls.length]).toEqual([0, 2])
  })

  test('GA-11 errors that come up meanwhile are attached to the first one', async () => {
    const [failure, ofCleanup] = [new Error('call'), new Error('cleanup')]
    const { items } = source(isSync, 2)
    const work = (item: number): Promise<unknown> =>
      item === 2 ? sleep(5).then(() => Promise.reject(failure)) : sleep(Infinity).catch(() => Promise.reject(ofCleanup))
    const thrown = await thrownBy(() => within(clock(), () => mapConcurrent(items, work)))
    expect(thrown).toBe(failure)
    expect(othersOf(thrown)).toEqual([ofCleanup])
  })

  test('GA-11 when the caller is cancelled, the calls are cancelled and waited for, and the source is closed', async () => {
    const stopped = vi.fn<() => void>()
    const { items, state } = source(isSync, Infinity)
    await within(clock(), moveOnAfter(5), async () => {
      const work = (): Promise<void> => sleep(Infinity).finally(stopped)
      expect(isCancelled(await thrownBy(() => mapConcurrent(items, work, { concurrency: 2 })))).toBe(true)
      expect([state.closed, stopped.mock.calls.length]).toEqual([1, 2])
    })
  })

  test('GA-11 of an empty source there are no results', async () => {
    expect(await mapConcurrent(source(isSync, 0).items, () => 1)).toEqual([])
  })
})

test('GA-11 a call is given the item, its index and the signal', async () => {
  const seen = await mapConcurrent(['a', 'b'], (item, index, signal) => [item, index, signal.aborted])
  expect(seen).toEqual([
    ['a', 0, false],
    ['b', 1, false],
  ])
})

test('GA-11 results that are no promises are taken as they are', async () => {
  expect(await mapConcurrent(new Set([1, 2, 3]), (number) => number + 1, { concurrency: 1 })).toEqual([2, 3, 4])
})

test('GA-11 results that are no promises are taken as they are, also when all are read at once', async () => {
  expect(await mapConcurrent(new Set([1, 2, 3]), (number) => number + 1)).toEqual([2, 3, 4])
})

test('GA-11 a call that throws at once ends the reading, and the source is closed', async () => {
  const failure = new Error('at once')
  const seen: unknown[] = []
  function* items(): Generator<number> {
    try {
      yield 1
      yield 2
      yield 3
    } finally {
      seen.push('closed')
    }
  }
  const fail = (item: number): void => {
    seen.push(item)
    if (item === 2) throw failure
  }
  expect(await thrownBy(() => mapConcurrent(items(), fail))).toBe(failure)
  expect(seen).toEqual([1, 2, 'closed'])
})

test('GA-11 a source that is stuck in a wait is left when the caller is cancelled', async () => {
  const closed = vi.fn<() => Promise<never>>(() => new Promise<never>(() => {}))
  const stuck = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}), return: closed }) }
  const value = await within(clock(), moveOnAfter(5), () => mapConcurrent(stuck, () => 1))
  expect(value).toBeUndefined()
  expect(closed).toHaveBeenCalledOnce()
})

test('GA-11 what closing the source throws is attached to the error', async () => {
  const [failure, ofClosing] = [new Error('call'), new Error('closing')]
  const items = {
    [Symbol.iterator]: () => ({
      next: () => ({ done: false, value: 1 }),
      return: (): never => {
        throw ofClosing
      },
    }),
  }
  const thrown = await thrownBy(() => mapConcurrent(items, () => Promise.reject(failure), { concurrency: 1 }))
  expect(thrown).toBe(failure)
  expect(othersOf(thrown)).toEqual([ofClosing])
})

test('GA-11 in a cancelled scope nothing is read', async () => {
  const { items, state } = source(true, 3)
  await within(moveOnAfter(0), () => mapConcurrent(items, () => 1))
  expect(state.read).toBe(0)
})

test.each([
  ['nothing iterable', 7, () => {}, {}],
  ['no function', [1], 7, {}],
  ['a concurrency of 0', [1], () => {}, { concurrency: 0 }],
  ['a concurrency of 1.5', [1], () => {}, { concurrency: 1.5 }],
  ['a concurrency of NaN', [1], () => {}, { concurrency: Number.NaN }],
])('GA-11 %s is refused', async (_, items, work, options) => {
  expect(await thrownBy(() => mapConcurrent(items as never, work as never, options))).toBeInstanceOf(UsageError)
})
