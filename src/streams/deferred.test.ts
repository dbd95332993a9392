import { setImmediate } from 'node:timers/promises'
import { CancelScope, Cancelled, Deferred, onLateError, sleep, TaskCancelledError, TimeoutError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { collectUntil } from '../../test/collect.ts'
import { thrownBy } from '../../test/thrown.ts'

describe('a deferred value', () => {
  test('QU-19 is given to all who wait for it, before and after', async () => {
    const deferred = new Deferred<number>()
    const before = [deferred.wait(), deferred.wait()]
    expect([deferred.state, deferred.settled, deferred.waiting]).toEqual(['pending', false, 2])
    expect(deferred.resolve(1)).toBe(true)
    expect([deferred.state, deferred.settled, deferred.waiting]).toEqual(['resolved', true, 0])
    expect([...(await Promise.all(before)), await deferred.wait()]).toEqual([1, 1, 1])
  })

  test('QU-19 that is rejected throws at all who wait for it, before and after', async () => {
    const deferred = new Deferred<number>()
    const error = new Error('no value')
    const before = [1, 2].map(() => thrownBy(() => deferred.wait()))
    expect([deferred.reject(error), deferred.state]).toEqual([true, 'rejected'])
    expect([...(await Promise.all(before)), await thrownBy(() => deferred.wait())]).toEqual([error, error, error])
  })

  test('QU-19 that is cancelled tells all who wait for it, before and after', async () => {
    const deferred = new Deferred<number>({ name: 'answer' })
    const before = thrownBy(() => deferred.wait())
    expect([deferred.cancel('not needed'), deferred.state]).toEqual([true, 'cancelled'])
    const errors = [await before, await thrownBy(() => deferred.wait())]
    for (const error of errors) {
      expect(error).toBeInstanceOf(TaskCancelledError)
      expect(error).toMatchObject({
        message: 'the deferred value "answer" was cancelled.',
        cause: { reason: 'not needed' },
      })
      expect((error as Error).cause).toBeInstanceOf(Cancelled)
    }
    expect(errors[0]).not.toBe(errors[1]) // each tells where it was thrown
  })

  test.for([
    ['resolved', (deferred: Deferred<number>) => deferred.resolve(1)],
    ['rejected', (deferred: Deferred<number>) => deferred.reject(new Error('no value'))],
    ['cancelled', (deferred: Deferred<number>) => deferred.cancel()],
  ] as const)('QU-19 that was %s stays so, and tells who comes later', async ([state, settle]) => {
    const deferred = new Deferred<number>()
    expect(settle(deferred)).toBe(true)
    expect([deferred.resolve(2), deferred.reject(new Error('later')), deferred.cancel()]).toEqual([false, false, false])
    expect(deferred.state).toBe(state)
    await deferred.wait().catch(() => {})
  })

  test('QU-19 is not disturbed by a waiter that is cancelled', async () => {
    const deferred = new Deferred<number>()
    const scope = new CancelScope()
    const cancelled = within(scope, () => deferred.wait())
    const patient = deferred.wait()
    scope.cancel()
    expect(deferred.waiting).toBe(1)
    deferred.resolve(1)
    expect([await cancelled, await patient]).toEqual([undefined, 1])
  })

  test('QU-19 rule C that is settled in the turn in which a waiter is cancelled is given to him', async () => {
    const deferred = new Deferred<number>()
    await within(new CancelScope(), async (scope) => {
      const waiting = deferred.wait()
      deferred.resolve(1)
      scope.cancel()
      expect(await waiting).toBe(1)
      expect(await thrownBy(() => sleep(1))).toBe(scope.signal.reason)
    })
  })

  test('QU-19 can be waited for with a limit', async () => {
    const deferred = new Deferred<number>({ name: 'answer' })
    await within(new TestClock(), async (clock) => {
      const waiting = thrownBy(() => deferred.wait({ timeout: 10 }))
      await clock.advance(10)
      const error = await waiting
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error).toMatchObject({ message: 'the deferred value "answer" was not settled within 10 ms: 1 waiting.' })
    })
    expect(await thrownBy(() => deferred.wait({ timeout: 0 }))).toBeInstanceOf(TimeoutError)
    deferred.resolve(1)
    expect(await deferred.wait({ timeout: 0 })).toBe(1)
  })

  test('QU-19 may be nothing, and may be rejected by anything', async () => {
    const nothing = new Deferred<void>()
    nothing.resolve()
    expect(await nothing.wait()).toBe(undefined)
    const rejected = new Deferred<void>()
    rejected.reject(undefined)
    expect(await thrownBy(() => rejected.wait())).toBe(undefined)
  })

  test('QU-19 that is a promise is awaited by each', async () => {
    const deferred = new Deferred<Promise<number>>()
    const before = deferred.wait()
    deferred.resolve(Promise.resolve(1))
    expect([await before, await deferred.wait()]).toEqual([1, 1])
  })

  test('QU-19 is not thenable: an async function returns it as it is', async () => {
    const deferred = new Deferred<number>()
    expect(await (async () => deferred)()).toBe(deferred)
  })
})

describe('a rejection', () => {
  const error = new Error('nobody looks')

  /** What is reported of a deferred value that nobody holds any more. */
  async function lateErrorsOf(use: (deferred: Deferred<number>) => unknown): Promise<unknown[]> {
    const late: unknown[] = []
    let isGone = false
    const gone = new FinalizationRegistry<undefined>(() => (isGone = true))
    const remove = onLateError((reported, info) => (late.push([reported, info]), 'handled'))
    const work = async (): Promise<void> => {
      const deferred = new Deferred<number>({ name: 'answer' })
      gone.register(deferred, undefined)
      await use(deferred)
    }
    await work()
    await collectUntil(() => isGone)
    await setImmediate() // one registry may be called a turn before another
    remove()
    expect(isGone).toBe(true)
    return late
  }

  test('QU-19 that nobody ever waits for goes to `onLateError`', async () => {
    const late = await lateErrorsOf((deferred) => deferred.reject(error))
    expect(late).toEqual([[error, { source: 'Deferred', name: 'the deferred value "answer"' }]])
  })

  test.for([
    [
      'before',
      async (deferred: Deferred<number>): Promise<void> => {
        const waiting = thrownBy(() => deferred.wait())
        deferred.reject(error)
        await waiting
      },
    ],
    [
      'after',
      async (deferred: Deferred<number>): Promise<void> => {
        deferred.reject(error)
        await thrownBy(() => deferred.wait())
      },
    ],
  ] as const)('QU-19 that somebody waited for %s is his', async ([, use]) => {
    expect(await lateErrorsOf(use)).toEqual([])
  })
})
