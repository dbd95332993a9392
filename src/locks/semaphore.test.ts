import { CancelScope, Semaphore, TaskGroup, TimeoutError, UsageError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('a semaphore', () => {
  test('LK-14 lets so many in, and the others in order', async () => {
    const semaphore = new Semaphore(2)
    const order: number[] = []
    let inside = 0
    let most = 0
    await within(new TaskGroup(), (group) => {
      for (let number = 0; number < 6; number++) {
        group.spawn(() =>
          within(semaphore.permit(), async () => {
            most = Math.max(most, ++inside)
            order.push(number)
            await Promise.resolve()
            inside--
          }),
        )
      }
    })
    expect([most, order]).toEqual([2, [0, 1, 2, 3, 4, 5]])
    expect(semaphore.statistics()).toEqual({ permits: 2, free: 2, waiting: 0 })
  })

  test.for([-1, 1.5, NaN, '3'])('LK-14 refuses %s permits', (permits) => {
    expect(thrownAtOnceBy(() => new Semaphore(permits as number))).toBeInstanceOf(UsageError)
  })

  test('LK-14 refuses to begin with more free permits than there are', () => {
    expect(thrownAtOnceBy(() => new Semaphore(1, { initial: 2 }))).toBeInstanceOf(UsageError)
  })

  test('LK-14 with no permits lets nobody in until there are some', async () => {
    const semaphore = new Semaphore(0)
    expect(semaphore.tryAcquire()).toBe(undefined)
    const waiting = semaphore.acquire()
    semaphore.resize(1)
    ;(await waiting).release()
  })

  test('LK-14 with infinitely many lets everybody in', async () => {
    const semaphore = new Semaphore(Infinity)
    const permits = await Promise.all(Array.from({ length: 1000 }, () => semaphore.acquire()))
    expect(semaphore.permits).toBe(Infinity)
    for (const permit of permits) permit.release()
    semaphore.resize(3)
    expect(semaphore.statistics()).toEqual({ permits: 3, free: 3, waiting: 0 })
    semaphore.resize(Infinity)
    expect(semaphore.permits).toBe(Infinity)
  })

  test('LK-14 a waiter that was cancelled eats no permit', async () => {
    const semaphore = new Semaphore(1)
    const held = await semaphore.acquire()
    const scope = new CancelScope()
    const cancelled = within(scope, () => semaphore.acquire())
    scope.cancel()
    held.release()
    await cancelled
    expect(semaphore.free).toBe(1)
  })

  test('LK-15 one who asks for many is not overtaken by those behind who ask for few', async () => {
    const semaphore = new Semaphore(3)
    const first = await semaphore.acquire({ count: 2 })
    const order: string[] = []
    const many = semaphore.acquire({ count: 3 }).then((permit) => (order.push('many'), permit))
    const few = semaphore.acquire().then((permit) => (order.push('few'), permit))
    expect(semaphore.tryAcquire()).toBe(undefined)
    await Promise.resolve()
    first.release()
    ;(await many).release()
    ;(await few).release()
    expect(order).toEqual(['many', 'few'])
  })

  test.for(['cancelled', 'timed out', 'aborted'] as const)(
    'LK-15 when one who asks for many is %s, those behind are served',
    async (how) => {
      await within(new TestClock(), async (clock) => {
        const semaphore = new Semaphore(3)
        const held = await semaphore.acquire({ count: 2 })
        const scope = new CancelScope()
        const controller = new AbortController()
        const options = how === 'aborted' ? { signal: controller.signal } : { timeout: 50 }
        const many = within(scope, () => semaphore.acquire({ count: 3, ...options })).catch((error: unknown) => error)
        const few = semaphore.acquire()
        if (how === 'cancelled') scope.cancel()
        else if (how === 'aborted') controller.abort()
        else await clock.advance(50)
        ;(await few).release()
        held.release()
        await many
        expect(semaphore.free).toBe(3)
      })
    },
  )

  test('LK-15 more than there are is an error at once', async () => {
    const semaphore = new Semaphore(3, { name: 'uploads' })
    const error = await thrownBy(() => semaphore.acquire({ count: 4 }))
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain('`count` is 4, and the semaphore "uploads" has only 3')
    expect(thrownAtOnceBy(() => semaphore.permit({ count: 4 }))).toBeInstanceOf(UsageError)
    expect(thrownAtOnceBy(() => semaphore.tryAcquire({ count: 0 }))).toBeInstanceOf(UsageError)
  })

  test('LK-16 what is released too often is an error, and changes nothing', async () => {
    const semaphore = new Semaphore(2)
    const permit = await semaphore.acquire()
    semaphore.release()
    expect(thrownAtOnceBy(() => semaphore.release())).toMatchObject({ code: 'WITHAL_RELEASED_TOO_OFTEN' })
    expect(thrownAtOnceBy(() => permit.release())).toMatchObject({ code: 'WITHAL_RELEASED_TOO_OFTEN' })
    expect([permit.released, semaphore.free]).toEqual([true, 2])
  })

  test('LK-16 permits that are not there at first come by release, for signalling', async () => {
    const semaphore = new Semaphore(Infinity, { initial: 0 })
    const waiting = semaphore.acquire({ count: 2 })
    semaphore.release()
    expect(semaphore.waiting).toBe(1)
    semaphore.release()
    expect((await waiting).count).toBe(2)
    expect(semaphore.free).toBe(0)
  })

  test('LK-17 more permits wake who waits at once', async () => {
    const semaphore = new Semaphore(1)
    const held = await semaphore.acquire()
    const waiting = [semaphore.acquire(), semaphore.acquire(), semaphore.acquire()]
    semaphore.resize(3)
    expect(semaphore.waiting).toBe(1)
    held.release()
    for (const permit of await Promise.all(waiting)) permit.release()
    expect(semaphore.free).toBe(3)
  })

  test('LK-17 fewer take effect as permits come back', async () => {
    const semaphore = new Semaphore(3)
    const permits = await Promise.all([semaphore.acquire(), semaphore.acquire(), semaphore.acquire()])
    semaphore.resize(1)
    expect(semaphore.free).toBe(-2)
    const waiting = semaphore.acquire()
    permits[0].release()
    permits[1].release()
    expect([semaphore.free, semaphore.waiting]).toEqual([0, 1])
    permits[2].release()
    ;(await waiting).release()
    expect(semaphore.free).toBe(1)
  })

  test('LK-02 a permit may be many, and runs a function exclusively', async () => {
    const semaphore = new Semaphore(3)
    expect(await semaphore.runExclusive(() => semaphore.free, { count: 2 })).toBe(1)
    const error = await thrownBy(() =>
      semaphore.runExclusive(() => semaphore.runExclusive(() => {}, { count: 3, timeout: 0 })),
    )
    expect(error).toBeInstanceOf(TimeoutError)
    expect(String(error)).toContain('was not free (3 of 3) within 0 ms: 1 of 3 in use, 0 waiting')
    expect(semaphore.free).toBe(3)
  })
})
