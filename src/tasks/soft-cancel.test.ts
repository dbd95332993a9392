/** The graceful phase: work is asked to come to an end by itself, and cancelled only when it takes too long. */
import { CancelScope, checkpoint, currentScope, now, shield, sleep, TaskGroup, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

describe('softCancel', () => {
  test('CS-57 sets `stopping` and aborts `stopSignal` at once, and cancels nothing yet', async () => {
    await within(clock(), new CancelScope(), async (_, scope) => {
      expect([scope.stopping, scope.stopSignal.aborted]).toEqual([false, false])
      scope.softCancel(100)
      expect([scope.stopping, scope.stopSignal.aborted]).toEqual([true, true])
      expect([scope.cancelled, scope.signal.aborted]).toEqual([false, false])
      await sleep(10)
    })
  })

  test('CS-57 lets a body that ends by itself give its value', async () => {
    const scope = new CancelScope()
    const result = await within(clock(), scope, async () => {
      scope.softCancel(100)
      let rounds = 0
      while (!currentScope().stopping || rounds < 3) {
        rounds++
        await sleep(10)
      }
      return rounds
    })
    expect([result, scope.cancelled, scope.caught]).toEqual([3, false, false])
  })

  test('CS-57 cancels what has not ended after the time of grace, with its reason', async () => {
    const scope = new CancelScope()
    const seen: unknown[] = []
    const result = await within(clock(), scope, async () => {
      scope.softCancel(100, 'shutdown')
      await sleep(60_000).finally(() => seen.push(now(), scope.signal.reason))
    })
    expect(seen).toMatchObject([100, { reason: 'shutdown', source: 'explicit' }])
    expect([result, scope.caught]).toEqual([undefined, true])
  })

  test.each([
    ['shorter', 10, 10],
    ['longer', 500, 100],
  ])('CS-57 asked again with a %s time, the earlier end counts', async (_, second, ended) => {
    const result = await within(clock(), async () => {
      await within(new CancelScope(), (scope) => {
        scope.softCancel(100)
        scope.softCancel(second)
        return sleep(60_000)
      })
      return now()
    })
    expect(result).toBe(ended)
  })

  test.each([0, -1])('CS-57 with %s cancels on the next turn', async (grace) => {
    const scope = new CancelScope()
    await within(scope, () => {
      scope.softCancel(grace)
      expect(scope.cancelled).toBe(false)
      return sleep(60_000)
    })
    expect(scope.caught).toBe(true)
  })

  test('CS-57 with Infinity never cancels', async () => {
    const ended = await within(clock(), new CancelScope(), (_, scope) => {
      scope.softCancel(Infinity)
      return sleep(2 ** 40).then(() => 'ended by itself')
    })
    expect(ended).toBe('ended by itself')
  })

  test('CS-57 leaves no timer that could cancel after the end', async () => {
    const standing = new TestClock()
    const scope = new CancelScope()
    await within(standing, scope, () => scope.softCancel(10))
    await standing.advance(100)
    expect(scope.cancelled).toBe(false)
  })

  test('CS-57 after the end does nothing', async () => {
    const scope = new CancelScope()
    await within(scope, () => {})
    scope.softCancel(10)
    expect(scope.stopping).toBe(false)
  })

  test('CS-57 before entering is an error', () => {
    expect(thrownAtOnceBy(() => new CancelScope().softCancel(10))).toMatchObject({ code: 'WITHAL_NOT_ENTERED' })
  })

  test('CS-57 with NaN is refused', async () => {
    await within(new CancelScope(), (scope) => {
      expect(thrownAtOnceBy(() => scope.softCancel(Number.NaN))).toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
      expect(scope.stopping).toBe(false)
    })
  })
})

describe('the graceful phase', () => {
  test('CS-57 is that of scopes and tasks inside, too', async () => {
    await within(clock(), new CancelScope(), new TaskGroup(), async (_, scope, group) => {
      const task = group.spawn(() =>
        within(new CancelScope(), async (inner) => {
          await new Promise((resolve) => inner.stopSignal.addEventListener('abort', resolve))
          return currentScope().stopping && currentScope().stopSignal.aborted
        }),
      )
      await checkpoint({ macrotask: true })
      scope.softCancel(100)
      expect(await task.result).toBe(true)
    })
  })

  test('CS-57 is that of scopes that are opened in it', async () => {
    await within(new CancelScope(), async (scope) => {
      scope.softCancel(100)
      await within(new CancelScope(), (inner) =>
        expect([inner.stopping, inner.stopSignal.aborted]).toEqual([true, true]),
      )
    })
  })

  test('CS-57 of an inner scope is not that of the outer', async () => {
    await within(new CancelScope(), new CancelScope(), (outer, inner) => {
      inner.softCancel(100)
      expect([outer.stopping, outer.stopSignal.aborted]).toEqual([false, false])
    })
  })

  test('CS-57 stops at shields: cleanup is not asked to stop', async () => {
    await within(new CancelScope(), async (scope) => {
      scope.softCancel(100)
      expect(await shield(() => currentScope().stopping)).toBe(false)
      await within(new CancelScope({ shield: true }), (inner) => {
        expect(inner.stopping).toBe(false)
        inner.shield = false
        expect([inner.stopping, inner.stopSignal.aborted]).toEqual([true, true])
      })
    })
  })

  test('CS-57 has begun, at the latest, with the cancellation', async () => {
    await within(new CancelScope(), new CancelScope(), (outer, inner) => {
      const { stopSignal } = inner
      outer.cancel('enough')
      expect([inner.stopping, stopSignal.aborted, currentScope().stopping]).toEqual([true, true, true])
      expect(stopSignal.reason).toBe(outer.signal.reason)
    })
  })

  test('CS-57 a wait for new work that has `stopSignal` ends at once, and the work under way goes on', async () => {
    const events: unknown[] = []
    await within(clock(), new CancelScope(), new TaskGroup(), async (_, scope, group) => {
      group.spawn(() => sleep(50).then(() => events.push('work under way has ended')))
      group.spawn(async () => {
        events.push(await thrownBy(() => sleep(Infinity, { signal: currentScope().stopSignal })))
      })
      await checkpoint({ macrotask: true })
      scope.softCancel(100)
    })
    expect(events).toMatchObject([
      { name: 'AbortError', message: 'This operation was asked to stop' },
      'work under way has ended',
    ])
  })
})
