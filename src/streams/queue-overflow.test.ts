/** What a full queue does, and taking several items at once. */
import { FullError, LifoQueue, PriorityQueue, Queue, UsageError } from 'withal'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('a full queue', () => {
  test('QU-15 waits, if nothing else was said', async () => {
    const queue = new Queue<number>({ capacity: 1 })
    await queue.put(1)
    const putting = queue.put(2)
    expect(queue.statistics()).toMatchObject({ size: 1, putting: 1, dropped: 0 })
    queue.tryGet()
    await putting
  })

  test('QU-15 drops the item that is put', async () => {
    const queue = new Queue<number>({ capacity: 2, overflow: 'dropNewest' })
    for (const item of [1, 2, 3]) await queue.put(item)
    expect(queue.tryPut(4)).toBe(false)
    expect(queue.statistics()).toMatchObject({ size: 2, dropped: 1, putting: 0 })
    expect(queue.takeAll()).toEqual([1, 2])
  })

  test('QU-15 drops the item that was put first', async () => {
    const queue = new Queue<number>({ capacity: 2, overflow: 'dropOldest' })
    for (const item of [1, 2, 3]) await queue.put(item)
    expect(queue.tryPut(4)).toBe(true)
    expect(queue.statistics()).toMatchObject({ size: 2, dropped: 2, putting: 0 })
    expect(queue.takeAll()).toEqual([3, 4])
  })

  test('QU-15 refuses the item', async () => {
    const queue = new Queue<number>({ capacity: 1, overflow: 'error', name: 'orders' })
    await queue.put(1)
    const error = await thrownBy(() => queue.put(2))
    expect(error).toBeInstanceOf(FullError)
    expect(error).toMatchObject({
      code: 'WITHAL_FULL',
      message: 'the queue "orders" is full: 1 of 1. Nothing was put.',
    })
    expect(queue.tryPut(3)).toBe(false)
    expect(queue.statistics()).toMatchObject({ size: 1, dropped: 0 })
  })

  test('QU-15 that gives the newest first drops the one that was put first', async () => {
    const queue = new LifoQueue<number>({ capacity: 2, overflow: 'dropOldest' })
    for (const item of [1, 2, 3]) await queue.put(item)
    expect(queue.takeAll()).toEqual([3, 2])
  })

  test('QU-15 that gives by priority drops the one that was put first', async () => {
    const queue = new PriorityQueue<number>({ capacity: 3, overflow: 'dropOldest', key: (item) => item })
    for (const item of [5, 1, 7, 3, 2]) await queue.put(item)
    expect(queue.takeAll()).toEqual([2, 3, 7])
  })

  test.for(['dropNewest', 'dropOldest'] as const)(
    'QU-15 that holds nothing gives an item to who waits, or drops it: %s',
    async (overflow) => {
      const queue = new Queue<number>({ capacity: 0, overflow })
      await queue.put(1)
      expect(queue.tryPut(2)).toBe(false)
      const getting = queue.get()
      await queue.put(3)
      expect([await getting, queue.statistics().dropped]).toEqual([3, 1])
    },
  )

  test('QU-15 counts what it drops as done', async () => {
    const queue = new Queue<number>({ capacity: 1, overflow: 'dropOldest' })
    for (const item of [1, 2, 3]) await queue.put(item)
    const joining = queue.join()
    await queue.get()
    queue.done()
    await joining
  })
})

describe('taking several items', () => {
  test('QU-16 `takeUpTo` gives so many, or as many as there are, and does not wait', async () => {
    const queue = new Queue<number>()
    for (const item of [1, 2, 3]) await queue.put(item)
    expect([queue.takeUpTo(2), queue.takeUpTo(2), queue.takeUpTo(2)]).toEqual([[1, 2], [3], []])
    expect([queue.takeUpTo(0), queue.waiting]).toEqual([[], 0])
  })

  test('QU-16 `takeUpTo` and `takeAll` let in who waits for room, and take his item, too', async () => {
    const queue = new Queue<number>({ capacity: 2 })
    const putting = [1, 2, 3, 4, 5].map((item) => queue.put(item))
    expect([queue.takeUpTo(1), queue.size]).toEqual([[1], 2])
    expect([queue.takeAll(), queue.size, queue.waiting]).toEqual([[2, 3, 4, 5], 0, 0])
    await Promise.all(putting)
  })

  test('QU-16 `takeAll` takes from those who wait to hand over an item', async () => {
    const queue = new Queue<number>({ capacity: 0 })
    const putting = [1, 2].map((item) => queue.put(item))
    expect(queue.takeAll()).toEqual([1, 2])
    await Promise.all(putting)
  })

  test('QU-16 `peek` shows the next item, and leaves it', async () => {
    const queue = new Queue<number | undefined>()
    expect(queue.peek()).toBe(undefined)
    for (const item of [undefined, 2]) await queue.put(item)
    expect([queue.peek(), queue.peek(), queue.size]).toEqual([{ value: undefined }, { value: undefined }, 2])
    queue.shutdown({ immediate: true })
    expect(queue.peek()).toBe(undefined)
  })

  test('QU-16 `peek` shows what each kind of queue gives next', async () => {
    const last = new LifoQueue<number>()
    const least = new PriorityQueue<number>({ key: (item) => item })
    for (const item of [2, 1, 3]) await Promise.all([last.put(item), least.put(item)])
    expect([last.peek(), least.peek()]).toEqual([{ value: 3 }, { value: 1 }])
  })

  test.for([NaN, -1, 1.5])('QU-16 `takeUpTo` refuses %d', (count) => {
    const error = thrownAtOnceBy(() => new Queue().takeUpTo(count))
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain('`count` is')
  })
})
