/** What the running code can ask about the scope, the deadline and the time around it. */
import {
  bind,
  CancelScope,
  ContextVar,
  currentDeadline,
  currentScope,
  moveOnAfter,
  now,
  sleep,
  TaskGroup,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

describe('currentScope', () => {
  test('CS-58 outside of all scopes is one that is never cancelled', () => {
    const { signal, cancelled, deadline, stopping } = currentScope()
    expect([signal.aborted, cancelled, deadline, stopping]).toEqual([false, false, Infinity, false])
  })

  test('CS-58 is the innermost scope: it has the signal that `within` gives', async () => {
    await within(new CancelScope(), new CancelScope({ timeout: 5 }), (outer, inner) => {
      expect(currentScope().signal).toBe(inner.signal)
      expect(currentScope().signal).not.toBe(outer.signal)
      expect(currentScope().deadline).toBe(inner.deadline)
    })
  })

  test('CS-58 is seen after awaits and in functions that are called', async () => {
    await within(new CancelScope(), async (scope) => {
      await Promise.resolve()
      await (async () => {
        await Promise.resolve()
        expect(currentScope().signal).toBe(scope.signal)
      })()
    })
  })

  test('CS-58 that was taken before tells of a later cancellation', async () => {
    await within(new CancelScope(), (scope) => {
      const seen = currentScope()
      scope.cancel()
      expect([seen.cancelled, seen.signal.aborted]).toEqual([true, true])
    })
  })

  test('CS-58 in a child task is the task’s own', async () => {
    await within(new CancelScope(), new TaskGroup(), async (scope, group) => {
      const { signal } = scope
      const seen = await group.spawn(() => currentScope().signal).result
      expect(seen).not.toBe(signal)
    })
  })

  test('CS-58 after the block is the one around again', async () => {
    await within(new CancelScope(), async (outer) => {
      await within(new CancelScope(), () => {})
      expect(currentScope().signal).toBe(outer.signal)
    })
  })
})

describe('currentDeadline', () => {
  test('CS-50 is Infinity where there is none', async () => {
    expect(currentDeadline()).toBe(Infinity)
    expect(await within(new CancelScope(), () => currentDeadline())).toBe(Infinity)
  })

  test.each([
    ['the outer', 10, 20],
    ['the inner', 20, 10],
  ])('CS-50 is the earliest of those around: %s', async (_, outer, inner) => {
    expect(await within(clock(), moveOnAfter(outer), moveOnAfter(inner), () => currentDeadline())).toBe(10)
  })

  test('CS-50 looks no further than a shield', async () => {
    const shielded = new CancelScope({ shield: true, timeout: 20 })
    expect(await within(clock(), moveOnAfter(10), shielded, () => currentDeadline())).toBe(20)
  })

  test('CS-50 looks further again when the shield is switched off', async () => {
    await within(clock(), moveOnAfter(10), new CancelScope({ shield: true }), (_clock, _outer, scope) => {
      expect(currentDeadline()).toBe(Infinity)
      scope.shield = false
      expect(currentDeadline()).toBe(10)
    })
  })

  test('CS-50 is minus infinity where it is cancelled', async () => {
    await within(new CancelScope(), moveOnAfter(10), (outer) => {
      outer.cancel()
      expect(currentDeadline()).toBe(-Infinity)
    })
  })

  test('CS-50 is that of the scopes around a child task, too', async () => {
    const seen = await within(clock(), moveOnAfter(10), new TaskGroup(), (_clock, _scope, group) => {
      return group.spawn(() => currentDeadline()).result
    })
    expect(seen).toBe(10)
  })
})

describe('now', () => {
  test('is monotonic, and no date', () => {
    const before = now()
    expect(now()).toBeGreaterThanOrEqual(before)
    expect(Math.abs(before - performance.now())).toBeLessThan(10_000)
  })

  test('is the time of the clock in use', async () => {
    expect(await within(new TestClock({ start: 500 }), () => now())).toBe(500)
  })
})

describe('bind', () => {
  const tenant = new ContextVar<string>('tenant')

  test('CV-06 keeps the variables of where it was called', async () => {
    const bound = await within(tenant.bind('a'), () => bind(() => tenant.get()))
    expect(await within(tenant.bind('b'), () => bound())).toBe('a')
  })

  test('CV-06 passes arguments and the result on', async () => {
    const bound = await within(tenant.bind('a'), () => bind((x: number, y: number) => `${tenant.get()}${x + y}`))
    expect(bound(1, 2)).toBe('a3')
  })

  test('CV-06 outside of everything keeps that', async () => {
    const bound = bind(() => tenant.get('nobody'))
    expect(await within(tenant.bind('a'), () => bound())).toBe('nobody')
  })

  test('CV-05 CV-06 keeps the scope: what is called later by a timer is cancelled with it', async () => {
    await within(new CancelScope(), async (scope) => {
      const called = Promise.withResolvers<unknown>()
      setTimeout(
        bind(() => called.resolve(thrownBy(() => sleep(60_000)))),
        0,
      )
      scope.cancel('enough')
      expect(await called.promise).toBe(scope.signal.reason)
    })
  })

  test('CV-05 rule G: when the scope has ended by then, it runs in the nearest one around that has not', async () => {
    await within(new CancelScope(), async (outer) => {
      const bound = await within(new CancelScope(), () => bind(() => currentScope().signal))
      expect(bound?.()).toBe(outer.signal)
    })
  })

  test('CV-05 rule G: a scope that was cancelled and has ended cancels nothing that is called later', async () => {
    const bound = await within(new CancelScope(), (scope) => {
      scope.cancel()
      return bind(() => sleep(0).then(() => 'went on'))
    })
    expect(await bound?.()).toBe('went on')
  })
})

test('CV-05 an abort listener that is bound sees the variables of where it was added', async () => {
  const tenant = new ContextVar<string>('tenant')
  const seen: unknown[] = []
  await within(clock(), tenant.bind('a'), moveOnAfter(10), (_clock, _tenant, { signal }) => {
    signal.addEventListener(
      'abort',
      bind(() => seen.push(tenant.get('nobody'))),
    )
    return sleep(60_000)
  })
  expect(seen).toEqual(['a'])
})
