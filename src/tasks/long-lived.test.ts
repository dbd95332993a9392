/** What lives as long as the process does not grow with what is derived from it: signals, clocks, groups. */
import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { CancelScope, cancellable, checkpoint, run, sleep, TaskGroup, timeout, within } from 'withal'
import { expect, test } from 'vitest'

const megabyte = 2 ** 20

/** How much the heap has grown by some work, once all that can be collected has been. */
async function growthBy(work: () => Promise<void>): Promise<number> {
  await work() // once before: what is made on first use stays
  const before = await heapUsed()
  await work()
  return (await heapUsed()) - before
}

async function heapUsed(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.()
    await setImmediate()
  }
  return process.memoryUsage().heapUsed
}

test('R10 CS-22 10,000 scopes derived from one signal leave it with no listener and the heap as it was', async () => {
  const { signal } = new AbortController()
  const growth = await growthBy(async () => {
    for (let scope = 0; scope < 10_000; scope++) await within(new CancelScope({ signal }), () => checkpoint())
  })
  expect(getEventListeners(signal, 'abort')).toEqual([])
  expect(growth).toBeLessThan(megabyte)
})

test.for<[string, (signal: AbortSignal) => Promise<unknown>]>([
  ['waits that are given it', (signal) => sleep(0, { signal })],
  [
    'limits of time in a scope of it',
    (signal) => within(new CancelScope({ signal }), () => within(timeout(1_000), () => checkpoint())),
  ],
  ['programs that are given it', (signal) => run(() => checkpoint(), { signal })],
  ['promises that are left behind by it', (signal) => cancellable(Promise.resolve(), { signal })],
])('R10 CS-22 1,000 %s leave one signal with no listener', async ([, work]) => {
  const { signal } = new AbortController()
  for (let round = 0; round < 10; round++) {
    const working = Array.from({ length: 100 }, () => work(signal))
    await Promise.all(working)
  }
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('R10 CS-22 10,000 signals read in scopes of one scope leave the heap as it was', async () => {
  const growth = await within(new CancelScope(), (outer) => {
    expect(outer.signal.aborted).toBe(false)
    return growthBy(async () => {
      for (let scope = 0; scope < 10_000; scope++) await within(new CancelScope(), (inner) => void inner.signal)
    })
  })
  expect(growth).toBeLessThan(megabyte)
})

const tasks = 1_000_000

test(`TG-35 ${tasks} tasks spawned and joined in one group leave the heap as it was`, async () => {
  const growth = await within(new TaskGroup(), (group) =>
    growthBy(async () => {
      for (let spawned = 0; spawned < tasks / 2; spawned += 1_000) {
        for (let task = 0; task < 1_000; task++) group.spawn(() => checkpoint())
        await group.join()
      }
      expect(group.size).toBe(0)
    }),
  )
  expect(growth).toBeLessThan(megabyte)
})

test('TG-35 20,000 tasks that wait for one of eight places leave the heap as it was', async () => {
  const growth = await within(new TaskGroup({ limit: 8 }), (group) =>
    growthBy(async () => {
      for (let task = 0; task < 10_000; task++) group.spawn(() => checkpoint())
      await group.join()
    }),
  )
  expect(growth).toBeLessThan(megabyte)
})
