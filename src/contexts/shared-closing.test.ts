/** UT-27: how long a shared resource stays open when nobody uses it, and how it is closed for good. */
import { ClosedError, onLateError, shared, UsageError, within } from 'withal'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HandClock, settled } from '../../test/hand-clock.ts'
import { Maker } from '../../test/resource-maker.ts'
import { thrownBy } from '../../test/thrown.ts'

const late: unknown[] = []
let stop: () => void
beforeEach(() => {
  late.length = 0
  stop = onLateError((error) => (late.push(error), 'handled'))
})
afterEach(() => stop())

describe('UT-27 the idle time of a shared resource', () => {
  test('keeps it open for who comes in time', async () => {
    const [maker, clock] = [new Maker(), new HandClock()]
    const resource = shared(maker.make, { idleTimeout: 1000 })
    await clock.run(async () => {
      await within(resource, () => {})
      await clock.turn(999)
      expect(await within(resource, (number) => number)).toBe(1)
      await clock.turn(999)
      expect(maker.log).toEqual(['make 1'])
      await clock.turn(1)
      await settled()
      expect(maker.log).toEqual(['make 1', 'close 1'])
      expect(await within(resource, (number) => number)).toBe(2)
      await clock.turn(1000)
    })
    expect(clock.timers).toBe(0)
  })

  test('does not run while somebody uses it', async () => {
    const [maker, clock] = [new Maker(), new HandClock()]
    const resource = shared(maker.make, { idleTimeout: 1000 })
    await clock.run(async () => {
      await within(resource, () => {})
      await within(resource, () => clock.turn(5000))
      expect(maker.log).toEqual(['make 1'])
      await clock.turn(1000)
      await settled()
      expect(maker.log).toEqual(['make 1', 'close 1'])
    })
  })

  test('of Infinity keeps it open until it is closed', async () => {
    const [maker, clock] = [new Maker(), new HandClock()]
    const resource = shared(maker.make, { idleTimeout: Infinity })
    await clock.run(() => within(resource, () => {}))
    expect(clock.timers).toBe(0)
    await resource.close()
    expect(maker.log).toEqual(['make 1', 'close 1'])
  })

  test('whose end fails to close it reports that late', async () => {
    const [maker, clock] = [new Maker(), new HandClock()]
    maker.failsToClose = new Error('close')
    const resource = shared(maker.make, { idleTimeout: 10 })
    await clock.run(async () => {
      await within(resource, () => {})
      await clock.turn(10)
      await settled()
    })
    expect(late).toEqual([maker.failsToClose])
  })

  test.each([NaN, '5', {}])('%o is refused', (idleTimeout) => {
    expect(() => shared(new Maker().make, { idleTimeout: idleTimeout as number })).toThrow(UsageError)
  })
})

describe('UT-27 closing a shared resource', () => {
  test('closes it at once when it is idle, and calls its timer off', async () => {
    const [maker, clock] = [new Maker(), new HandClock()]
    const resource = shared(maker.make, { idleTimeout: 1000 })
    await clock.run(() => within(resource, () => {}))
    await resource.close()
    expect([maker.log, clock.timers]).toEqual([['make 1', 'close 1'], 0])
  })

  test('waits until the last user has left and it is closed, and refuses new ones', async () => {
    const maker = new Maker()
    const resource = shared(maker.make, { idleTimeout: Infinity })
    const gate = Promise.withResolvers<void>()
    const user = within(resource, () => gate.promise)
    await settled()
    const closing = resource.close().then(() => maker.log.push('closed'))
    expect(await thrownBy(() => within(resource, () => {}))).toBeInstanceOf(ClosedError)
    await settled()
    expect(maker.log).toEqual(['make 1'])
    gate.resolve()
    await Promise.all([user, closing])
    expect(maker.log).toEqual(['make 1', 'close 1', 'closed'])
  })

  test('waits for the last user also while a former one is still being closed', async () => {
    const maker = new Maker()
    const resource = shared(maker.make)
    await within(resource, () => {
      maker.waits = true
    })
    const leaving = within(resource, () => {})
    await maker.finish()
    const [next, ended]: [Promise<number>, string[]] = [within(resource, (number) => number), []]
    const closing = resource.close().then(() => ended.push('closed'))
    await leaving
    await settled()
    expect(ended).toEqual([])
    await maker.finish()
    await Promise.all([next, closing])
    expect(maker.log.at(-1)).toBe('close 3')
  })

  test('does nothing when it was never used', async () => {
    const maker = new Maker()
    const resource = shared(maker.make)
    await resource.close()
    expect(maker.log).toEqual([])
    expect(await thrownBy(() => within(resource, () => {}))).toBeInstanceOf(ClosedError)
  })

  test('twice is once: both wait for the same end, and see its failure', async () => {
    const maker = new Maker()
    maker.failsToClose = new Error('close')
    const resource = shared(maker.make, { idleTimeout: Infinity })
    await within(resource, () => {})
    expect(await Promise.all([thrownBy(() => resource.close()), thrownBy(() => resource.close())])).toEqual([
      maker.failsToClose,
      maker.failsToClose,
    ])
    expect(maker.log).toEqual(['make 1', 'close 1'])
  })
})
