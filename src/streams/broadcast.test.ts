import { broadcast, CancelScope, FullError, hold, TaskGroup, UsageError, within, withinSync } from 'withal'
import type { Subscription } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

/** All that waits for a subscriber now. */
function waitingFor<T>(subscription: Subscription<T>): T[] {
  const items: T[] = []
  for (let next = subscription.tryReceive(); next !== undefined; next = subscription.tryReceive())
    items.push(next.value)
  return items
}

describe('a broadcast', () => {
  test('QU-17 gives everything to every subscriber, from its subscription on', async () => {
    const topic = broadcast<number>()
    using early = topic.subscribe()
    await topic.publish(1)
    using late = topic.subscribe()
    await topic.publish(2)
    expect([waitingFor(early), waitingFor(late), topic.subscribers]).toEqual([[1, 2], [2], 2])
  })

  test('QU-17 hands an item to those who wait for one', async () => {
    const topic = broadcast<number>()
    using first = topic.subscribe()
    using second = topic.subscribe()
    const receiving = [first.receive(), second.receive()]
    await topic.publish(1)
    expect(await Promise.all(receiving)).toEqual([1, 1])
  })

  test('QU-17 without subscribers forgets what is published', async () => {
    const topic = broadcast<number>({ capacity: 1 })
    for (const item of [1, 2]) await topic.publish(item)
    using subscription = topic.subscribe()
    expect([topic.tryPublish(3), waitingFor(subscription)]).toEqual([true, [3]])
  })

  test('QU-17 waits until all have room, and gives an item to all of them at once', async () => {
    const topic = broadcast<number>({ capacity: 1 })
    using quick = topic.subscribe()
    using slow = topic.subscribe()
    await topic.publish(1)
    expect(waitingFor(quick)).toEqual([1])
    const publishing = topic.publish(2)
    expect([topic.tryPublish(3), topic.waiting, quick.size, slow.size]).toEqual([false, 1, 0, 1])
    expect(await slow.receive()).toBe(1)
    await publishing
    expect([waitingFor(quick), waitingFor(slow)]).toEqual([[2], [2]])
  })

  test('QU-17 QU-01 lets those publish who wait in the order in which they came', async () => {
    const topic = broadcast<number>({ capacity: 1 })
    using subscription = topic.subscribe()
    const publishing = [1, 2, 3].map((item) => topic.publish(item))
    const received: number[] = []
    for (let time = 0; time < 3; time++) received.push(await subscription.receive())
    await Promise.all(publishing)
    expect(received).toEqual([1, 2, 3])
  })

  test('QU-17 does not wait for who leaves', async () => {
    const topic = broadcast<number>({ capacity: 1 })
    using quick = topic.subscribe()
    const slow = topic.subscribe()
    await topic.publish(1)
    const publishing = topic.publish(2)
    waitingFor(quick)
    slow.close()
    await publishing
    expect([waitingFor(quick), topic.statistics()]).toEqual([[2], { subscribers: 1, publishing: 0, closed: false }])
  })

  test('QU-17 QU-03 gives nobody an item whose publishing was cancelled, or out of time', async () => {
    const topic = broadcast<number>({ capacity: 1, name: 'prices' })
    using subscription = topic.subscribe()
    await topic.publish(1)
    const scope = new CancelScope()
    const cancelled = within(scope, () => topic.publish(2))
    scope.cancel()
    await cancelled
    await within(new TestClock(), async (clock) => {
      const publishing = thrownBy(() => topic.publish(3, { timeout: 10 }))
      await clock.advance(10)
      expect(await publishing).toMatchObject({
        message: 'the broadcast "prices" had no room within 10 ms: 1 of 1 subscribers are full, 1 waiting to publish.',
      })
    })
    expect([topic.waiting, waitingFor(subscription)]).toEqual([0, [1]])
  })

  test('QU-17 lets each subscriber choose its buffer and its strategy', async () => {
    const topic = broadcast<number>({ capacity: 2, overflow: 'dropNewest' })
    using usual = topic.subscribe()
    using latest = topic.subscribe({ capacity: 1, overflow: 'dropOldest' })
    using all = topic.subscribe({ capacity: Infinity })
    for (const item of [1, 2, 3]) await topic.publish(item)
    expect([usual.statistics().dropped, latest.statistics().dropped, all.statistics().dropped]).toEqual([1, 2, 0])
    expect([waitingFor(usual), waitingFor(latest), waitingFor(all)]).toEqual([[1, 2], [3], [1, 2, 3]])
  })

  test('QU-17 fails for all when one who asks for an error has no room, and gives nobody the item', async () => {
    const topic = broadcast<number>({ capacity: 1 })
    using patient = topic.subscribe({ capacity: 2 })
    using strict = topic.subscribe({ overflow: 'error' })
    await topic.publish(1)
    expect(await thrownBy(() => topic.publish(2))).toBeInstanceOf(FullError)
    expect([topic.tryPublish(3), waitingFor(patient), waitingFor(strict)]).toEqual([false, [1], [1]])
  })

  test('QU-17 fails when one who asks for an error has no room at last', async () => {
    const topic = broadcast<number>({ capacity: 1 })
    using patient = topic.subscribe()
    await topic.publish(1)
    const first = topic.publish(2)
    using strict = topic.subscribe({ overflow: 'error' })
    const second = thrownBy(() => topic.publish(3))
    expect(await patient.receive()).toBe(1)
    await first
    expect(await patient.receive()).toBe(2)
    expect(await second).toBeInstanceOf(FullError)
    expect(waitingFor(strict)).toEqual([2])
  })

  test('QU-17 to who holds nothing gives an item only while he waits for it', async () => {
    const topic = broadcast<number>()
    using meeting = topic.subscribe({ capacity: 0 })
    using momentary = topic.subscribe({ capacity: 0, overflow: 'dropNewest' })
    const publishing = topic.publish(1)
    expect(topic.waiting).toBe(1)
    expect(await meeting.receive()).toBe(1)
    await publishing
    expect([waitingFor(momentary), momentary.statistics().dropped]).toEqual([[], 1])
  })

  test('QU-17 has subscriptions that are closed by `using` and by `within`', async () => {
    const topic = broadcast<number>()
    {
      using _first = topic.subscribe()
      await using _second = topic.subscribe()
      expect(topic.subscribers).toBe(2)
    }
    await within(topic.subscription({ capacity: 1 }), async (subscription) => {
      await topic.publish(1)
      expect([topic.subscribers, await subscription.receive()]).toEqual([1, 1])
    })
    withinSync(topic.subscription(), () => expect(topic.subscribers).toBe(1))
    {
      await using held = await hold(topic.subscription())
      expect([topic.subscribers, held.value.size]).toEqual([1, 0])
    }
    expect(topic.subscribers).toBe(0)
  })

  test('QU-17 has managers that subscribe when they are entered, one block at a time', async () => {
    const topic = broadcast<number>()
    const manager = topic.subscription()
    expect(topic.subscribers).toBe(0)
    await within(manager, async () => {
      expect(await thrownBy(() => within(manager, () => {}))).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
    })
    withinSync(manager, (subscription) => expect(subscription.closed).toBe(false))
    expect(topic.subscribers).toBe(0)
  })

  test('QU-17 is iterated by each subscriber until it is closed', async () => {
    const topic = broadcast<number>()
    const received: string[] = []
    await within(new TaskGroup(), async (group) => {
      for (const name of ['a', 'b']) {
        const subscription = topic.subscribe()
        group.spawn(() =>
          within(subscription, async () => {
            for await (const item of subscription) received.push(`${name}${item}`)
          }),
        )
      }
      for (const item of [1, 2]) {
        await topic.publish(item)
        await settled()
      }
      topic.close()
    })
    expect(received).toEqual(['a1', 'b1', 'a2', 'b2'])
  })

  test.for([
    ['a capacity', { capacity: -1 }],
    ['an overflow', { overflow: 'drop' as 'wait' }],
  ] as const)('QU-17 refuses %s that makes no sense', ([, options]) => {
    for (const make of [
      () => broadcast(options),
      () => broadcast().subscribe(options),
      () => broadcast().subscription(options),
    ])
      expect(thrownAtOnceBy(make)).toBeInstanceOf(UsageError)
  })
})
