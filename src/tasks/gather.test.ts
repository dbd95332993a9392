/** GA-14 has no counterpart: what is given are functions, and each is called once. */
import {
  CancelScope,
  checkpoint,
  gather,
  isCancelled,
  moveOnAfter,
  othersOf,
  sleep,
  throwIfCancelled,
  UsageError,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
import { expect, test, vi } from 'vitest'
import { stoppingSlowly } from '../../test/slow-stop.ts'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

test('GA-01 gives the results in the order given, whatever the order in which they end', async () => {
  const results = await within(clock(), () =>
    gather([() => sleep(20).then(() => 'slow'), () => sleep(10).then(() => 'fast'), () => 'at once']),
  )
  expect(results).toEqual(['slow', 'fast', 'at once'])
})

test('GA-01 gives nothing for nothing', async () => {
  expect(await gather([])).toEqual([])
  expect(await gather({})).toEqual({})
})

test('GA-01 gives a record for a record, with its keys in order', async () => {
  const results = await gather({ user: async () => 'Ann', posts: () => [1, 2] })
  expect(results).toEqual({ user: 'Ann', posts: [1, 2] })
  expect(Object.keys(results)).toEqual(['user', 'posts'])
})

test('GA-14 calls each function once, also one that is given twice', async () => {
  const work = vi.fn<() => number>(() => 1)
  expect(await gather([work, work])).toEqual([1, 1])
  expect(work).toHaveBeenCalledTimes(2)
})

test('GA-02 when one fails, the others are cancelled and waited for, and its error is thrown bare', async () => {
  const failure = new Error('first')
  const events: string[] = []
  const thrown = await thrownBy(() =>
    within(clock(), () =>
      gather([() => stoppingSlowly(() => events.push('stopped')), () => sleep(5).then(() => Promise.reject(failure))]),
    ),
  )
  expect(thrown).toBe(failure)
  expect(events).toEqual(['stopped'])
})

test('GA-02 errors that come up meanwhile are attached to the first one', async () => {
  const [first, second, third] = [new Error('1'), new Error('2'), new Error('3')]
  const thrown = await thrownBy(() =>
    gather([
      () => sleep(Infinity).catch(() => Promise.reject(third)),
      () => Promise.reject(first),
      () => Promise.reject(second),
    ]),
  )
  expect(thrown).toBe(first)
  expect(new Set(othersOf(thrown))).toEqual(new Set([second, third]))
})

test('GA-02 the first to fail is thrown, wherever it stands', async () => {
  const [first, second] = [new Error('1'), new Error('2')]
  const failsNext = async (): Promise<never> => {
    await checkpoint()
    throw first
  }
  const thrown = await thrownBy(() => gather([() => sleep(Infinity).catch(() => Promise.reject(second)), failsNext]))
  expect(thrown).toBe(first)
  expect(othersOf(thrown)).toEqual([second])
})

test('GA-14 a thenable is asked once, also when another one fails', async () => {
  const then = vi.fn<(resolve: (value: string) => void) => void>((resolve) => resolve('value'))
  // oxlint-disable-next-line unicorn/no-thenable -- what is thenable is what is tested
  await thrownBy(() => gather([() => ({ then }), () => Promise.reject(new Error('member'))]))
  expect(then).toHaveBeenCalledOnce()
})

test('GA-02 after a failure the caller is not cancelled', async () => {
  await thrownBy(() => gather([() => Promise.reject(new Error('member'))]))
  throwIfCancelled()
})

test('GA-02 a function that throws at once fails like any other', async () => {
  const failure = new Error('at once')
  const throws = (): never => {
    throw failure
  }
  const aborted = vi.fn<(aborted: boolean) => void>()
  expect(await thrownBy(() => gather([throws, (signal) => aborted(signal.aborted)]))).toBe(failure)
  expect(aborted.mock.calls).toEqual([[true]])
})

test('GA-03 with `settle` it gives how each has ended, in order, and cancels nothing', async () => {
  const failure = new Error('member')
  const results = await within(clock(), () =>
    gather([() => sleep(20).then(() => 'slow'), () => Promise.reject(failure)], { settle: true }),
  )
  expect(results).toEqual([
    { status: 'fulfilled', value: 'slow' },
    { status: 'rejected', reason: failure },
  ])
})

test('GA-03 with `settle` a record gives a record', async () => {
  expect(await gather({ one: () => 1 }, { settle: true })).toEqual({ one: { status: 'fulfilled', value: 1 } })
})

test('GA-03 with `settle` a cancellation from outside passes all the same', async () => {
  const scope = new CancelScope()
  const thrown = vi.fn<(error: unknown) => void>()
  await within(clock(), scope, async () => {
    const gathering = gather([() => sleep(Infinity), () => sleep(5).then(() => scope.cancel())], { settle: true })
    await gathering.catch(thrown)
  })
  expect(isCancelled(thrown.mock.calls[0]?.[0])).toBe(true)
})

test('GA-03 with `settle` what cleanup throws after a cancellation is thrown, since no results are given', async () => {
  const failure = new Error('cleanup')
  const thrown = await thrownBy(() =>
    within(clock(), moveOnAfter(5), () =>
      gather([() => sleep(Infinity).catch(() => Promise.reject(failure)), () => sleep(Infinity)], { settle: true }),
    ),
  )
  expect(thrown).toBe(failure)
})

test('GA-04 when the caller is cancelled, all members are cancelled and waited for', async () => {
  const stopped = vi.fn<() => void>()
  const stopping = (): Promise<void> => stoppingSlowly(stopped)
  await within(clock(), moveOnAfter(5), async () => {
    const thrown = await thrownBy(() => gather([stopping, stopping]))
    expect(isCancelled(thrown)).toBe(true)
    expect(stopped).toHaveBeenCalledTimes(2)
  })
})

test('GA-04 in a cancelled scope nothing is called', async () => {
  const work = vi.fn<() => void>()
  await within(moveOnAfter(0), () => gather([work]))
  expect(work).not.toHaveBeenCalled()
})

test.each([
  ['a promise', [Promise.resolve()], /a promise, whose work has begun already/],
  ['a value', [7], /7/],
  ['undefined', [undefined], /undefined/],
])('GA-14 %s in the list is refused', async (_, given, says) => {
  const error = await thrownBy(() => gather(given as never))
  expect(error).toBeInstanceOf(UsageError)
  expect(String(error)).toMatch(says)
})
