/** The turns that tasks take: most of their cost, and exact. More of them is a change to be meant. */
import { gather, mapConcurrent, nullContext, TaskGroup, timeout, within } from 'withal'
import { expect, test } from 'vitest'
import { turnsOf } from '../../test/turns.ts'

const works = Array.from({ length: 5 }, (_, index) => async () => index)
const byHand = (): Promise<number> => turnsOf(Promise.all(works.map((work) => work())))

test('`gather` takes two turns more than `Promise.all`', async () => {
  expect((await turnsOf(gather(works))) - (await byHand())).toBe(2)
})

test('`mapConcurrent` without a limit takes three turns more than `Promise.all`', async () => {
  expect((await turnsOf(mapConcurrent(works, (work) => work()))) - (await byHand())).toBe(3)
})

test('a group that has children takes six turns, and one without two', async () => {
  const withChildren = within(new TaskGroup(), (group) => works.forEach((work) => group.spawn(work)))
  expect(await turnsOf(withChildren)).toBe(6)
  expect(await turnsOf(within(new TaskGroup(), () => {}))).toBe(2)
})

test('the result of a task comes in three turns: its beginning, its promise, and who waits', async () => {
  await within(new TaskGroup(), async (group) => {
    const task = group.spawn(async () => 'value')
    expect(await turnsOf(task.result)).toBe(3)
    expect(await turnsOf(task.result)).toBe(1)
  })
})

test('a limit of time takes no turn', async () => {
  const work = async (): Promise<void> => {}
  expect(await turnsOf(within(timeout(1_000), work))).toBe(await turnsOf(within(nullContext(), work)))
})
