/** UT-27: one resource for all who use it at the same time. */
import { onLateError, shared, TaskCancelledError, within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HandClock, settled } from '../../test/hand-clock.ts'
import { Maker } from '../../test/resource-maker.ts'
import { ambientScope, inScope } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

const late: unknown[] = []
let stop: () => void
beforeEach(() => {
  late.length = 0
  stop = onLateError((error) => (late.push(error), 'handled'))
})
afterEach(() => stop())

describe('UT-27 a shared resource', () => {
  test('is made by the first user, lent to those who come, and closed by the last', async () => {
    const maker = new Maker()
    const resource = shared(maker.make)
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const users = gates.map((gate) => within(resource, (number) => gate.promise.then(() => number)))
    await settled()
    gates[0]!.resolve()
    await users[0]
    expect(maker.log).toEqual(['make 1'])
    gates[1]!.resolve()
    expect(await Promise.all(users)).toEqual([1, 1])
    expect(maker.log).toEqual(['make 1', 'close 1'])
  })

  test('does nothing before it is used', async () => {
    const maker = new Maker()
    shared(maker.make)
    await settled()
    expect(maker.log).toEqual([])
  })

  test('is made anew for who comes after the last has left', async () => {
    const maker = new Maker()
    const resource = shared(maker.make)
    expect([await within(resource, (n) => n), await within(resource, (n) => n)]).toEqual([1, 2])
    expect(maker.log).toEqual(['make 1', 'close 1', 'make 2', 'close 2'])
  })

  test('is made anew only when the former one is closed', async () => {
    const maker = new Maker()
    const resource = shared(maker.make)
    const first = within(resource, () => {})
    await Promise.resolve()
    const second = first.then(() => {})
    while (!maker.told.includes('completed')) await Promise.resolve()
    await within(resource, (number) => expect(number).toBe(2))
    await second
    expect(maker.log).toEqual(['make 1', 'close 1', 'make 2', 'close 2'])
  })

  test('is made once for those who come while it is being made', async () => {
    const maker = new Maker()
    maker.waits = true
    const resource = shared(maker.make)
    const users = [1, 2, 3].map(() => within(resource, (number) => number))
    await maker.finish()
    expect(await Promise.all(users)).toEqual([1, 1, 1])
    expect(maker.log).toEqual(['make 1', 'close 1'])
  })

  test('whose making fails fails for all who wait for it, and is made anew by the next', async () => {
    const maker = new Maker()
    maker.waits = true
    const resource = shared(maker.make)
    const error = new Error('make')
    const users = [1, 2].map(() => thrownBy(() => within(resource, () => {})))
    await maker.finish(error)
    expect(await Promise.all(users)).toEqual([error, error])
    maker.waits = false
    expect(await within(resource, (number) => number)).toBe(2)
    expect(late).toEqual([])
  })

  test('whose maker throws at once fails in the same way', async () => {
    const error = new Error('make')
    const resource = shared((): AsyncContextManager<number> => {
      throw error
    })
    expect(await thrownBy(() => within(resource, () => {}))).toBe(error)
  })

  test('is closed as completed, however its users have ended', async () => {
    const maker = new Maker()
    await thrownBy(() =>
      within(shared(maker.make), () => {
        throw new Error('use')
      }),
    )
    expect(maker.told).toEqual(['completed'])
  })

  test('that fails to close gives that to the last user', async () => {
    const maker = new Maker()
    maker.failsToClose = new Error('close')
    expect(await thrownBy(() => within(shared(maker.make), () => {}))).toBe(maker.failsToClose)
    expect(late).toEqual([])
  })

  test('is made and closed in the frame of who shared it', async () => {
    const scopes: unknown[] = []
    const [resource, owner] = inScope((scope) => {
      const make = (): AsyncContextManager<void> => ({
        '~enterAsync': async () => void scopes.push(ambientScope()),
        '~exitAsync': async () => void scopes.push(ambientScope()?.parent),
      })
      return [shared(make), scope] as const
    })
    await inScope(() => within(resource, () => {}))
    expect(scopes).toEqual([owner, owner])
  })
})

describe('UT-27 a cancelled user of a shared resource', () => {
  test('leaves the making and the other users alone', async () => {
    const maker = new Maker()
    maker.waits = true
    const resource = shared(maker.make)
    const other = within(resource, (number) => number)
    await inScope(async (scope) => {
      const user = thrownBy(() => within(resource, () => {}))
      scope.cancel()
      expect(await user).toBe(scope.cancelled)
    })
    await maker.finish()
    expect(await other).toBe(1)
    expect(maker.log).toEqual(['make 1', 'close 1'])
  })

  test('if it was the only one, what is made is closed at once', async () => {
    const maker = new Maker()
    maker.waits = true
    const resource = shared(maker.make)
    await inScope(async (scope) => {
      const user = thrownBy(() => within(resource, () => {}))
      scope.cancel()
      await user
    })
    await maker.finish()
    await settled()
    expect(maker.log).toEqual(['make 1', 'close 1'])
  })

  test.each([0, 100, Infinity])(
    'if it was the only one (idle for %o), a making that fails is reported late',
    async (idleTimeout) => {
      const maker = new Maker()
      maker.waits = true
      const resource = new HandClock().run(() => shared(maker.make, { idleTimeout }))
      await new HandClock().run(() =>
        inScope(async (scope) => {
          const user = thrownBy(() => within(resource, () => {}))
          scope.cancel()
          await user
        }),
      )
      const error = new Error('make')
      await maker.finish(error)
      expect(late).toEqual([error])
    },
  )

  test('who was cancelled before makes nothing', async () => {
    const maker = new Maker()
    await inScope(async (scope) => {
      scope.cancel()
      expect(await thrownBy(() => within(shared(maker.make), () => {}))).toBe(scope.cancelled)
    })
    expect(maker.log).toEqual([])
  })

  test('a making that fails after its user left does not take away the one of the next user', async () => {
    const maker = new Maker()
    maker.waits = true
    const resource = shared(maker.make)
    await inScope(async (scope) => {
      const user = thrownBy(() => within(resource, () => {}))
      scope.cancel()
      await user
    })
    const gate = Promise.withResolvers<void>()
    const next = within(resource, (number) => gate.promise.then(() => number))
    await maker.finish(new Error('make'))
    maker.waits = false
    await maker.finish()
    const beside = within(resource, (number) => number)
    gate.resolve()
    expect(await Promise.all([next, beside])).toEqual([2, 2])
    expect(maker.log).toEqual(['make 1', 'make 2', 'close 2'])
  })

  test('when the making itself was cancelled, its users get a TaskCancelledError', async () => {
    const [resource, owner] = inScope((scope) => {
      const make = (): AsyncContextManager<void> => ({ '~enterAsync': () => settled(), '~exitAsync': () => {} })
      return [shared(make), scope] as const
    })
    const user = thrownBy(() => within(resource, () => {}))
    owner.cancel()
    expect(await user).toBeInstanceOf(TaskCancelledError)
    expect(await user).toMatchObject({ cause: owner.cancelled })
  })
})
