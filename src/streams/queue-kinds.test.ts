/** The kinds of queue that give something else than what was put first. */
import { LifoQueue, PriorityQueue, Queue, UsageError } from 'withal'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

interface Job {
  readonly name: string
  readonly due: number
}

/** Everything a queue holds, in the order in which it gives it. */
async function all<T>(queue: Queue<T>): Promise<unknown[]> {
  const items: unknown[] = []
  while (queue.size > 0) items.push(await queue.get())
  return items
}

describe('a LIFO queue', () => {
  test('QU-05 gives what was put last', async () => {
    const queue = new LifoQueue<number>()
    for (const item of [1, 2, 3]) await queue.put(item)
    expect(await queue.get()).toBe(3)
    await queue.put(4)
    expect(await all(queue)).toEqual([4, 2, 1])
  })

  test('QU-05 serves those who wait in the order in which they came', async () => {
    const queue = new LifoQueue<string>({ capacity: 1 })
    const got = [queue.get(), queue.get()]
    for (const item of ['a', 'b']) await queue.put(item)
    expect(await Promise.all(got)).toEqual(['a', 'b'])
    const put = ['c', 'd', 'e'].map((item) => queue.put(item))
    expect(await all(queue)).toEqual(['c', 'd', 'e'])
    await Promise.all(put)
  })

  test('QU-05 is a queue', () => {
    const queue: Queue<number> = new LifoQueue<number>({ capacity: 3, name: 'undo' })
    expect(queue).toBeInstanceOf(Queue)
    expect(queue.capacity).toBe(3)
  })
})

describe('a priority queue', () => {
  test('QU-05 gives the item with the least key', async () => {
    const queue = new PriorityQueue<number>({ key: (item) => item })
    for (const item of [5, 1, 4, 2, 3]) await queue.put(item)
    expect(await all(queue)).toEqual([1, 2, 3, 4, 5])
  })

  test.for([
    ['texts', ['b', 'a', 'c'], ['a', 'b', 'c']],
    ['bigints', [2n, 1n, 3n], [1n, 2n, 3n]],
    ['infinities', [Infinity, 0, -Infinity], [-Infinity, 0, Infinity]],
  ] as const)('QU-05 takes %s as keys', async ([, given, expected]) => {
    const queue = new PriorityQueue<string | number | bigint>({ key: (item) => item })
    for (const item of given) await queue.put(item)
    expect(await all(queue)).toEqual(expected)
  })

  test('QU-05 gives the item that comes first when compared', async () => {
    const queue = new PriorityQueue<Job>({ compare: (a, b) => b.due - a.due })
    for (const due of [1, 3, 2]) await queue.put({ name: `at ${due}`, due })
    expect(await all(queue)).toMatchObject([{ due: 3 }, { due: 2 }, { due: 1 }])
  })

  test.for([
    ['key', new PriorityQueue<Job>({ key: (job) => job.due })],
    ['compare', new PriorityQueue<Job>({ compare: (a, b) => a.due - b.due })],
    ['a compare that gives NaN', new PriorityQueue<Job>({ compare: () => NaN })],
  ] as const)('QU-05 gives equals in the order in which they were put, by %s', async ([, queue]) => {
    const jobs = Array.from({ length: 100 }, (_, number) => ({ name: `job ${number}`, due: 1 }))
    for (const job of jobs) await queue.put(job)
    expect(await all(queue)).toEqual(jobs)
  })

  test('QU-05 lets in those who wait in the order in which they came, whatever they bring', async () => {
    const queue = new PriorityQueue<number>({ key: (item) => item, capacity: 1 })
    const put = [9, 8, 1].map((item) => queue.put(item))
    expect([await queue.get(), await queue.get(), await queue.get()]).toEqual([9, 8, 1])
    await Promise.all(put)
  })

  test('QU-05 asks for a key once for each item that it stores', async () => {
    const asked: number[] = []
    const queue = new PriorityQueue<number>({ key: (item) => (asked.push(item), item) })
    for (const item of [3, 1, 2]) await queue.put(item)
    await all(queue)
    expect(asked).toEqual([3, 1, 2])
  })

  test('QU-05 is as it was when a key cannot be made', async () => {
    const error = new Error('no key')
    const queue = new PriorityQueue<number>({
      key: (item: number): number => {
        if (item === 13) throw error
        return item
      },
    })
    await queue.put(1)
    expect(await thrownBy(() => queue.put(13))).toBe(error)
    expect(thrownAtOnceBy(() => queue.tryPut(13))).toBe(error)
    expect([queue.size, await queue.get()]).toEqual([1, 1])
  })

  test('QU-05 is as it was when items cannot be compared', async () => {
    const error = new Error('cannot be compared')
    let fails = false
    const queue = new PriorityQueue<number>({
      compare: (a, b) => {
        if (fails) throw error
        return a - b
      },
    })
    for (const item of [4, 3, 2, 1]) await queue.put(item)
    fails = true
    expect(await thrownBy(() => queue.put(0))).toBe(error)
    expect(await thrownBy(() => queue.get())).toBe(error)
    expect(await thrownBy(() => queue[Symbol.asyncIterator]().next())).toBe(error)
    expect(thrownAtOnceBy(() => queue.tryGet())).toBe(error)
    fails = false
    expect(await all(queue)).toEqual([1, 2, 3, 4])
  })

  test('QU-05 tells who waits to put, and not who gets, that his item cannot be compared', async () => {
    const error = new Error('no key')
    const queue = new PriorityQueue<number>({
      capacity: 1,
      key: (item: number): number => {
        if (item === 13) throw error
        return item
      },
    })
    await queue.put(1)
    const unlucky = thrownBy(() => queue.put(13))
    const next = queue.put(2)
    expect(await queue.get()).toBe(1)
    expect(await unlucky).toBe(error)
    await next
    expect(await all(queue)).toEqual([2])
  })

  test.for<[string, object, string]>([
    ['neither key nor compare', {}, 'neither `key` nor `compare`'],
    ['both of them', { key: () => 1, compare: () => 1 }, 'both `key` and `compare`'],
    ['a key that is no function', { key: 'due' }, '`key` of a PriorityQueue is not a function'],
    ['a compare that is no function', { compare: true }, '`compare` of a PriorityQueue is not a function'],
    ['a capacity that makes no sense', { key: () => 1, capacity: -1 }, '`capacity` is -1'],
  ])('QU-05 refuses %s', ([, options, says]) => {
    const error = thrownAtOnceBy(() => new PriorityQueue<number>(options as never))
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain(says)
  })

  test.for([NaN, undefined, {}] as const)('QU-05 refuses %s for a key', async (key) => {
    const queue = new PriorityQueue<number>({ key: () => key as number })
    const error = await thrownBy(() => queue.put(1))
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain('`key` of a PriorityQueue gave')
    expect(queue.size).toBe(0)
  })
})
