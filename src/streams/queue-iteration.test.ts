/** Iterating queues. */
import { CancelScope, Queue, TaskGroup, within } from 'withal'
import { describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { thrownBy } from '../../test/thrown.ts'

async function queueOf<T>(...items: T[]): Promise<Queue<T>> {
  const queue = new Queue<T>()
  for (const item of items) await queue.put(item)
  return queue
}

describe('iterating a queue', () => {
  test('QU-09 ends when it was shut down and is empty', async () => {
    const queue = await queueOf(1, 2)
    queue.shutdown()
    const items: number[] = []
    for await (const item of queue) items.push(item)
    expect(items).toEqual([1, 2])
  })

  test('QU-09 waits for items, and ends when it is shut down meanwhile', async () => {
    const queue = new Queue<number>()
    const items: number[] = []
    await within(new TaskGroup(), (group) => {
      group.spawn(async () => {
        for await (const item of queue) items.push(item)
      })
      group.spawn(async () => {
        for (const item of [1, 2]) {
          await settled()
          await queue.put(item)
        }
        await settled()
        queue.shutdown()
      })
    })
    expect(items).toEqual([1, 2])
  })

  test('QU-09 by several gives each item to one of them', async () => {
    const queue = await queueOf(1, 2, 3, 4, 5, 6)
    queue.shutdown()
    const items: string[] = []
    const worker = async (name: string): Promise<void> => {
      for await (const item of queue) items.push(`${name}${item}`)
    }
    await Promise.all([worker('a'), worker('b')])
    expect(items).toEqual(['a1', 'b2', 'a3', 'b4', 'a5', 'b6'])
  })

  test('QU-09 QU-14 throws what the queue has failed by, once it is empty, and then has ended', async () => {
    const failure = new Error('gone')
    const queue = await queueOf(1)
    queue.fail(failure)
    const iterator = queue[Symbol.asyncIterator]()
    expect(await iterator.next()).toEqual({ done: false, value: 1 })
    expect(await thrownBy(() => iterator.next())).toBe(failure)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('QU-09 QU-14 that waits is thrown what the queue fails by, and then has ended', async () => {
    const failure = new Error('gone')
    const queue = new Queue<number>()
    const iterator = queue[Symbol.asyncIterator]()
    const waiting = thrownBy(() => iterator.next())
    queue.fail(failure)
    expect(await waiting).toBe(failure)
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('QU-09 leaves the queue as it is when it is left', async () => {
    const queue = await queueOf(1, 2)
    for await (const item of queue) if (item === 1) break
    expect([queue.closed, await queue.get()]).toEqual([false, 2])
  })

  test('R22 a `next` that waits ends when `return` is called, and takes no item', async () => {
    const queue = new Queue<number>()
    const iterator = queue[Symbol.asyncIterator]()
    const other = queue[Symbol.asyncIterator]()
    const waiting = [iterator.next(), other.next(), iterator.next()]
    expect(await iterator.return()).toEqual({ done: true, value: undefined })
    expect(queue.waiting).toBe(1)
    await queue.put(1)
    expect(await Promise.all(waiting)).toEqual([
      { done: true, value: undefined },
      { done: false, value: 1 },
      { done: true, value: undefined },
    ])
    expect(await iterator.next()).toEqual({ done: true, value: undefined })
  })

  test('QU-03 a `next` that is cancelled takes no item, and the iteration can go on elsewhere', async () => {
    const queue = new Queue<number>()
    const iterator = queue[Symbol.asyncIterator]()
    await within(new CancelScope(), async (scope) => {
      const waiting = thrownBy(() => iterator.next())
      scope.cancel()
      expect(await waiting).toBe(scope.signal.reason)
      expect(await thrownBy(() => iterator.next())).toBe(scope.signal.reason)
    })
    await queue.put(1)
    expect(await iterator.next()).toEqual({ done: false, value: 1 })
    await iterator.return()
    expect(queue.waiting).toBe(0)
  })

  test('QU-03 a `next` that is cancelled in the turn in which an item came gives it', async () => {
    const queue = new Queue<number>()
    const items: number[] = []
    await within(new CancelScope(), async (scope) => {
      const iterating = thrownBy(async () => {
        for await (const item of queue) items.push(item)
      })
      queue.tryPut(1)
      scope.cancel()
      expect(await iterating).toBe(scope.signal.reason)
    })
    expect(items).toEqual([1])
  })

  test('QU-09 gives items that are promises as they are', async () => {
    const promised = Promise.resolve(1)
    const queue = new Queue<Promise<number>>()
    const iterator = queue[Symbol.asyncIterator]()
    const waiting = iterator.next()
    queue.tryPut(promised)
    queue.tryPut(promised)
    expect((await waiting).value).toBe(promised)
    expect((await iterator.next()).value).toBe(promised)
  })
})
