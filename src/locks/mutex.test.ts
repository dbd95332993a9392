import { getEventListeners } from 'node:events'
import {
  AsyncExitStack,
  CancelScope,
  ClosedError,
  gather,
  hold,
  Mutex,
  sleep,
  StateError,
  TaskGroup,
  TimeoutError,
  UsageError,
  within,
  withinSync,
} from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('a mutex', () => {
  test('LK-01 that is free is taken at once', async () => {
    const mutex = new Mutex()
    expect(mutex.locked).toBe(false)
    const permit = await mutex.acquire()
    expect(mutex.locked).toBe(true)
    permit.release()
    expect(mutex.locked).toBe(false)
  })

  test('LK-01 that is held is handed on in the order of asking, with no moment in which it is free', async () => {
    const mutex = new Mutex()
    const first = await mutex.acquire()
    const order: number[] = []
    const others = [1, 2, 3].map(async (number) => {
      using _permit = await mutex.acquire()
      order.push(number)
    })
    expect(mutex.waiting).toBe(3)
    first.release()
    expect(mutex.locked).toBe(true)
    await Promise.all(others)
    expect(order).toEqual([1, 2, 3])
    expect(mutex.locked).toBe(false)
  })

  test('LK-02 is given back once by a permit, however often that is released', async () => {
    const mutex = new Mutex()
    const first = await mutex.acquire()
    first.release()
    const second = await mutex.acquire()
    first.release()
    first[Symbol.dispose]()
    await first[Symbol.asyncDispose]()
    expect(mutex.locked).toBe(true)
    expect([first.released, second.released]).toEqual([true, false])
    second.release()
  })

  test('LK-02 is given back at the end of a `using` and of an `await using` block', async () => {
    const mutex = new Mutex()
    {
      using _permit = await mutex.acquire()
      expect(mutex.locked).toBe(true)
    }
    expect(mutex.locked).toBe(false)
    {
      await using _permit = await mutex.acquire()
      expect(mutex.locked).toBe(true)
    }
    expect(mutex.locked).toBe(false)
  })

  test('LK-02 is held round the body of `within`, also when that fails', async () => {
    const mutex = new Mutex()
    const error = new Error('body')
    expect(await within(mutex, () => mutex.locked)).toBe(true)
    expect(
      await thrownBy(() =>
        within(mutex, () => {
          throw error
        }),
      ),
    ).toBe(error)
    expect(mutex.locked).toBe(false)
  })

  test('LK-02 runs a function exclusively, and is free again when that fails', async () => {
    const mutex = new Mutex()
    const error = new Error('fn')
    expect(await mutex.runExclusive(() => mutex.locked)).toBe(true)
    expect(
      await thrownBy(() =>
        mutex.runExclusive(() => {
          throw error
        }),
      ),
    ).toBe(error)
    expect(mutex.locked).toBe(false)
  })

  test('LK-02 can be entered again before the block before has ended: it waits', async () => {
    const mutex = new Mutex()
    const log: string[] = []
    const block = (name: string): Promise<void> =>
      within(mutex, async () => {
        log.push(`${name} begins`)
        await Promise.resolve()
        log.push(`${name} ends`)
      })
    await Promise.all([block('a'), block('b')])
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  })

  test('LK-02 is held by a handle, and goes on a stack', async () => {
    const mutex = new Mutex()
    {
      await using handle = await hold(mutex)
      expect([handle.value, mutex.locked]).toEqual([undefined, true])
    }
    const stack = new AsyncExitStack()
    await stack.enter(mutex)
    expect(mutex.locked).toBe(true)
    await stack.close()
    expect(mutex.locked).toBe(false)
  })

  test('rule C a permit is a handle: within, withinSync and stacks give it back, and a second entering is refused', async () => {
    const mutex = new Mutex()
    const permit = await mutex.acquire()
    await within(permit, () => expect(mutex.locked).toBe(true))
    expect(mutex.locked).toBe(false)
    expect(await thrownBy(() => within(permit, () => {}))).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
    withinSync(mutex.tryAcquire()!, () => expect(mutex.locked).toBe(true))
    await within(mutex.acquire({ timeout: 10 }), () => expect(mutex.locked).toBe(true))
    expect(mutex.locked).toBe(false)
  })

  test('LK-03 a waiter that is cancelled leaves the queue, and disturbs nobody', async () => {
    const mutex = new Mutex()
    const held = await mutex.acquire()
    const scope = new CancelScope()
    const cancelled = within(scope, () => mutex.acquire())
    const patient = mutex.acquire()
    expect(mutex.waiting).toBe(2)
    scope.cancel()
    expect(mutex.waiting).toBe(1)
    expect(await cancelled).toBe(undefined)
    held.release()
    ;(await patient).release()
    expect(mutex.statistics()).toEqual({ locked: false, waiting: 0 })
  })

  test('LK-03 a waiter that is cancelled in the turn of the hand-off has the lock, and meets the cancellation at its next wait', async () => {
    const mutex = new Mutex()
    const held = await mutex.acquire()
    const met = await within(new CancelScope(), async (scope) => {
      const waiting = mutex.acquire()
      held.release()
      scope.cancel()
      using permit = await waiting
      expect([permit.released, mutex.locked]).toEqual([false, true])
      return await thrownBy(() => sleep(1))
    })
    expect(met).toMatchObject({ code: 'ABORT_ERR' })
    expect(mutex.locked).toBe(false)
  })

  test('LK-03 a block whose waiting was cancelled in the turn of the hand-off gives the lock on, and does not begin', async () => {
    const mutex = new Mutex()
    const held = await mutex.acquire()
    const log: string[] = []
    const scope = new CancelScope()
    const block = within(scope, () => within(mutex, () => log.push('ran')))
    const next = mutex.acquire()
    held.release()
    scope.cancel()
    await block
    ;(await next).release()
    expect(log).toEqual([])
    expect(mutex.locked).toBe(false)
  })

  test('LK-04 a lock that has been handed to a waiter cannot be taken in between', async () => {
    const mutex = new Mutex()
    const held = await mutex.acquire()
    const waiting = mutex.acquire()
    held.release()
    expect(mutex.tryAcquire()).toBe(undefined)
    const barging = mutex.acquire()
    ;(await waiting).release()
    ;(await barging).release()
  })

  test('LK-05 `tryAcquire` gives a permit or nothing, and never waits', () => {
    const mutex = new Mutex()
    const permit = mutex.tryAcquire()
    expect(permit?.count).toBe(1)
    expect(mutex.tryAcquire()).toBe(undefined)
    expect(mutex.waiting).toBe(0)
    permit?.release()
  })

  test('LK-22 can be made anywhere, used from any scope, and asked for its state', async () => {
    const mutex = new Mutex({ name: 'orders' })
    await within(new TaskGroup(), (group) => {
      for (let i = 0; i < 3; i++) group.spawn(() => within(mutex, () => sleep(0)))
    })
    await within(new CancelScope(), () => within(mutex, () => expect(mutex.statistics().locked).toBe(true)))
    expect(mutex.statistics()).toEqual({ locked: false, waiting: 0 })
  })
})

