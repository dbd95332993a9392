/** RUN-19: what diagnostics notice while a program runs. */
import {
  CancelScope,
  checkpoint,
  diagnose,
  gather,
  hold,
  onLateError,
  run,
  sleep,
  TaskGroup,
  timeout,
  within,
} from 'withal'
import type { Diagnostic } from 'withal'
import { TestClock } from 'withal/testing'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { HandClock, settled } from '../../test/hand-clock.ts'
import { watchLoop } from './blocked-loop.ts'

const heard: Diagnostic[] = []
let stop: () => void
beforeEach(() => {
  heard.length = 0
  stop = diagnose((diagnostic) => {
    // Some tests leave handles on purpose: those are told of whenever the collector comes, in any test.
    if (diagnostic.code !== 'WITHAL_NEVER_CLOSED') heard.push(diagnostic)
  })
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
