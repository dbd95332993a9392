/** Items that are marked done when their round or block ends. */
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
