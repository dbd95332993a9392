/** Work that is marked done, and waiting until all of it is. */
import { CancelScope, Queue, StateError, TimeoutError, UsageError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('joining a queue', () => {
  test('QU-06 that is empty ends at once', async () => {
    await new Queue<number>().join()
  })

  test('QU-06 waits until every item has been got and marked done', async () => {
    const queue = new Queue<number>()
    for (const item of [1, 2]) await queue.put(item)
    const log: string[] = []
    const joining = [1, 2].map((joiner) => queue.join().then(() => log.push(`joined ${joiner}`)))
    await queue.get()
    queue.done()
    await queue.get()
    await settled()
    expect([log, queue.size, queue.unfinished, queue.statistics().joining]).toEqual([[], 0, 1, 2])
    queue.done()
    await Promise.all(joining)
    expect([log, queue.unfinished]).toEqual([['joined 1', 'joined 2'], 0])
  })

  test('QU-06 waits for an item that was handed to who waited for it', async () => {
    const queue = new Queue<number>()
    const getting = queue.get()
    await queue.put(1)
    expect(queue.unfinished).toBe(1)
    const joining = queue.join()
    await getting
    queue.done()
    await joining
  })

  test('QU-06 ends when all was done for a moment, also if more is put in the same turn', async () => {
    const queue = new Queue<number>()
    await queue.put(1)
    const joining = queue.join()
    await queue.get()
    queue.done()
    queue.tryPut(2)
    await joining
    expect(queue.unfinished).toBe(1)
  })

  test('QU-06 counts what `tryGet`, `takeUpTo` and `takeAll` give', async () => {
    const queue = new Queue<number>()
    for (const item of [1, 2, 3, 4]) await queue.put(item)
    queue.tryGet()
    queue.takeUpTo(1)
    queue.takeAll()
    expect([queue.size, queue.unfinished]).toEqual([0, 4])
    const joining = queue.join()
    queue.done(3)
    queue.done()
    await joining
  })

  test('QU-06 can be cancelled, and has a limit', async () => {
    const queue = new Queue<number>({ name: 'orders' })
    await queue.put(1)
    await within(new CancelScope(), async (scope) => {
      const joining = thrownBy(() => queue.join())
      scope.cancel()
      expect(await joining).toBe(scope.signal.reason)
    })
    await within(new TestClock(), async (clock) => {
      const joining = thrownBy(() => queue.join({ timeout: 10 }))
      await clock.advance(10)
      const error = await joining
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error).toMatchObject({
        message: 'the queue "orders" was not done within 10 ms: it holds 1, and 0 got from it are not marked done.',
      })
    })
    expect(queue.statistics().joining).toBe(0)
  })

  test('QU-06 is a checkpoint, also where there is nothing to wait for', async () => {
    const queue = new Queue<number>()
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      expect(await thrownBy(() => queue.join())).toBe(scope.signal.reason)
    })
  })
})

describe('marking items done', () => {
  test.for([
    ['nothing was put', (): Queue<number> => new Queue()],
    [
      'nothing was got',
      (): Queue<number> => {
        const queue = new Queue<number>()
        queue.tryPut(1)
        return queue
      },
    ],
    [
      'all was marked done',
      (): Queue<number> => {
        const queue = new Queue<number>()
        queue.tryPut(1)
        queue.tryGet()
        queue.done()
        return queue
      },
    ],
  ] as const)('QU-06 is an error when %s', ([, make]) => {
    const queue = make()
    const before = queue.statistics()
    const error = thrownAtOnceBy(() => queue.done())
    expect(error).toBeInstanceOf(StateError)
    expect(error).toMatchObject({ code: 'WITHAL_DONE_TOO_OFTEN' })
    expect(queue.statistics()).toEqual(before)
  })

  test('QU-06 for more than are in work is an error that changes nothing', () => {
    const queue = new Queue<number>({ name: 'orders' })
    queue.tryPut(1)
    queue.tryGet()
    expect(thrownAtOnceBy(() => queue.done(2))).toMatchObject({
      message:
        '`done` was called for 2 items of the queue "orders", of which 1 are in work. Call it once for each item that was got.',
    })
    expect(queue.unfinished).toBe(1)
  })

  test('QU-06 takes a number of items', () => {
    expect(thrownAtOnceBy(() => new Queue().done(1.5))).toBeInstanceOf(UsageError)
  })
})
