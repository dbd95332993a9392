/** GA-12: the results of the same work for many items, one by one, with back-pressure. */
import fc from 'fast-check'
import { CancelScope, mapAhead, moveOnAfter, sleep, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { source } from '../../test/number-source.ts'
import { settled } from '../../test/hand-clock.ts'
import { stoppingSlowly } from '../../test/slow-stop.ts'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const given: T[] = []
  for await (const result of results) given.push(result)
  return given
}

describe.each([
  ['a synchronous source', true],
  ['an asynchronous source', false],
])('%s', (_name, isSync) => {
  test('GA-12 the results come in the order of the items', async () => {
    const { items } = source(isSync, 5)
    const given = await within(clock(), () =>
      all(mapAhead(items, (item) => sleep(50 - 10 * item).then(() => item * 2), { concurrency: 3 })),
    )
    expect(given).toEqual([2, 4, 6, 8, 10])
  })

  test('GA-12 on request they come as they are ready', async () => {
    const { items } = source(isSync, 4)
    const delays = [40, 10, 20, 5]
    const given = await within(
      clock(),
      () =>
        all(
          mapAhead(items, (item, index) => sleep(delays[index]!).then(() => item), { concurrency: 3, ordered: false }),
        ), // one for each
    )
    expect(given).toEqual([2, 4, 3, 1])
  })

  test('GA-12 it begins with the iteration', async () => {
    const { items, state } = source(isSync, 5)
    const work = vi.fn<(item: number) => number>((item) => item)
    const results = mapAhead(items, work, { concurrency: 2 })
    await settled()
    expect([state.read, work.mock.calls.length]).toEqual([0, 0])
    expect(await results.next()).toEqual({ done: false, value: 1 })
    await results.return()
  })

  test.for([
    [1, 0],
    [2, 0],
    [2, 3],
    [1, 4],
  ] as const)(
    'GA-12 it runs ahead of who takes the results by at most %i and %i items',
    async ([concurrency, buffer]) => {
      const { items, state } = source(isSync, 100)
      const begun = vi.fn<(item: number) => Promise<number>>(async (item) => item)
      const results = mapAhead(items, begun, { concurrency, buffer })
      for (let taken = 1; taken <= 5; taken++) {
        expect((await results.next()).value).toBe(taken)
        await settled()
        expect([begun.mock.calls.length, state.read]).toEqual([
          taken + concurrency + buffer,
          taken + concurrency + buffer,
        ])
      }
      await results.return()
    },
  )

  test('GA-12 at most so many calls run at the same time, and all places are used', async () => {
    let [running, most] = [0, 0]
    const { items } = source(isSync, 20)
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running)
      await sleep(10)
      running--
    }
    await within(clock(), () => all(mapAhead(items, work, { concurrency: 3, buffer: 10 })))
    expect(most).toBe(3)
  })

  test('GA-12 leaving early cancels the rest, waits for it, and closes the source', async () => {
    const { items, state } = source(isSync, Infinity)
    const stopped = vi.fn<() => void>()
    await within(clock(), async () => {
      for await (const result of mapAhead(
        items,
        (item) => (item === 1 ? Promise.resolve(item) : stoppingSlowly(stopped).then(() => 0)),
        {
          concurrency: 3,
        },
      )) {
        expect(result).toBe(1)
        await sleep(1)
        break
      }
      expect([state.closed, stopped.mock.calls.length]).toEqual([1, 3])
    })
  })

  test('GA-12 a failing call cancels the others, closes the source, and its error is thrown bare', async () => {
    const failure = new Error('call')
    const stopped = vi.fn<() => void>()
    const { items, state } = source(isSync, Infinity)
    const work = (item: number): Promise<unknown> =>
      item === 2 ? sleep(5).then(() => Promise.reject(failure)) : stoppingSlowly(stopped)
    expect(await thrownBy(() => within(clock(), () => all(mapAhead(items, work, { concurrency: 3 }))))).toBe(failure)
    expect([state.closed, stopped.mock.calls.length]).toEqual([1, 2])
  })

  test('GA-12 the results that are ready before the one that failed are given', async () => {
    const failure = new Error('call')
    const { items } = source(isSync, 5)
    const results = mapAhead(items, (item) => (item === 3 ? Promise.reject(failure) : item), { concurrency: 5 })
    expect([(await results.next()).value, (await results.next()).value]).toEqual([1, 2])
    expect(await thrownBy(() => results.next())).toBe(failure)
    expect(await results.next()).toEqual({ done: true, value: undefined })
  })

  test('GA-12 an error of the source counts like one of a call, and the source is not closed', async () => {
    const failure = new Error('source')
    const { items, state } = source(isSync, 2, failure)
    const results = mapAhead(items, (item) => item, { concurrency: 1 })
    expect([(await results.next()).value, (await results.next()).value]).toEqual([1, 2])
    expect(await thrownBy(() => results.next())).toBe(failure)
    expect(state.closed).toBe(0)
  })

  test('GA-12 of an empty source there are no results', async () => {
    const { items, state } = source(isSync, 0)
    expect(await all(mapAhead(items, (item) => item, { concurrency: 2 }))).toEqual([])
    expect(state.closed).toBe(0)
  })

  test('GA-12 when who takes them is cancelled while it waits, all is stopped and waited for, and the source is closed', async () => {
    const stopped = vi.fn<() => void>()
    const { items, state } = source(isSync, Infinity)
    await within(clock(), moveOnAfter(5), () => all(mapAhead(items, () => stoppingSlowly(stopped), { concurrency: 3 })))
    expect([state.closed, stopped.mock.calls.length]).toEqual([1, 3])
  })

  test('GA-12 when who takes them is cancelled, no more are given, although they are ready', async () => {
    const { items, state } = source(isSync, Infinity)
    const scope = new CancelScope()
    let given = 0
    await within(scope, async () => {
      for await (const result of mapAhead(items, (item) => item, { concurrency: 2, buffer: 2 })) {
        given = result
        scope.cancel()
      }
    })
    expect([given, scope.caught, state.closed]).toEqual([1, true, 1])
  })

  test('GA-12 a call is given the item, its index and the signal', async () => {
    const { items } = source(isSync, 2)
    const seen: unknown[] = []
    await all(mapAhead(items, (item, index, signal) => seen.push([item, index, signal.aborted]), { concurrency: 1 }))
    expect(seen).toEqual([
      [1, 0, false],
      [2, 1, false],
    ])
  })

  test('GA-12 whatever the delays and limits, each result is given once, and never too many are begun', async () => {
    const drawn = fc.record({
      delays: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 }),
      pauses: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 12, maxLength: 12 }),
      concurrency: fc.integer({ min: 1, max: 4 }),
      buffer: fc.integer({ min: 0, max: 3 }),
      ordered: fc.boolean(),
      leaveAfter: fc.integer({ min: 1, max: 14 }),
    })
    await fc.assert(
      fc.asyncProperty(drawn, async ({ delays, pauses, leaveAfter, ...options }) => {
        const { items, state } = source(isSync, delays.length)
        let [begun, ended, running, taken] = [0, 0, 0, 0]
        const work = async (item: number): Promise<number> => {
          begun++
          expect(++running).toBeLessThanOrEqual(options.concurrency)
          expect(begun - taken).toBeLessThanOrEqual(options.concurrency + options.buffer + 1) // one is just being taken
          await sleep(delays[item - 1]!).finally(() => (running--, ended++)) // one for each
          return item
        }
        const given: number[] = []
        await within(clock(), async () => {
          for await (const item of mapAhead(items, work, options)) {
            taken = given.push(item)
            if (taken === leaveAfter) break
            await sleep(pauses[taken - 1]!) // enough of them
          }
        })
        expect([running, ended]).toEqual([0, begun])
        const expected = delays.map((_, index) => index + 1).slice(0, leaveAfter)
        if (options.ordered) expect(given).toEqual(expected)
        else expect(new Set(given).size).toBe(Math.min(delays.length, leaveAfter))
        expect(state.closed).toBe(leaveAfter <= delays.length && state.read < delays.length ? 1 : state.closed)
      }),
      { numRuns: 100 },
    )
  })
})
