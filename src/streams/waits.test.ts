/** What holds for every wait of queues, channels, broadcasts and deferred values: it is a checkpoint, and leaves nothing behind. */
import { getEventListeners } from 'node:events'
import { broadcast, channel, Deferred, Queue, TimeoutError, UsageError, within } from 'withal'
import type { TimedWaitOptions } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { CountingScope } from '../../test/counting-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

/** A wait that cannot end by itself, what ends it, and who is waiting. */
interface Wait {
  begin(options?: TimedWaitOptions): Promise<unknown>
  serve(): unknown
  waiting(): number
}

const waits: Record<string, () => Wait> = {
  'Queue.put': () => {
    const queue = fullQueue()
    return { begin: (options) => queue.put(2, options), serve: () => queue.tryGet(), waiting: () => queue.waiting }
  },
  'Queue.get': () => {
    const queue = new Queue<number>()
    return { begin: (options) => queue.get(options), serve: () => queue.tryPut(1), waiting: () => queue.waiting }
  },
  'Queue.join': () => {
    const queue = fullQueue()
    return {
      begin: (options) => queue.join(options),
      serve: () => queue.shutdown({ immediate: true }),
      waiting: () => queue.statistics().joining,
    }
  },
  'Sender.send': () => {
    const [sender, receiver] = channel<number>()
    return {
      begin: (options) => sender.send(1, options),
      serve: () => receiver.tryReceive(),
      waiting: () => sender.statistics().sending,
    }
  },
  'Receiver.receive': () => {
    const [sender, receiver] = channel<number>()
    return {
      begin: (options) => receiver.receive(options),
      serve: () => sender.trySend(1),
      waiting: () => sender.statistics().receiving,
    }
  },
  'Broadcast.publish': () => {
    const topic = broadcast<number>({ capacity: 1 })
    const subscription = topic.subscribe()
    topic.tryPublish(1)
    return {
      begin: (options) => topic.publish(2, options),
      serve: () => subscription.tryReceive(),
      waiting: () => topic.waiting,
    }
  },
  'Subscription.receive': () => {
    const topic = broadcast<number>()
    const subscription = topic.subscribe()
    return {
      begin: (options) => subscription.receive(options),
      serve: () => topic.tryPublish(1),
      waiting: () => subscription.statistics().receiving,
    }
  },
  'Deferred.wait': () => {
    const deferred = new Deferred<number>()
    return {
      begin: (options) => deferred.wait(options),
      serve: () => deferred.resolve(1),
      waiting: () => deferred.waiting,
    }
  },
}

/** A block that waits: cancelled in the turn in which it is served, it does not begin. */
const blocks: Record<string, () => Wait> = {
  'Queue.item': () => {
    const queue = new Queue<number>()
    return {
      begin: (options) => within(queue.item(options), () => {}),
      serve: () => queue.tryPut(1),
      waiting: () => queue.waiting,
    }
  },
}

/** Waits that take no options: they look at the scope alone. */
const iterations: Record<string, () => Wait> = {
  'iterating a queue': () => {
    const queue = new Queue<number>()
    return {
      begin: () => queue[Symbol.asyncIterator]().next(),
      serve: () => queue.tryPut(1),
      waiting: () => queue.waiting,
    }
  },
  'iterating the items of a queue': () => {
    const queue = new Queue<number>()
    return { begin: () => queue.items().next(), serve: () => queue.tryPut(1), waiting: () => queue.waiting }
  },
  'iterating a receiver': () => {
    const [sender, receiver] = channel<number>()
    return {
      begin: () => receiver[Symbol.asyncIterator]().next(),
      serve: () => sender.trySend(1),
      waiting: () => sender.statistics().receiving,
    }
  },
  'iterating a subscription': () => {
    const topic = broadcast<number>()
    const subscription = topic.subscribe()
    return {
      begin: () => subscription[Symbol.asyncIterator]().next(),
      serve: () => topic.tryPublish(1),
      waiting: () => subscription.statistics().receiving,
    }
  },
}

function fullQueue(): Queue<number> {
  const queue = new Queue<number>({ capacity: 1 })
  queue.tryPut(1)
  return queue
}

describe.each(Object.entries({ ...waits, ...blocks, ...iterations }))('%s', (_, make) => {
  test('CS-26 in a cancelled scope is refused, and does nothing', async () => {
    const { begin, serve, waiting } = make()
    const scope = new CountingScope()
    scope.cancel()
    expect(await thrownBy(() => scope.run(() => begin()))).toBe(scope.cancelled)
    expect([waiting(), scope.counted]).toEqual([0, 0])
    serve()
    expect(await thrownBy(() => scope.run(() => begin()))).toBe(scope.cancelled) // also when it need not wait
  })

  test('CS-26 that is cancelled leaves nothing behind, at once', async () => {
    const { begin, waiting } = make()
    const scope = new CountingScope()
    const met = thrownBy(() => scope.run(() => begin()))
    expect([waiting(), scope.counted]).toEqual([1, 1])
    scope.cancel()
    expect([waiting(), scope.counted]).toEqual([0, 0])
    expect(await met).toBe(scope.cancelled)
  })
})

describe.each(Object.entries({ ...waits, ...iterations }))('%s', (_, make) => {
  test('CS-26 that is served leaves nothing behind, and is not met by a later cancellation', async () => {
    const { begin, serve, waiting } = make()
    const scope = new CountingScope()
    const served = scope.run(() => begin())
    serve()
    expect([waiting(), scope.counted]).toEqual([0, 0])
    scope.cancel()
    await served
  })
})

describe.each(Object.entries({ ...waits, ...blocks }))('%s', (_, make) => {
  test('QU-04 that is aborted, out of time or served leaves no listener and no timer', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const scope = new CountingScope()
    const clock = new TestClock()
    await within(clock, () =>
      scope.run(async () => {
        const served = make()
        const waiting = served.begin({ signal, timeout: 50 })
        served.serve()
        await waiting
        expect([served.waiting(), scope.counted, getEventListeners(signal, 'abort')]).toEqual([0, 0, []])

        const late = make()
        const timedOut = thrownBy(() => late.begin({ signal, timeout: 10 }))
        await clock.advance(10)
        expect(await timedOut).toBeInstanceOf(TimeoutError)
        expect([late.waiting(), scope.counted, getEventListeners(signal, 'abort')]).toEqual([0, 0, []])

        const aborted = make()
        const met = thrownBy(() => aborted.begin({ signal, timeout: 1_000 }))
        expect(getEventListeners(signal, 'abort')).toHaveLength(1)
        controller.abort('enough')
        expect([aborted.waiting(), scope.counted, getEventListeners(signal, 'abort')]).toEqual([0, 0, []])
        expect(await met).toBe('enough')
        expect(await thrownBy(() => make().begin({ signal }))).toBe('enough')
        await clock.advance(2_000)
        expect(clock.timers).toBe(0)
      }),
    )
  })

  test.for([
    ['a timeout that is no number', { timeout: NaN }, '`timeout`'],
    ['a signal that is none', { signal: {} as AbortSignal }, '`signal`'],
  ] as const)('refuses %s', async ([, options, says]) => {
    const { begin, waiting } = make()
    const error = await thrownBy(() => begin(options))
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain(says)
    expect(waiting()).toBe(0)
  })
})
