/** Iterating queues, and items that are marked done when their round or block ends. */
import {
  CancelScope,
  ClosedError,
  diagnose,
  hold,
  onLateError,
  Queue,
  sleep,
  StateError,
  TaskGroup,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
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

describe('items in work', () => {
  test('QU-09 are marked done at the end of their round', async () => {
    const queue = await queueOf('a', 'b')
    queue.shutdown()
    const log: unknown[] = []
    for await (using item of queue.items()) log.push([item.value, queue.unfinished])
    expect(log).toEqual([
      ['a', 2],
      ['b', 1],
    ])
    await queue.join()
  })

  test('QU-09 are marked done also when their round fails', async () => {
    const queue = await queueOf('a')
    const error = new Error('round')
    const failing = async (): Promise<void> => {
      for await (using _item of queue.items()) throw error
    }
    expect(await thrownBy(failing)).toBe(error)
    expect(queue.unfinished).toBe(0)
  })

  test('QU-09 are marked done once', async () => {
    const queue = await queueOf('a', 'b')
    const iterator = queue.items()
    const first = (await iterator.next()).value!
    await iterator.next()
    first.done()
    first.done()
    first[Symbol.dispose]()
    expect(queue.unfinished).toBe(1)
  })

  test('QU-09 are marked done when their block ends, however it does', async () => {
    const queue = await queueOf('a', 'b', 'c')
    const error = new Error('block')
    expect(await within(queue.item(), (item) => [item, queue.unfinished])).toEqual(['a', 3])
    expect(
      await thrownBy(() =>
        within(queue.item(), () => {
          throw error
        }),
      ),
    ).toBe(error)
    expect(queue.unfinished).toBe(1)
    {
      await using held = await hold(queue.item())
      expect([held.value, queue.size, queue.unfinished]).toEqual(['c', 0, 1])
    }
    expect(queue.unfinished).toBe(0)
  })

  test('QU-09 are waited for, and a manager that got none can be entered again', async () => {
    const queue = new Queue<string>()
    await within(new TestClock(), async (clock) => {
      const manager = queue.item({ timeout: 10 })
      const entering = thrownBy(() => within(manager, () => {}))
      await clock.advance(10)
      expect(await entering).toMatchObject({ code: 'WITHAL_TIMEOUT' })
      const again = within(manager, (item) => item)
      await queue.put('a')
      expect(await again).toBe('a')
      queue.shutdown()
      expect(await thrownBy(() => within(manager, () => {}))).toBeInstanceOf(ClosedError)
    })
  })

  test('QU-09 a manager holds one item at a time', async () => {
    const queue = await queueOf('a', 'b')
    const manager = queue.item()
    await within(manager, async () => {
      const error = await thrownBy(() => within(manager, () => {}))
      expect(error).toBeInstanceOf(StateError)
      expect(error).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
    })
    expect(queue.unfinished).toBe(1)
  })

  test('QU-09 are done when they are promises that fail, and the block does not begin', async () => {
    const error = new Error('item')
    const queue = await queueOf(Promise.resolve('a'), Promise.reject<string>(error))
    expect(await within(queue.item(), (item) => item)).toBe('a')
    expect(await thrownBy(() => within(queue.item(), () => {}))).toBe(error)
    expect(queue.unfinished).toBe(0)
  })

  test('QU-09 need no word of a native block', async () => {
    const queue = await queueOf('a')
    const heard: unknown[] = []
    const stop = diagnose((diagnostic) => heard.push(diagnostic))
    {
      await using _held = await hold(queue.item())
    }
    stop()
    expect(heard).toEqual([])
  })

  test('QU-03 an item whose block was cancelled in the turn in which it came stays the next one', async () => {
    const queue = new Queue<string>()
    const log: string[] = []
    const scope = new CancelScope()
    const block = within(scope, () => within(queue.item(), (item) => log.push(item)))
    for (const item of ['a', 'b']) queue.tryPut(item)
    scope.cancel()
    await block
    expect([log, queue.unfinished, queue.takeAll()]).toEqual([[], 2, ['a', 'b']])
  })

  test.for([
    ['a handle', (queue: Queue<string>) => hold(queue.item())],
    ['one of several managers', (queue: Queue<string>) => within(new TaskGroup(), queue.item(), () => {})],
  ] as const)('QU-03 an item that %s was cancelled for stays the next one', async ([, take]) => {
    const queue = new Queue<string>()
    const scope = new CancelScope()
    const block = within(scope, async () => void (await take(queue)))
    await settled()
    queue.tryPut('a')
    scope.cancel()
    await block
    expect([queue.unfinished, queue.takeAll()]).toEqual([1, ['a']])
  })

  test('QU-03 an item that goes back goes to who waits', async () => {
    const queue = new Queue<string>()
    const scope = new CancelScope()
    const block = within(scope, () => within(queue.item(), () => {}))
    const waiting = queue.get()
    queue.tryPut('a')
    scope.cancel()
    await block
    expect([await waiting, queue.unfinished]).toEqual(['a', 1])
  })

  test('QU-08 an item that would go back to a queue that was shut down at once is dropped', async () => {
    const queue = new Queue<string>()
    const scope = new CancelScope()
    const block = within(scope, () => within(queue.item(), () => {}))
    queue.tryPut('a')
    scope.cancel()
    queue.shutdown({ immediate: true })
    const joining = queue.join()
    await block
    await joining
    expect(queue.statistics()).toMatchObject({ size: 0, unfinished: 0, dropped: 1 })
  })

  test('QU-09 an item whose block has begun is done, also when that is cancelled', async () => {
    const queue = await queueOf('a')
    const late: unknown[] = []
    const remove = onLateError((error) => (late.push(error), 'handled'))
    await within(new CancelScope(), (scope) =>
      within(queue.item(), async () => {
        scope.cancel()
        await sleep(1)
      }),
    )
    remove()
    expect([queue.unfinished, late]).toEqual([0, []])
  })
})
