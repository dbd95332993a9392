/** GA-12: errors, leaving, scopes and several takers of what is mapped ahead. */
import {
  CancelScope,
  checkpoint,
  currentScope,
  isCancelled,
  mapAhead,
  onLateError,
  othersOf,
  sleep,
  TaskCancelledError,
  TaskGroup,
  UsageError,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
import { expect, test, vi } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { source } from '../../test/number-source.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const given: T[] = []
  for await (const result of results) given.push(result)
  return given
}

test('GA-12 errors that come up meanwhile are attached to the first one', async () => {
  const [first, second] = [new Error('first'), new Error('second')]
  const works = [
    () => sleep(5).then(() => Promise.reject(first)),
    () => sleep(Infinity).catch(() => Promise.reject(second)),
  ]
  const thrown = await thrownBy(() => within(clock(), () => all(mapAhead(works, (work) => work(), { concurrency: 2 }))))
  expect(thrown).toBe(first)
  expect(othersOf(first)).toEqual([second])
})

test('GA-12 what fails while it is left early is a late error', async () => {
  const failure = new Error('cleanup')
  const late = vi.fn<(error: unknown) => void>()
  const remove = onLateError((error) => (late(error), 'handled'))
  const works: (() => Promise<unknown>)[] = [async () => 1, () => sleep(Infinity).catch(() => Promise.reject(failure))]
  for await (const result of mapAhead(works, (work) => work(), { concurrency: 2 })) {
    expect(result).toBe(1)
    break
  }
  remove()
  expect(late.mock.calls).toEqual([[failure]])
})

test('GA-12 as a manager it stops the rest when the block is left, and throws what fails then', async () => {
  const failure = new Error('cleanup')
  const works: (() => Promise<unknown>)[] = [async () => 1, () => sleep(Infinity).catch(() => Promise.reject(failure))]
  const mapped = mapAhead(works, (work) => work(), { concurrency: 2 })
  const thrown = await thrownBy(() => within(mapped, async (results) => expect((await results.next()).value).toBe(1)))
  expect(thrown).toBe(failure)
})

test('GA-12 as a manager its work belongs to the block, wherever the results are taken', async () => {
  const block = new CancelScope()
  await within(block, async () => {
    await within(
      mapAhead([1, 2], () => currentScope(), { concurrency: 1 }),
      async (results) => {
        const { value: first } = await within(new CancelScope(), () => results.next()).then((result) => result!) // not cancelled
        const { value: second } = await results.next()
        block.cancel()
        expect([first?.cancelled, second?.cancelled]).toEqual([true, true])
      },
    )
  })
})

test('GA-12 of work whose scope has ended a TaskCancelledError tells who takes the results', async () => {
  const late: unknown[] = []
  const remove = onLateError((error) => (late.push(error), 'handled'))
  const work = (item: number): Promise<unknown> => (item === 1 ? Promise.resolve(item) : sleep(Infinity))
  const results = mapAhead([1, 2], work, { concurrency: 2 })
  await within(new CancelScope(), () => results.next())
  remove()
  expect(late).toMatchObject([{ code: 'WITHAL_MISNESTED' }])
  expect(await thrownBy(() => results.next())).toBeInstanceOf(TaskCancelledError)
  expect(await results.next()).toEqual({ done: true, value: undefined })
})

test('GA-12 a source that is stuck in a wait is told, but not waited for, when the loop is left', async () => {
  const closed = vi.fn<() => Promise<never>>(() => new Promise(() => {}))
  const stuck = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}), return: closed }) }
  const results = mapAhead(stuck, (item) => item, { concurrency: 1 })
  const pending = results.next()
  await settled()
  expect(await results.return()).toEqual({ done: true, value: undefined })
  expect(await pending).toEqual({ done: true, value: undefined })
  expect(closed).toHaveBeenCalledOnce()
})

test('GA-12 several may take results at the same time: each is given once, in the order in which they asked', async () => {
  const results = mapAhead([1, 2, 3], (item) => checkpoint({ macrotask: true }).then(() => item), { concurrency: 1 })
  const given = await Promise.all([results.next(), results.next(), results.next(), results.next()])
  expect(given.map(({ value }) => value)).toEqual([1, 2, 3, undefined])
})

test('GA-12 left before it has begun it calls nothing, and cannot begin any more', async () => {
  const work = vi.fn<(item: number) => number>()
  const { items, state } = source(true, 3)
  const results = mapAhead(items, work, { concurrency: 1 })
  await results.return()
  expect(await results.next()).toEqual({ done: true, value: undefined })
  expect([work.mock.calls.length, state.closed]).toEqual([0, 1])
  expect(await thrownBy(() => within(results, () => {}))).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
})

test('GA-12 what was begun cannot be entered', async () => {
  const results = mapAhead([1, 2, 3], (item) => item, { concurrency: 1 })
  await results.next()
  expect(await thrownBy(() => within(results, () => {}))).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
  await results.return()
})

test('GA-12 in a cancelled scope nothing is read', async () => {
  const { items, state } = source(true, 3)
  await within(new CancelScope(), new TaskGroup(), async (scope) => {
    scope.cancel()
    expect(isCancelled(await thrownBy(() => all(mapAhead(items, (item) => item, { concurrency: 1 }))))).toBe(true)
  })
  expect(state.read).toBe(0)
})

test.for<[string, () => unknown]>([
  ['nothing iterable', () => mapAhead(7 as never, () => {}, { concurrency: 1 })],
  ['no function', () => mapAhead([], 'work' as never, { concurrency: 1 })],
  ['no concurrency', () => mapAhead([], () => {}, {} as never)],
  ['a concurrency of 0', () => mapAhead([], () => {}, { concurrency: 0 })],
  ['a buffer of -1', () => mapAhead([], () => {}, { concurrency: 1, buffer: -1 })],
  ['a buffer of 1.5', () => mapAhead([], () => {}, { concurrency: 1, buffer: 1.5 })],
])('GA-12 %s is refused', ([, call]) => {
  expect(thrownAtOnceBy(call)).toBeInstanceOf(UsageError)
})
