/** RUN-19 and R23: what diagnostics notice while a program runs, and what a Cancelled then tells of the wait it has ended. */
import {
  CancelScope,
  checkpoint,
  diagnose,
  gather,
  hold,
  isCancelled,
  onLateError,
  run,
  shield,
  sleep,
  TaskGroup,
  throwIfCancelled,
  timeout,
  within,
} from 'withal'
import type { Diagnostic } from 'withal'
import { TestClock } from 'withal/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { HandClock, settled } from '../../test/hand-clock.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'
import { watchLoop } from './blocked-loop.ts'

const heard: Diagnostic[] = []
let stop: () => void
beforeEach(() => {
  heard.length = 0
  stop = diagnose((diagnostic) => heard.push(diagnostic))
})
afterEach(() => stop())

const clock = (): TestClock => new TestClock({ autoAdvance: true })
const here = /^ +at .*debug-mode\.test\.ts/
const codes = (): string[] => heard.map(({ code }) => code).filter((code) => code !== 'WITHAL_BLOCKED') // a busy machine blocks, too
const lateErrors = async (work: () => unknown): Promise<unknown[]> => {
  const late: unknown[] = []
  const remove = onLateError((error) => (late.push(error), 'handled'))
  await work()
  remove()
  return late
}

describe('RUN-19 a task that has ended', () => {
  test('RUN-19 while a wait it had begun goes on is named, with the places of both', async () => {
    await within(clock(), new TaskGroup(), (_, group) => {
      group.spawn(() => void sleep(10), { name: 'forgetful' })
    })
    expect(heard).toEqual([
      {
        code: 'WITHAL_NOT_AWAITED',
        message: expect.stringMatching(
          /^The task "forgetful" has ended while waits .* `await` was forgotten.*\n +at .*debug-mode\.test\.ts/,
        ) as string,
        openedAt: expect.stringMatching(here) as string,
      },
    ])
  })

  test('RUN-19 that has left losers of Promise.race behind is named; with `race` and `gather` there are none', async () => {
    await within(clock(), new TaskGroup(), (_, group) => {
      group.spawn(() => Promise.race([sleep(1), sleep(10)]), { name: 'racing' })
      group.spawn(() => gather([() => sleep(1), () => sleep(10)]), { name: 'gathering' })
    })
    expect(heard.map(({ message }) => message.slice(0, 17))).toEqual(['The task "racing"'])
  })

  test('RUN-19 before a scope that it has opened is named, with the places of both', async () => {
    await lateErrors(() =>
      within(clock(), new TaskGroup(), (_, group) => {
        group.spawn(() => void within(timeout(10), () => sleep(5)).catch(() => {}), { name: 'forgetful' })
      }),
    )
    expect(heard).toEqual([
      {
        code: 'WITHAL_LEFT_OPEN',
        message: expect.stringMatching(
          /^The task "forgetful" has ended before scopes .*\n +at .*debug-mode\.test\.ts/,
        ) as string,
        openedAt: expect.stringMatching(here) as string,
      },
    ])
  })

  test('RUN-19 by its cancellation is not', async () => {
    await within(clock(), new TaskGroup(), async (_, group) => {
      group.spawn(() => Promise.all([sleep(Infinity), sleep(Infinity)]))
      await sleep(1)
      group.cancel()
    })
    expect(codes()).toEqual([])
  })

  test('RUN-19 and has waited for all it began is not', async () => {
    await within(clock(), new TaskGroup({ limit: 1 }), async (_, group) => {
      const first = group.spawn(() => within(timeout(10), () => sleep(5)))
      group.spawn(() => first.result)
      group.spawn(() => within(new TaskGroup(), (inner) => void inner.spawn(() => sleep(1))))
    })
    expect(codes()).toEqual([])
  })
})

