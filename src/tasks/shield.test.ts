/** Scopes that cancellation from outside does not enter, and the shield round cleanup. */
import { CancelScope, checkpoint, contextManager, leaves, shield, sleep, TaskGroup, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

describe('a shielded scope', () => {
  test('CS-13 is not reached by cancellation from outside', async () => {
    await within(clock(), new CancelScope(), async (_, outer) => {
      const inner = new CancelScope({ shield: true })
      const result = await within(inner, async () => {
        outer.cancel()
        await sleep(10)
        return 'finished'
      })
      expect([result, inner.cancelled, inner.signal.aborted]).toEqual(['finished', false, false])
    })
  })

  test('CS-13 is not reached by a cancellation that came before it was entered', async () => {
    const result: unknown[] = []
    await within(new CancelScope(), async (outer) => {
      outer.cancel()
      result.push(await within(new CancelScope({ shield: true }), () => checkpoint().then(() => 'finished')))
    })
    expect(result).toEqual(['finished'])
  })

  test('CS-13 is reached by its own cancel', async () => {
    const inner = new CancelScope({ shield: true })
    const result = await within(inner, () => (inner.cancel(), sleep(1)))
    expect([result, inner.caught]).toEqual([undefined, true])
  })

  test('CS-13 is reached by its own deadline', async () => {
    const inner = new CancelScope({ shield: true, timeout: 5 })
    expect(await within(clock(), inner, () => sleep(10))).toBeUndefined()
    expect([inner.expired, inner.caught]).toEqual([true, true])
  })

  test('CS-13 protects the scopes and tasks in it', async () => {
    const results: unknown[] = []
    await within(clock(), new CancelScope(), async (_, outer) => {
      await within(new CancelScope({ shield: true }), new CancelScope(), new TaskGroup(), async (_s, _i, group) => {
        outer.cancel()
        results.push(await group.spawn(() => sleep(5).then(() => 'task')).result)
      })
    })
    expect(results).toEqual(['task'])
  })

  test('CS-13 when it has ended, the cancellation from outside is met by the next wait', async () => {
    const events: string[] = []
    const outer = new CancelScope()
    await within(outer, async () => {
      outer.cancel()
      await within(new CancelScope({ shield: true }), () => checkpoint())
      events.push('after the shield')
      await checkpoint()
      events.push('never')
    })
    expect([events, outer.caught]).toEqual([['after the shield'], true])
  })
})

describe('a shield that is switched', () => {
  test('CS-14 off while a wait is going on, the outside being cancelled, ends that wait at once', async () => {
    await within(new CancelScope(), new CancelScope({ shield: true }), async (outer, inner) => {
      const waiting = thrownBy(() => sleep(60_000))
      outer.cancel()
      expect(inner.cancelled).toBe(false)
      inner.shield = false
      expect(inner.cancelled).toBe(true)
      expect(await waiting).toBe(outer.signal.reason)
    })
  })

  test('CS-14 on makes later waits safe', async () => {
    const events: unknown[] = []
    await within(clock(), new CancelScope(), new CancelScope(), async (_, outer, inner) => {
      outer.cancel()
      events.push(await thrownBy(() => sleep(1)))
      inner.shield = true
      await sleep(1)
      events.push('safe', inner.cancelled, inner.signal.aborted)
    })
    expect(events).toMatchObject([{ name: 'AbortError' }, 'safe', false, false])
  })

  test('CS-14 on gives a new signal in the place of one that has aborted', async () => {
    await within(new CancelScope(), new CancelScope(), (outer, inner) => {
      const { signal } = inner
      outer.cancel()
      inner.shield = true
      expect([signal.aborted, inner.signal.aborted]).toEqual([true, false])
    })
  })

  test('CS-14 on before it is entered shields from the start', async () => {
    const inner = new CancelScope()
    inner.shield = true
    await within(new CancelScope(), async (outer) => {
      outer.cancel()
      await within(inner, () => expect(inner.cancelled).toBe(false))
    })
  })

  test('CS-14 on leaves a cancelled scope inside cancelled by itself, and it takes its own', async () => {
    const inner = new CancelScope()
    const events: string[] = []
    await within(new CancelScope(), new CancelScope(), async (outer, shielding) => {
      await within(inner, async () => {
        inner.cancel()
        outer.cancel()
        shielding.shield = true
        await checkpoint()
      })
      events.push('after the inner scope')
    })
    expect([inner.caught, events]).toEqual([true, ['after the inner scope']])
  })

  test('CS-14 on and off again meets the outside again', async () => {
    await within(new CancelScope(), new CancelScope({ shield: true }), async (outer, inner) => {
      outer.cancel()
      inner.shield = false
      inner.shield = true
      await checkpoint()
      inner.shield = false
      expect(await thrownBy(() => checkpoint())).toBe(outer.signal.reason)
    })
  })
})

describe('shield()', () => {
  test('CS-53 runs cleanup that waits after a cancellation', async () => {
    const events: string[] = []
    await within(clock(), new CancelScope(), async (_, scope) => {
      scope.cancel()
      try {
        await sleep(1)
      } finally {
        await shield(async () => {
          await sleep(100)
          events.push('cleaned up')
        })
      }
      events.push('never')
    })
    expect(events).toEqual(['cleaned up'])
  })

  test('CS-53 gives the value of the work', async () => {
    expect(await shield(() => 'value')).toBe('value')
  })

  test('CS-53 lets the error of the work pass', async () => {
    const error = new Error('cleanup')
    expect(await thrownBy(() => shield(() => Promise.reject(error)))).toBe(error)
  })

  test('CS-53 has a limit of its own: the work is cancelled, waited for, and a TimeoutError is thrown', async () => {
    const events: string[] = []
    const work = async (): Promise<void> => {
      try {
        await sleep(60_000)
      } finally {
        events.push('stopped')
      }
    }
    const error = await thrownBy(() => within(clock(), () => shield(work, { timeout: 50 })))
    expect(error).toMatchObject({ name: 'TimeoutError', allowed: 50 })
    expect(events).toEqual(['stopped'])
  })

  test('CS-53 whose limit is no number runs nothing', async () => {
    const events: string[] = []
    const error = await thrownBy(() => shield(() => events.push('ran'), { timeout: Number.NaN }))
    expect(error).toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
    expect(events).toEqual([])
  })
})

describe('R21 cleanup in a cancelled scope', () => {
  test('R21 by a manager may wait, and the error of the body is what comes out', async () => {
    const events: string[] = []
    const failure = new Error('body')
    const connection = contextManager(async function* () {
      try {
        yield
      } finally {
        await sleep(10)
        events.push('closed')
      }
    })
    const thrown = await thrownBy(() =>
      within(clock(), new CancelScope(), connection(), async (_, scope) => {
        scope.cancel()
        throw failure
      }),
    )
    expect([thrown === failure, events]).toEqual([true, ['closed']])
  })

  test('R21 by a manager has a limit, and overrunning it does not hide the error of the body', async () => {
    const failure = new Error('body')
    const stuck = { '~exitTimeout': 20, '~enterAsync': () => {}, '~exitAsync': () => sleep(60_000) }
    const thrown = await thrownBy(() =>
      within(clock(), new CancelScope(), stuck, async (_, scope) => {
        scope.cancel()
        throw failure
      }),
    )
    expect(leaves(thrown, { causes: true })).toContain(failure)
    expect(leaves(thrown, { causes: true })).toContainEqual(expect.objectContaining({ code: 'WITHAL_EXIT_TIMEOUT' }))
  })

  test('R21 by a `finally` of one’s own may wait in a shield', async () => {
    const events: string[] = []
    await within(clock(), new CancelScope(), async (_, scope) => {
      try {
        scope.cancel()
        await sleep(1)
      } finally {
        await shield(() => sleep(10))
        events.push('cleaned up')
      }
    })
    expect(events).toEqual(['cleaned up'])
  })
})
