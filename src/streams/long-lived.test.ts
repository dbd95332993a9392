/** What lives as long as the process does not grow with what has passed through it, or has left it. */
import { setImmediate } from 'node:timers/promises'
import { broadcast, CancelScope, channel, Deferred, Queue, within } from 'withal'
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

/** Has many wait at the same time, and cancels them all. */
async function cancelMany(wait: () => Promise<unknown>): Promise<void> {
  const scope = new CancelScope()
  const waiting = within(scope, () => Promise.all(Array.from({ length: 20_000 }, wait)))
  scope.cancel()
  await waiting
}

test('QU-04 waits that were cancelled leave queues, channels, broadcasts and deferred values as they were', async () => {
  const empty = new Queue<number>()
  const full = new Queue<number>({ capacity: 0 })
  const iterator = empty[Symbol.asyncIterator]()
  const [, receiver] = channel<number>()
  const topic = broadcast<number>({ capacity: 1 })
  using subscription = topic.subscribe()
  topic.tryPublish(1)
  const deferred = new Deferred<number>()
  const growth = await growthBy(async () => {
    await cancelMany(() => empty.get())
    await cancelMany(() => full.put(1))
    await cancelMany(() => iterator.next())
    await cancelMany(() => receiver.receive())
    await cancelMany(() => topic.publish(2))
    await cancelMany(() => deferred.wait())
  })
  expect(growth).toBeLessThan(megabyte)
  expect([empty.waiting, full.waiting, topic.waiting, deferred.waiting, subscription.size]).toEqual([0, 0, 0, 0, 1])
})

test('QU-04 a million items leave a queue, and an iteration that waits for each, as they were', async () => {
  const queue = new Queue<object>({ capacity: 64 })
  const iterator = queue[Symbol.asyncIterator]()
  const growth = await growthBy(async () => {
    for (let item = 0; item < 500_000; item++) {
      const next = iterator.next()
      queue.tryPut({ item })
      await next
    }
  })
  expect(growth).toBeLessThan(megabyte)
})

test('QU-17 subscriptions that were closed leave a broadcast as it was', async () => {
  const topic = broadcast<number>()
  const growth = await growthBy(async () => {
    for (let time = 0; time < 50_000; time++) {
      using _subscription = topic.subscribe()
      topic.tryPublish(time)
    }
  })
  expect(growth).toBeLessThan(megabyte)
  expect(topic.subscribers).toBe(0)
})