describe('waiting for a mutex', () => {
  test('CS-26 in a cancelled scope is refused, although it is free', async () => {
    const mutex = new Mutex()
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      expect(await thrownBy(() => mutex.acquire())).toBe(scope.signal.reason)
      expect(await thrownBy(() => mutex.runExclusive(() => {}))).toBe(scope.signal.reason)
    })
    expect(mutex.locked).toBe(false)
  })

  test('ends at its time, says why, and leaves the queue', async () => {
    const mutex = new Mutex({ name: 'orders' })
    await within(new TestClock(), async (clock) => {
      using _held = await mutex.acquire()
      const waiting = thrownBy(() => mutex.acquire({ timeout: 250 }))
      await clock.advance(249)
      expect(mutex.waiting).toBe(1)
      await clock.advance(1)
      const error = await waiting
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error).toMatchObject({
        allowed: 250,
        message: 'the mutex "orders" was not free within 250 ms: 1 of 1 in use, 1 waiting.',
      })
      expect(mutex.waiting).toBe(0)
    })
  })

  test.for([0, -1])('with a timeout of %d tries once', async (timeout) => {
    const mutex = new Mutex()
    using _held = await mutex.acquire({ timeout })
    expect(await thrownBy(() => mutex.acquire({ timeout }))).toBeInstanceOf(TimeoutError)
    expect(mutex.waiting).toBe(0)
  })

  test('with an infinite timeout has no limit, and leaves no timer when it is served', async () => {
    const mutex = new Mutex()
    await within(new TestClock(), async (clock) => {
      const held = await mutex.acquire()
      const waiting = mutex.acquire({ timeout: Infinity })
      const limited = mutex.acquire({ timeout: 50 })
      await clock.advance(10)
      held.release()
      ;(await waiting).release()
      ;(await limited).release()
      await clock.advance(100)
      expect(mutex.statistics()).toEqual({ locked: false, waiting: 0 })
    })
  })

  test('ends with the reason of a signal, and leaves no listener in any case', async () => {
    const mutex = new Mutex()
    const controller = new AbortController()
    const { signal } = controller
    const held = await mutex.acquire({ signal })
    const served = mutex.acquire({ signal })
    held.release()
    const again = await served
    const aborted = thrownBy(() => mutex.acquire({ signal, timeout: 1_000 }))
    controller.abort('enough')
    expect([await aborted, mutex.waiting]).toEqual(['enough', 0])
    again.release()
    expect(await thrownBy(() => mutex.acquire({ signal }))).toBe('enough')
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test.for([
    ['a timeout that is no number', { timeout: NaN }, '`timeout`'],
    ['a signal that is none', { signal: {} as AbortSignal }, '`signal`'],
  ] as const)('refuses %s', async ([, options, says]) => {
    const mutex = new Mutex()
    const error = await thrownBy(() => mutex.acquire(options))
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain(says)
    expect(mutex.locked).toBe(false)
  })

  test('of many, of whom many are cancelled, takes no more than linear time and keeps the order', async () => {
    const mutex = new Mutex()
    const held = await mutex.acquire()
    const scope = new CancelScope()
    const order: number[] = []
    const leaving = within(scope, () => gather(Array.from({ length: 20_000 }, () => () => mutex.acquire())))
    const staying = Array.from({ length: 20_000 }, async (_, number) => {
      using _permit = await mutex.acquire()
      order.push(number)
    })
    scope.cancel()
    await leaving
    held.release()
    await Promise.all(staying)
    expect(order).toEqual(Array.from({ length: 20_000 }, (_, number) => number))
  })
})

test('what is given back without having been taken is an error that changes nothing', () => {
  const mutex = new Mutex({ name: 'orders' })
  const error = thrownAtOnceBy(() => mutex['~exitAsync']())
  expect(error).toBeInstanceOf(StateError)
  expect(error).toMatchObject({ code: 'WITHAL_RELEASED_TOO_OFTEN' })
  expect(error).not.toBeInstanceOf(ClosedError)
  expect(mutex.locked).toBe(false)
})
