/** UT-27: one resource for all who use it at the same time. */
import { ClosedError, onLateError, shared, TaskCancelledError, UsageError, within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HandClock, settled } from '../../test/hand-clock.ts'
import { ambientScope, inScope } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

const late: unknown[] = []
let stop: () => void
beforeEach(() => {
  late.length = 0
  stop = onLateError((error) => (late.push(error), 'handled'))
})
afterEach(() => stop())

/** Makes numbered resources, and notes what happens; makings and closings take the time that the test gives them. */
class Maker {
  readonly log: string[] = []
  readonly making = new Set<PromiseWithResolvers<void>>()
  readonly told: unknown[] = []
  #made = 0
  waits = false
  failsToClose: unknown

  readonly make = (): AsyncContextManager<number> => {
    const number = ++this.#made
    return {
      '~enterAsync': async () => {
        this.log.push(`make ${number}`)
        const gate = Promise.withResolvers<void>()
        this.making.add(gate)
        if (!this.waits) gate.resolve()
        await gate.promise
        return number
      },
      '~exitAsync': async (outcome) => {
        this.told.push(outcome.status)
        await settled()
        this.log.push(`close ${number}`)
        if (this.failsToClose !== undefined) throw this.failsToClose
      },
    }
  }

  /** Ends the making that is going on. */
  async finish(error?: Error): Promise<void> {
    await settled()
    for (const gate of this.making) {
      if (error === undefined) gate.resolve()
      else gate.reject(error)
    }
    await settled()
  }
}

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
