/** How groups are cancelled: from outside, by `cancel()`, and one child alone; and what a limit on children does. */
import {
  CancelScope,
  checkpoint,
  currentScope,
  currentTask,
  diagnose,
  ErrorGroup,
  isCancelled,
  sleep,
  TaskCancelledError,
  TaskGroup,
  throwIfCancelled,
  within,
} from 'withal'
import type { Diagnostic, Task } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { stoppingSlowly } from '../../test/slow-stop.ts'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

describe('cancellation from outside', () => {
  test.each([
    ['while the body runs', () => sleep(Infinity)],
    ['while the group waits', async () => {}],
  ])('TG-10 %s cancels all children, waits for them, and passes bare', async (_, body) => {
    const events: string[] = []
    const scope = new CancelScope()
    await within(clock(), scope, async () => {
      const thrown = await thrownBy(() =>
        within(new TaskGroup(), async (group) => {
          group.spawn(() => stoppingSlowly(() => events.push('child')))
          group.spawn(() => sleep(5).then(() => scope.cancel('enough')))
          await body()
        }),
      )
      events.push('left')
      expect(isCancelled(thrown)).toBe(true)
      expect(thrown).toMatchObject({ reason: 'enough' })
    })
    expect(events).toEqual(['child', 'left'])
  })

  test('TG-11 together with a real error: the errors win, and the next wait meets the cancellation', async () => {
    const failure = new Error('cleanup')
    const scope = new CancelScope()
    const afterwards = vi.fn<(error: unknown) => void>()
    await within(clock(), scope, async () => {
      const thrown = await thrownBy(() =>
        within(new TaskGroup(), (group) => {
          group.spawn(() => sleep(Infinity).catch(() => Promise.reject(failure)))
          group.spawn(() => sleep(5).then(() => scope.cancel()))
        }),
      )
      expect(thrown).toBeInstanceOf(ErrorGroup)
      expect(thrown).toMatchObject({ errors: [failure] })
      await checkpoint().catch(afterwards)
    })
    expect(isCancelled(afterwards.mock.calls[0]?.[0])).toBe(true)
  })

  test('TG-21 aborts the signal that a child is given, and the ambient one, in the same step', async () => {
    const scope = new CancelScope()
    await within(scope, async () => {
      await within(new TaskGroup(), async (group) => {
        const signals: AbortSignal[] = []
        group.spawn(async (signal) => {
          signals.push(signal, currentScope().signal)
          await sleep(Infinity)
        })
        await checkpoint({ macrotask: true })
        expect(signals.map((signal) => signal.aborted)).toEqual([false, false])
        scope.cancel('enough')
        expect(signals.map((signal) => signal.aborted)).toEqual([true, true])
        expect(signals[0]?.reason).toMatchObject({ name: 'AbortError' })
      })
    })
    expect(scope.caught).toBe(true)
  })
})

describe('group.cancel', () => {
  test('TG-26 cancels the children, not the body, whose value is the result', async () => {
    const value = await within(clock(), new TaskGroup(), async (_, group) => {
      const child = group.spawn(() => sleep(Infinity))
      group.cancel('enough')
      await sleep(10)
      throwIfCancelled()
      expect(child.running).toBe(false)
      return 'value'
    })
    expect(value).toBe('value')
  })

  test('TG-26 called twice is one cancel: the first reason stays', async () => {
    await within(new TaskGroup(), (group) => {
      group.cancel('first')
      group.cancel('second')
      expect(group.signal.reason).toMatchObject({ reason: 'first' })
    })
  })

  test('TG-26 called before entering, it takes effect on entering', async () => {
    const group = new TaskGroup()
    group.cancel('early')
    group.cancel('later')
    await within(group, () => {
      expect(group.signal.reason).toMatchObject({ reason: 'early' })
      group.spawn(() => sleep(Infinity))
    })
  })

  test('TG-26 called after the end, it does nothing', async () => {
    const group = new TaskGroup()
    const signal = await within(group, () => group.signal)
    group.cancel()
    expect(signal.aborted).toBe(false)
  })

  test('TG-27 a real error in a child wins', async () => {
    const failure = new Error('cleanup')
    const thrown = await thrownBy(() =>
      within(new TaskGroup(), async (group) => {
        group.spawn(() => sleep(Infinity).catch(() => Promise.reject(failure)))
        await checkpoint({ macrotask: true })
        group.cancel()
      }),
    )
    expect(thrown).toMatchObject({ errors: [failure] })
  })

  test('rule O a CancelScope round the group ends both', async () => {
    const scope = new CancelScope()
    const value = await within(scope, new TaskGroup(), async (_, group) => {
      group.spawn(() => sleep(Infinity))
      scope.cancel()
      await checkpoint()
      return 'value'
    })
    expect(value).toBeUndefined()
  })

  test('TG-16 rule K spawn on a group that is cancelling starts the child, cancelled from the start', async () => {
    const events: unknown[] = []
    await within(new TaskGroup(), async (group) => {
      group.cancel()
      const task = group.spawn(async (signal) => {
        events.push('started', signal.aborted)
        await checkpoint()
        events.push('went on')
      })
      expect(await thrownBy(() => task.result)).toBeInstanceOf(TaskCancelledError)
    })
    expect(events).toEqual(['started', true])
  })

  test('TG-19 a child that is cancelled before it starts runs to its first wait', async () => {
    const events: unknown[] = []
    await within(new TaskGroup(), (group) => {
      group.spawn(async (signal) => {
        events.push('started', signal.aborted)
        await sleep(10).finally(() => events.push('stopped'))
      })
      group.cancel()
    })
    expect(events).toEqual(['started', true, 'stopped'])
  })
})