describe('RUN-19 a program', () => {
  test('RUN-19 whose main function ends while a wait it had begun goes on is named', async () => {
    await run(() => void sleep(1).catch(() => {}))
    expect(codes()).toEqual(['WITHAL_NOT_AWAITED'])
    expect(heard.find(({ code }) => code === 'WITHAL_NOT_AWAITED')?.message).toMatch(
      /^The main function of a program .*\n +at .*debug-mode\.test\.ts/,
    )
  })

  test('RUN-19 that ends before a scope opened in it tells where that was opened', async () => {
    const late = await lateErrors(() => run(async () => void (await hold(new CancelScope()))))
    expect(late).toEqual([expect.objectContaining({ code: 'WITHAL_MISNESTED' })])
    expect(String(late[0])).toMatch(/Opened at:\n +at .*debug-mode\.test\.ts/)
  })

  test('RUN-19 a scope left before one that was opened in it tells where that was opened', async () => {
    const outer = new CancelScope()
    const late = await lateErrors(() => within(outer, async () => void (await hold(new CancelScope()))))
    expect(String(late[0])).toMatch(/Opened at:\n +at .*debug-mode\.test\.ts/)
  })

  test('RUN-19 without diagnostics nothing of it is known', async () => {
    stop()
    const late = await lateErrors(() => run(async () => void (await hold(new CancelScope()))))
    expect(String(late[0])).not.toContain('Opened at')
    await run(() => void sleep(1).catch(() => {}))
    expect(heard).toEqual([])
  })
})

describe('RUN-19 work that keeps others from running', () => {
  /** A clock that stands still; work is as long as it says. */
  class WorkClock extends HandClock {
    worked = 0
    override now(): number {
      return super.now() + this.worked
    }
  }

  const limits: [number, number][] = [
    [99, 0],
    [100, 1],
  ]
  test.for(limits)('RUN-19 for %i ms before its first wait: named %i times', async ([duration, times]) => {
    const time = new WorkClock()
    await time.run(() =>
      within(new TaskGroup(), (group) => {
        group.spawn(() => (time.worked += duration), { name: 'busy' })
      }),
    )
    const told = { code: 'WITHAL_BLOCKED', message: expect.stringMatching(/^The task "busy" ran for 100 ms/) as string }
    expect(heard).toEqual(Array.from({ length: times }, () => expect.objectContaining(told) as Diagnostic))
  })

  test('RUN-19 a task that asks for no signal is given none by being watched', async () => {
    const given = vi.fn<(...args: unknown[]) => void>()
    await within(new TaskGroup(), (group) => {
      group.spawn(() => given())
      group.spawn((signal) => given(signal))
    })
    expect(given.mock.calls).toEqual([[], [expect.any(AbortSignal)]])
  })

  test.for(limits)(
    'RUN-19 %i ms later than it should, the event loop has been blocked: named %i times',
    async ([late, times]) => {
      const time = new WorkClock()
      const stopWatching = watchLoop(time, () => 'the task "busy"')
      await time.turn(500)
      expect(heard).toEqual([])
      time.worked += late
      await time.turn(50)
      await time.turn(500)
      stopWatching()
      expect(time.timers).toBe(0)
      expect(heard.map(({ message }) => message)).toEqual(
        Array.from(
          { length: times },
          () =>
            expect.stringMatching(
              /^The event loop was blocked for about 100 ms.* Running: the task "busy"\.$/,
            ) as string,
        ),
      )
    },
  )

  test('RUN-19 the event loop is watched while a program runs, and no longer', async () => {
    const block = (): void => {
      const end = performance.now() + 200
      while (performance.now() < end);
    }
    await run(async (group) => {
      group.spawn(() => sleep(Infinity), { name: 'waiting' })
      await sleep(1)
      block()
      while (heard.length === 0) await checkpoint({ macrotask: true })
    })
    expect(heard[0]).toMatchObject({ code: 'WITHAL_BLOCKED', message: expect.stringContaining('waiting') as string })
    heard.length = 0
    block()
    await settled()
    expect(heard).toEqual([])
  })
})

