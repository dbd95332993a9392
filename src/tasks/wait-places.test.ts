/** What diagnostics know of waits: a Cancelled then tells where it was met (R23), and surprising refusals are named (rule F). */
import {
  CancelScope,
  checkpoint,
  diagnose,
  isCancelled,
  shield,
  sleep,
  TaskGroup,
  throwIfCancelled,
  timeout,
  within,
} from 'withal'
import type { Diagnostic } from 'withal'
import { TestClock } from 'withal/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

const heard: Diagnostic[] = []
let stop: () => void
beforeEach(() => {
  heard.length = 0
  stop = diagnose((diagnostic) => heard.push(diagnostic))
})
afterEach(() => stop())

const clock = (): TestClock => new TestClock({ autoAdvance: true })
const here = /^ +at .*wait-places\.test\.ts/
const codes = (): string[] => heard.map(({ code }) => code).filter((code) => code !== 'WITHAL_BLOCKED') // a busy machine blocks, too

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
    expect(stack).toMatch(/^AbortError: .*enough\n.*wait-places\.test\.ts(.*\n)*.*waitHere/)
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
      expect((await thrownBy(() => checkpoint()) as Error).stack).toMatch(/\n +at .*wait-places\.test\.ts/) // prettier-ignore
      expect((thrownAtOnceBy(() => throwIfCancelled()) as Error).stack).toMatch(/\n +at .*wait-places\.test\.ts/)
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
          /^A wait in a cancelled scope .*shield.*\n +at .*wait-places\.test\.ts/,
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