describe('a limit', () => {
  test('TG-41 lets at most that many children run; the others wait in order', async () => {
    const events: string[] = []
    let [running, most] = [0, 0]
    await within(clock(), new TaskGroup({ limit: 2 }), (_, group) => {
      for (const name of ['a', 'b', 'c', 'd', 'e']) {
        group.spawn(async () => {
          events.push(name)
          most = Math.max(most, ++running)
          await sleep(10)
          running--
        })
      }
    })
    expect(events).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(most).toBe(2)
  })

  test('TG-41 drops who waits for a place when the group is cancelled, unstarted', async () => {
    const dropped = vi.fn<() => void>()
    const result = await within(new TaskGroup({ limit: 1 }), async (group) => {
      group.spawn(() => sleep(Infinity))
      const waiting = group.spawn(dropped)
      group.cancel()
      return await thrownBy(() => waiting.result)
    })
    expect(dropped).not.toHaveBeenCalled()
    expect(result).toBeInstanceOf(TaskCancelledError)
  })

  test('TG-41 a child can cancel one that waits for its place, and goes on', async () => {
    const [dropped, wentOn] = [vi.fn<() => void>(), vi.fn<() => void>()]
    await within(new TaskGroup({ limit: 1 }), (group) => {
      let waiting: Task<void> | undefined
      group.spawn(async () => {
        await waiting?.cancel()
        wentOn()
      })
      waiting = group.spawn(dropped)
    })
    expect(dropped).not.toHaveBeenCalled()
    expect(wentOn).toHaveBeenCalledOnce()
  })

  test('TG-41 counts a child that start waits for', async () => {
    let [running, most] = [0, 0]
    const work = async (started: (value: void) => void): Promise<void> => {
      most = Math.max(most, ++running)
      started()
      await sleep(10)
      running--
    }
    await within(clock(), new TaskGroup({ limit: 1 }), async (_, group) => {
      await group.start(work)
      await group.start(work)
    })
    expect(most).toBe(1)
  })
})

describe('a child that ignores cancellation', () => {
  /** A group with a child that ends when the test says so; what was told after so many milliseconds. */
  async function toldAfter(duration: number): Promise<Diagnostic[]> {
    const heard: Diagnostic[] = []
    const stop = diagnose((diagnostic) => heard.push(diagnostic))
    const time = new TestClock()
    const stubborn = Promise.withResolvers<void>()
    const running = within(time, new TaskGroup({ name: 'workers' }), (_, group) => {
      group.spawn(() => stubborn.promise, { name: 'stubborn' })
      group.spawn(() => sleep(Infinity), { name: 'obedient' })
      group.cancel()
    })
    await time.advance(duration)
    stubborn.resolve()
    await running
    stop()
    expect(time.timers).toBe(0)
    return heard
  }

  test('TG-38 R3 is named after the grace time, with the place where it was spawned', async () => {
    expect(await toldAfter(5_000)).toEqual([
      {
        code: 'WITHAL_IGNORES_CANCELLATION',
        message: expect.stringMatching(/^The task "stubborn" of the workers has not ended 5000 ms after/) as string,
        openedAt: expect.stringMatching(/^ +at .*task-group-cancel\.test\.ts/) as string,
      },
    ])
  })

  test('TG-38 is not named when it ends within the grace time', async () => {
    expect(await toldAfter(4_999)).toEqual([])
  })

  test('TG-38 is waited for, and nothing is told when nobody listens', async () => {
    const time = new TestClock()
    const stubborn = Promise.withResolvers<void>()
    const left = vi.fn<() => void>()
    const running = within(time, new TaskGroup(), (_, group) => {
      group.spawn(() => stubborn.promise, { name: 'stubborn' })
      group.cancel()
      expect(currentTask()).toBeUndefined()
    }).then(left)
    await time.idle()
    expect([time.timers, left.mock.calls.length]).toEqual([0, 0])
    stubborn.resolve()
    await running
  })
})
