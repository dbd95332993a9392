/**
 * CS-59 has no counterpart: scopes are objects with identity, so nothing counts requests that could be taken back.
 * CS-60 has none either: a promise cannot be resumed with an error; who waits for a foreign one is told by signal.
 */
import {
  Cancelled,
  CancelScope,
  checkpoint,
  isCancelled,
  moveOnAfter,
  quit,
  run,
  sleep,
  TaskGroup,
  throwIfCancelled,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('a scope', () => {
  test('CS-01 in which nothing is cancelled gives the value of the body', async () => {
    const scope = new CancelScope()
    expect(await within(scope, async () => 'value')).toBe('value')
    expect([scope.cancelled, scope.caught, scope.expired]).toEqual([false, false, false])
  })

  test('CS-01 in which nothing is cancelled lets the failure of the body pass', async () => {
    const error = new Error('body')
    expect(await thrownBy(() => within(new CancelScope(), () => Promise.reject(error)))).toBe(error)
  })

  test('CS-02 aborts its signal at once when it is cancelled, and the reason is the Cancelled', async () => {
    await within(new CancelScope(), (scope) => {
      expect(scope.signal.aborted).toBe(false)
      scope.cancel('enough')
      expect(scope.signal.aborted).toBe(true)
      expect(scope.signal.reason).toMatchObject({ reason: 'enough', source: 'explicit' })
    })
  })

  test('CS-02 that is cancelled ends every wait in it, and every later one', async () => {
    const met: unknown[] = []
    await within(new CancelScope(), async (scope) => {
      const waits = [sleep(60_000), sleep(Infinity)]
      scope.cancel()
      for (const wait of [...waits, sleep(1), checkpoint()]) met.push(await thrownBy(() => wait))
      expect(met.map((error) => error === scope.signal.reason)).toEqual([true, true, true, true])
    })
  })

  test('CS-03 takes its own Cancelled out at its edge: the result is undefined, and `caught` is true', async () => {
    const scope = new CancelScope()
    const result = await within(scope, async () => {
      scope.cancel()
      await sleep(1)
      return 'never'
    })
    expect([result, scope.caught, scope.cancelled]).toEqual([undefined, true, true])
  })

  test('CS-04 that was cancelled gives the value of a body that did not meet it, and `caught` is false', async () => {
    const scope = new CancelScope()
    expect(await within(scope, () => (scope.cancel(), 'value'))).toBe('value')
    expect([scope.cancelled, scope.caught]).toEqual([true, false])
  })

  test('CS-05 that is cancelled twice keeps the first reason', async () => {
    await within(new CancelScope(), (scope) => {
      scope.cancel('first')
      const { reason } = scope.signal
      scope.cancel('second')
      expect(scope.signal.reason).toBe(reason)
      expect(reason).toMatchObject({ reason: 'first' })
    })
  })

  test('CS-06 that was cancelled before entering runs its body to the first wait', async () => {
    const scope = new CancelScope()
    scope.cancel('early')
    scope.cancel('later')
    const events: unknown[] = []
    const result = await within(scope, async () => {
      events.push('begun', scope.signal.reason)
      await sleep(1)
      events.push('went on')
    })
    expect(events).toMatchObject(['begun', { reason: 'early' }])
    expect([result, scope.caught]).toEqual([undefined, true])
  })

  test('CS-07 that was left ignores being cancelled', async () => {
    const scope = new CancelScope()
    await within(scope, () => {})
    scope.cancel()
    expect([scope.cancelled, scope.signal.aborted]).toEqual([false, false])
  })

  test.each(['signal', 'stopSignal'] as const)('has no %s before it is entered', (name) => {
    expect(thrownAtOnceBy(() => new CancelScope()[name])).toMatchObject({ code: 'WITHAL_NOT_ENTERED' })
  })

  test('takes a timeout or a deadline, not both', () => {
    expect(thrownAtOnceBy(() => new CancelScope({ timeout: 1, deadline: 1 }))).toMatchObject({
      code: 'WITHAL_INVALID_ARGUMENT',
    })
  })
})

describe('cancelling an outer scope', () => {
  test('CS-09 reaches all scopes in it in the same synchronous step', async () => {
    await within(new CancelScope(), new CancelScope(), new CancelScope(), (outer, middle, inner) => {
      outer.cancel()
      expect([middle.cancelled, inner.cancelled, inner.signal.aborted]).toEqual([true, true, true])
      expect(inner.signal.reason).toBe(outer.signal.reason)
    })
  })

  test('CS-09 reaches child tasks and the scopes in them in the same synchronous step', async () => {
    const inner = new CancelScope()
    await within(new CancelScope(), new TaskGroup(), async (outer, group) => {
      const task = group.spawn(() => within(inner, () => sleep(60_000)))
      await checkpoint({ macrotask: true })
      outer.cancel()
      expect([inner.cancelled, group.signal.aborted]).toEqual([true, true])
      expect(await thrownBy(() => task.result)).toMatchObject({ name: 'TaskCancelledError' })
    })
  })

  test('CS-09 reaches a scope that is opened afterwards', async () => {
    const inner = new CancelScope()
    const outer = new CancelScope()
    await within(outer, async () => {
      outer.cancel()
      await within(inner, () => expect(inner.cancelled).toBe(true))
    })
  })
})

test('CS-10 cancelling an inner scope leaves the outer one alone', async () => {
  await within(new CancelScope(), async (outer) => {
    await within(new CancelScope(), async (inner) => {
      inner.cancel()
      await sleep(1)
    })
    expect([outer.cancelled, outer.signal.aborted]).toEqual([false, false])
    await checkpoint()
  })
})

describe('Cancelled', () => {
  test('CS-28 carries the scope, the reason and the source, and its text says so', async () => {
    const scopes: unknown[] = []
    await within(new CancelScope(), new CancelScope(), (outer, inner) => {
      outer.cancel('the user has gone')
      scopes.push(inner.signal.reason.scope === outer.signal.reason.scope)
      expect(inner.signal.reason).toMatchObject({ reason: 'the user has gone', source: 'explicit' })
      expect(inner.signal.reason.message).toBe('This operation was cancelled: the user has gone')
    })
    expect(scopes).toEqual([true])
  })

  test('CS-28 names the task whose failure caused it', async () => {
    const met: unknown[] = []
    const running = within(new TaskGroup(), async (group) => {
      group.spawn(() => Promise.reject(new Error('no disk')), { name: 'writer' })
      met.push(await thrownBy(() => sleep(60_000)))
    })
    await thrownBy(() => running)
    expect(met).toMatchObject([{ source: 'sibling', task: 'writer' }])
    expect(String(met[0])).toContain('(task "writer"): no disk')
  })

  test('R23 its stack tells where the scope was cancelled', async () => {
    function giveUp(scope: CancelScope): void {
      scope.cancel('enough')
    }
    const thrown = await within(new TestClock(), new CancelScope(), async (_, scope) => {
      const waiting = thrownBy(() => sleep(60_000))
      giveUp(scope)
      return await waiting
    })
    expect((thrown as Error).stack).toMatch(/^AbortError: .*enough\n(.*\n)*.*giveUp/)
  })

  const causes: [string, (met: () => Promise<void>) => Promise<unknown>][] = [
    ['deadline', (met) => within(moveOnAfter(0), met)],
    ['signal', (met) => within(new CancelScope({ signal: AbortSignal.abort() }), met)],
    ['explicit', (met) => within(new CancelScope(), (scope) => (scope.cancel(), met()))],
    [
      'sibling',
      (met) => within(new TaskGroup(), (group) => (group.spawn(() => Promise.reject(new Error('no'))), met())),
    ],
    ['shutdown', (met) => run(async (group) => (group.spawn(met), await checkpoint({ macrotask: true }), quit()))],
  ]
  test.for(causes)('CS-28 R23 tells by its source what it is due to: %s', async ([source, work]) => {
    const seen: unknown[] = []
    const met = async (): Promise<void> => void seen.push(await thrownBy(() => sleep(60_000)))
    await work(met).catch(() => {})
    expect(seen).toMatchObject([{ source, name: 'AbortError' }])
  })

  test('CS-29 is an Error with the name and the code of the platform', async () => {
    await within(new CancelScope(), (scope) => {
      scope.cancel()
      const cancelled = thrownAtOnceBy(throwIfCancelled)
      expect(cancelled).toBeInstanceOf(Error)
      expect(cancelled).toBeInstanceOf(Cancelled)
      expect(cancelled).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' })
    })
  })
})

describe('cancelling oneself', () => {
  test('CS-30 throws nothing until the next wait', async () => {
    const events: string[] = []
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      events.push('goes on')
      await Promise.resolve()
      events.push('also after an await of something else')
      await checkpoint()
      events.push('never')
    })
    expect(events).toEqual(['goes on', 'also after an await of something else'])
  })

  test('CS-31 and waiting for one’s own end ends instead of hanging', async () => {
    const met: unknown[] = []
    await within(new TaskGroup(), async (group) => {
      const task = group.spawn(async () => {
        await checkpoint({ macrotask: true })
        met.push(await thrownBy(() => task.cancel('myself')))
      })
    })
    expect(met.map(isCancelled)).toEqual([true])
  })
})

describe('CS-32 the promise of `task.cancel()`', () => {
  test('CS-32 waits until the cleanup of the task has ended', async () => {
    const events: string[] = []
    await within(new TaskGroup(), async (group) => {
      const task = group.spawn(async () => {
        try {
          await sleep(60_000)
        } finally {
          await new Promise((resolve) => setImmediate(resolve))
          events.push('cleaned up')
        }
      })
      await checkpoint({ macrotask: true })
      await task.cancel()
      events.push('told', String(task.running))
    })
    expect(events).toEqual(['cleaned up', 'told', 'false'])
  })

  test('CS-32 rejects with an error of the cleanup', async () => {
    const error = new Error('cleanup')
    const running = within(new TaskGroup({ supervise: true }), async (group) => {
      const task = group.spawn(async () => {
        try {
          await sleep(60_000)
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- what fails in the cleanup is what is tested
          throw error
        }
      })
      await checkpoint({ macrotask: true })
      expect(await thrownBy(() => task.cancel())).toBe(error)
    })
    expect(await thrownBy(() => running)).toMatchObject({ name: 'ErrorGroup', errors: [error] })
  })
})
