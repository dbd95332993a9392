import { CancelScope, CapacityLimiter, UsageError, within } from 'withal'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('a capacity limiter', () => {
  test('LK-18 lends so many tokens, and knows to whom', async () => {
    const limiter = new CapacityLimiter(2)
    const host = { name: 'a' }
    await within(limiter.token({ borrower: host }), limiter.token(), () => {
      expect(limiter.statistics()).toEqual({ total: 2, borrowed: 2, waiting: 0, borrowers: [host] })
      expect(limiter.tryAcquire()).toBe(undefined)
    })
    expect(limiter.statistics()).toEqual({ total: 2, borrowed: 0, waiting: 0, borrowers: [] })
  })

  test('LK-18 refuses a borrower that has a token', async () => {
    const limiter = new CapacityLimiter(2, { name: 'hosts' })
    const borrower = {}
    using _token = await limiter.acquire({ borrower })
    for (const error of [
      await thrownBy(() => limiter.acquire({ borrower })),
      await thrownBy(() => within(limiter.token({ borrower }), () => {})),
      thrownAtOnceBy(() => limiter.tryAcquire({ borrower })),
    ]) {
      expect(error).toMatchObject({ code: 'WITHAL_ALREADY_BORROWED' })
      expect(String(error)).toContain('This borrower has a token of the capacity limiter "hosts" already')
    }
    expect(limiter.borrowed).toBe(1)
  })

  test('LK-18 refuses a borrower that waits for one, and takes it again when it has given up', async () => {
    const limiter = new CapacityLimiter(1)
    const borrower = {}
    const held = await limiter.acquire()
    const scope = new CancelScope()
    const waiting = within(scope, () => limiter.acquire({ borrower }))
    expect(String(await thrownBy(() => limiter.acquire({ borrower })))).toContain('waits for a token')
    scope.cancel()
    await waiting
    held.release()
    const token = await limiter.acquire({ borrower })
    token.release()
    token.release()
    expect(limiter.statistics()).toEqual({ total: 1, borrowed: 0, waiting: 0, borrowers: [] })
  })

  test('LK-18 is changed while it works: more wake who waits, fewer take effect later', async () => {
    const limiter = new CapacityLimiter(0)
    const waiting = [limiter.acquire(), limiter.acquire()]
    expect(limiter.waiting).toBe(2)
    limiter.total = Infinity
    const [one, two] = await Promise.all(waiting)
    limiter.total = 1
    expect([limiter.total, limiter.free, limiter.borrowed]).toEqual([1, -1, 2])
    one?.release()
    expect(limiter.tryAcquire()).toBe(undefined)
    two?.release()
    expect(limiter.free).toBe(1)
  })

  test.for([-1, 1.5, NaN])('LK-18 refuses a total of %d', (total) => {
    expect(thrownAtOnceBy(() => new CapacityLimiter(total))).toBeInstanceOf(UsageError)
    const limiter = new CapacityLimiter(1)
    expect(thrownAtOnceBy(() => (limiter.total = total))).toBeInstanceOf(UsageError)
    expect(limiter.total).toBe(1)
  })

  test('LK-18 gives a token back when its block fails', async () => {
    const limiter = new CapacityLimiter(1)
    const borrower = {}
    await thrownBy(() => within(limiter.token({ borrower }), () => Promise.reject(new Error('body'))))
    expect(limiter.statistics().borrowers).toEqual([])
    expect(limiter.free).toBe(1)
  })
})
