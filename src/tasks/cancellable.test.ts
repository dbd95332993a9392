/** Promises that are left behind on purpose, and what becomes of what they give. */
import fc from 'fast-check'
import { CancelScope, cancellable, checkpoint, moveOnAfter, onLateError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

const late: unknown[] = []
let remove: () => void
beforeEach(() => {
  late.length = 0
  remove = onLateError((error) => (late.push(error), 'handled'))
})
afterEach(() => remove())

describe('cancellable', () => {
  test('CS-27 gives what the promise gives', async () => {
    expect(await cancellable(Promise.resolve('value'))).toBe('value')
  })

  test('CS-27 takes any thenable', async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- what is thenable is what is tested
    const thenable = { then: (done: (value: string) => void) => done('value') } as PromiseLike<string>
    expect(await cancellable(thenable)).toBe('value')
  })

  test('CS-27 fails as the promise fails, which is then not late', async () => {
    const error = new Error('failed')
    expect(await thrownBy(() => cancellable(Promise.reject(error)))).toBe(error)
    expect(late).toEqual([])
  })

  test('CS-27 rejects with Cancelled when the scope is cancelled, although the promise is pending', async () => {
    await within(new CancelScope(), async (scope) => {
      const met = thrownBy(() => cancellable(new Promise(() => {})))
      scope.cancel()
      expect(await met).toBe(scope.signal.reason)
    })
  })

  test('CS-27 rejects with the reason of a signal given to it', async () => {
    const controller = new AbortController()
    const met = thrownBy(() => cancellable(new Promise(() => {}), { signal: controller.signal }))
    controller.abort('given up')
    expect(await met).toBe('given up')
  })

  test('CS-27 sends the late failure to the hook, once', async () => {
    const { reject } = await leftBehind()
    const error = new Error('late')
    reject(error)
    await checkpoint({ macrotask: true })
    expect(late).toEqual([error])
  })

  test('CS-27 hands what comes late to `onLate`', async () => {
    const given: unknown[] = []
    const { resolve } = await leftBehind((value) => given.push(value))
    resolve('connection')
    await checkpoint({ macrotask: true })
    expect([given, late]).toEqual([['connection'], []])
  })

  test.each([
    [
      'throws',
      async (error: Error): Promise<never> => {
        await checkpoint()
        throw error
      },
    ],
    [
      'throws at once',
      (error: Error): never => {
        throw error
      },
    ],
  ])('CS-27 sends what `onLate` %s to the hook', async (_, onLate) => {
    const error = new Error('release')
    const { resolve } = await leftBehind(() => onLate(error))
    resolve('connection')
    await checkpoint({ macrotask: true })
    expect(late).toEqual([error])
  })

  test('CS-27 drops a late value when nobody asked for it', async () => {
    const { resolve } = await leftBehind()
    resolve('dropped')
    await checkpoint({ macrotask: true })
    expect(late).toEqual([])
  })

  test('CS-27 that begins in a cancelled scope leaves the promise behind at once', async () => {
    const given: unknown[] = []
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      await cancellable(Promise.resolve('connection'), { onLate: (value) => given.push(value) })
    })
    await checkpoint()
    expect(given).toEqual(['connection'])
  })

  test('CS-27 does not report work that ends by the very cancellation', async () => {
    const scope = new CancelScope()
    await within(scope, async () => {
      const work = stoppedBy(scope.signal, (reason) => reason)
      scope.cancel()
      await cancellable(work)
    })
    await checkpoint({ macrotask: true })
    expect([scope.caught, late]).toEqual([true, []])
  })

  test.each([
    ['the reason itself', (reason: unknown) => reason],
    [
      'an AbortError of it',
      (reason: unknown) => Object.assign(new Error('aborted', { cause: reason }), { name: 'AbortError' }),
    ],
  ])('CS-27 does not report work that its signal has ended with %s', async (_, errorOf) => {
    const controller = new AbortController()
    const { signal } = controller
    const met = thrownBy(() => cancellable(stoppedBy(signal, errorOf), { signal }))
    controller.abort('given up')
    expect(await met).toBe('given up')
    await checkpoint({ macrotask: true })
    expect(late).toEqual([])
  })
})

describe('CS-54 cancellable inside moveOnAfter', () => {
  test('CS-54 returns at the deadline without waiting, and drops the late result', async () => {
    const { promise, resolve } = Promise.withResolvers<string>()
    const scope = moveOnAfter(10)
    expect(await within(new TestClock({ autoAdvance: true }), scope, () => cancellable(promise))).toBeUndefined()
    expect(scope.expired).toBe(true)
    resolve('too late')
    await checkpoint({ macrotask: true })
    expect(late).toEqual([])
  })

  test('CS-54 sends the late failure to the hook', async () => {
    const { promise, reject } = Promise.withResolvers<string>()
    await within(new TestClock({ autoAdvance: true }), moveOnAfter(10), () => cancellable(promise))
    const error = new Error('late')
    reject(error)
    await checkpoint({ macrotask: true })
    expect(late).toEqual([error])
  })

  test('CS-54 gives the value of a promise that comes in time', async () => {
    expect(await within(moveOnAfter(60_000), () => cancellable(Promise.resolve('value')))).toBe('value')
  })
})

test('CS-27 CS-54 whatever comes first, a value goes to the caller or to `onLate`, and to one of them', async () => {
  const property = fc.asyncProperty(
    fc.scheduler(),
    fc.array(fc.boolean(), { maxLength: 6 }),
    async (scheduler, fails) => {
      const [given, released]: [unknown[], unknown[]] = [[], []]
      late.length = 0
      await within(new CancelScope(), async (scope) => {
        const work = fails.map((isFailing, id) =>
          scheduler.schedule(isFailing ? Promise.reject(new Error(`${id}`)) : Promise.resolve(id)),
        )
        const waits = work.map((promise) => cancellable(promise, { onLate: (value) => released.push(value) }))
        scheduler.schedule(Promise.resolve()).then(() => scope.cancel(), expect.unreachable)
        const settling = Promise.allSettled(waits)
        await scheduler.waitAll()
        for (const end of await settling) {
          if (end.status === 'fulfilled') given.push(end.value)
          else if (end.reason !== scope.signal.reason) given.push(Number((end.reason as Error).message))
        }
      })
      await checkpoint({ macrotask: true })
      const failures = late.map((error) => Number((error as Error).message))
      expect(new Set([...given, ...released, ...failures])).toEqual(new Set(fails.keys()))
      expect(given.length + released.length + failures.length).toBe(fails.length)
      expect(released.some((id) => fails[id as number])).toBe(false)
    },
  )
  await fc.assert(property, { numRuns: 100 })
})

/** A promise whose waiting has been cancelled. */
async function leftBehind(onLate?: (value: string) => unknown): Promise<PromiseWithResolvers<string>> {
  const promised = Promise.withResolvers<string>()
  await within(new CancelScope(), async (scope) => {
    const waiting = cancellable(promised.promise, { onLate })
    scope.cancel()
    await waiting
  })
  return promised
}

function stoppedBy(signal: AbortSignal, errorOf: (reason: unknown) => unknown): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(errorOf(signal.reason) as Error), { once: true })
  })
}