describe('R23 with diagnostics on, the Cancelled of a wait', () => {
  test('R23 has the stack of the wait, and that of the cancellation as its cause', async () => {
    const scope = new CancelScope()
    const thrown = await within(clock(), scope, async () => {
      async function waitHere(): Promise<unknown> {
        return await thrownBy(() => sleep(Infinity))
      }
      async function cancelThere(): Promise<void> {
        scope.cancel('enough')
      }
      const waiting = waitHere()
      await cancelThere()
      return await waiting
    })
    const { stack, cause } = thrown as Error
    expect(stack).toMatch(/^AbortError: .*enough\n.*debug-mode\.test\.ts(.*\n)*.*waitHere/)
    expect((cause as Error).stack).toContain('cancelThere')
    expect(cause).toBe(scope.signal.reason)
  })

  test('R23 tells the same as the one of the scope, and is taken by it', async () => {
    const scope = new CancelScope()
    let thrown: unknown
    await within(scope, new TaskGroup(), async (_, group) => {
      scope.cancel('enough')
      group.spawn(() => sleep(Infinity))
      throw (thrown = await thrownBy(() => checkpoint()))
    })
    const { scope: of, reason, source, task, message } = scope.signal.reason as Error & Record<string, unknown>
    expect(thrown).toMatchObject({ scope: of, reason, source, message, code: 'ABORT_ERR', name: 'AbortError' })
    expect([isCancelled(thrown), task, scope.caught]).toEqual([true, undefined, true])
  })

  test('R23 that is refused, or thrown at once, has the stack of the call', async () => {
    const scope = new CancelScope()
    await within(scope, async () => {
      scope.cancel()
      expect((await thrownBy(() => checkpoint()) as Error).stack).toMatch(/\n +at .*debug-mode\.test\.ts/) // prettier-ignore
      expect((thrownAtOnceBy(() => throwIfCancelled()) as Error).stack).toMatch(/\n +at .*debug-mode\.test\.ts/)
    })
  })

  test('R23 the reason of a signal given to a wait is thrown as it is', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const waiting = thrownBy(() => within(new CancelScope(), () => sleep(60_000, { signal: controller.signal })))
    await settled()
    controller.abort(reason)
    expect(await waiting).toBe(reason)
  })

  test('R23 is the cause of a TimeoutError, and so tells where the time was spent', async () => {
    async function slowQuery(): Promise<void> {
      await sleep(Infinity)
    }
    const thrown = await thrownBy(() => within(clock(), timeout(10), () => slowQuery()))
    expect(thrown).toMatchObject({ name: 'TimeoutError', cause: { source: 'deadline' } })
    expect(((thrown as Error).cause as Error).stack).toMatch(/^AbortError: .*\n.*slowQuery/)
  })

  test('R23 without them it is the one of the scope', async () => {
    stop()
    const scope = new CancelScope()
    await within(scope, async () => {
      scope.cancel()
      expect(await thrownBy(() => sleep(1))).toBe(scope.signal.reason)
    })
  })
})

describe('rule F with diagnostics on, a wait that is refused', () => {
  test('rule F after another has thrown in the same frame is named, once', async () => {
    const scope = new CancelScope()
    await within(clock(), scope, async () => {
      try {
        scope.cancel()
        await sleep(1)
      } finally {
        await sleep(1).catch(() => {})
        await sleep(1).catch(() => {})
      }
    })
    expect(heard).toEqual([
      {
        code: 'WITHAL_REFUSED',
        message: expect.stringMatching(
          /^A wait in a cancelled scope .*shield.*\n +at .*debug-mode\.test\.ts/,
        ) as string,
        openedAt: expect.stringMatching(here) as string,
      },
    ])
  })

  test('rule F after one was interrupted is named, too', async () => {
    await within(clock(), new TaskGroup(), async (_, group) => {
      group.spawn(async () => {
        try {
          await sleep(10)
        } finally {
          await sleep(1)
        }
      })
      await sleep(1)
      group.cancel()
    })
    expect(codes()).toEqual(['WITHAL_REFUSED'])
  })

  test('rule F that is the first is not, nor one in a shield, nor one in another task', async () => {
    await within(clock(), new TaskGroup(), async (_, group) => {
      group.cancel()
      group.spawn(() => sleep(1))
      group.spawn(async () => {
        try {
          await sleep(1)
        } finally {
          await shield(() => sleep(1))
        }
      })
    })
    expect(codes()).toEqual([])
  })
})
