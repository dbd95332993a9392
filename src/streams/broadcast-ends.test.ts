/** How broadcasts and subscriptions end. */
import { broadcast, BrokenError, ClosedError, onLateError } from 'withal'
import type { Subscription } from 'withal'
import { describe, expect, test } from 'vitest'
import { collectUntil } from '../../test/collect.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

/** All that waits for a subscriber now. */
function waitingFor<T>(subscription: Subscription<T>): T[] {
  const items: T[] = []
  for (let next = subscription.tryReceive(); next !== undefined; next = subscription.tryReceive())
    items.push(next.value)
  return items
}

describe('a broadcast that was closed', () => {
  test('QU-17 takes nothing more, and gives what waits', async () => {
    const topic = broadcast<number>({ capacity: 1 })
    using subscription = topic.subscribe()
    await topic.publish(1)
    const publishing = thrownBy(() => topic.publish(2))
    topic.close()
    topic.close()
    expect([topic.closed, await publishing]).toEqual([true, expect.any(ClosedError)])
    expect(await thrownBy(() => topic.publish(3))).toBeInstanceOf(ClosedError)
    for (const use of [() => topic.tryPublish(3), () => topic.subscribe()])
      expect(thrownAtOnceBy(use)).toBeInstanceOf(ClosedError)
    expect(await subscription.receive()).toBe(1)
    expect(await thrownBy(() => subscription.receive())).toBeInstanceOf(ClosedError)
    expect(thrownAtOnceBy(() => subscription.tryReceive())).toBeInstanceOf(ClosedError)
  })

  test('QU-17 wakes who waits to receive', async () => {
    const topic = broadcast<number>()
    using subscription = topic.subscribe()
    const receiving = thrownBy(() => subscription.receive())
    topic.close()
    expect(await receiving).toBeInstanceOf(ClosedError)
  })

  test('QU-17 is closed by `using`', async () => {
    const first = broadcast<number>()
    const second = broadcast<number>()
    {
      using _topic = first
      await using _other = second
    }
    expect([first.closed, second.closed]).toEqual([true, true])
  })
})

describe('a subscription that was closed', () => {
  test('QU-17 drops what waits, and cannot be used', async () => {
    const topic = broadcast<number>()
    const subscription = topic.subscribe()
    using other = topic.subscribe()
    await topic.publish(1)
    subscription.close()
    subscription.close()
    expect(subscription.statistics()).toEqual({ size: 0, capacity: Infinity, receiving: 0, dropped: 1, closed: true })
    for (const use of [() => subscription.receive(), () => subscription[Symbol.asyncIterator]().next()])
      expect(await thrownBy(use)).toBeInstanceOf(ClosedError)
    expect(thrownAtOnceBy(() => subscription.tryReceive())).toBeInstanceOf(ClosedError)
    expect([topic.subscribers, waitingFor(other)]).toEqual([1, [1]])
  })

  test('QU-17 wakes who waits on it', async () => {
    const topic = broadcast<number>()
    const subscription = topic.subscribe()
    const receiving = thrownBy(() => subscription.receive())
    const iterating = thrownBy(() => subscription[Symbol.asyncIterator]().next())
    subscription.close()
    for (const error of await Promise.all([receiving, iterating]))
      expect(String(error)).toContain('the subscription to the broadcast has been closed.')
  })
})

describe('a broadcast that has failed', () => {
  const failure = new Error('the source is gone')

  test('QU-14 gives what waits, and then throws the error at every subscriber', async () => {
    const topic = broadcast<number>()
    using first = topic.subscribe()
    using second = topic.subscribe()
    using empty = topic.subscribe()
    await topic.publish(1)
    waitingFor(empty)
    const receiving = thrownBy(() => empty.receive())
    expect([topic.fail(failure), topic.fail(failure), await receiving]).toEqual([true, false, failure])
    for (const subscription of [first, second]) {
      expect(await subscription.receive()).toBe(1)
      expect(await thrownBy(() => subscription.receive())).toBe(failure)
    }
  })

  test('QU-14 refuses who publishes or subscribes, with the error as cause', async () => {
    const topic = broadcast<number>({ capacity: 1 })
    using subscription = topic.subscribe()
    await topic.publish(1)
    const publishing = thrownBy(() => topic.publish(2))
    topic.fail(failure)
    const errors = [await publishing, await thrownBy(() => topic.publish(3)), thrownAtOnceBy(() => topic.subscribe())]
    for (const error of errors) {
      expect(error).toBeInstanceOf(BrokenError)
      expect(error).toMatchObject({ cause: failure })
    }
    await subscription.receive()
    await thrownBy(() => subscription.receive())
  })

  test('QU-14 whose error nobody ever receives hands it to `onLateError`', async () => {
    const late: unknown[] = []
    const remove = onLateError((error, info) => (late.push([error, info]), 'handled'))
    failAlone(failure)
    await collectUntil(() => late.length > 0)
    remove()
    expect(late).toEqual([[failure, { source: 'broadcast', name: 'the broadcast "prices"' }]])
  })

  function failAlone(error: Error): void {
    const topic = broadcast<number>({ name: 'prices' })
    topic.subscribe()
    topic.fail(error)
  }
})
