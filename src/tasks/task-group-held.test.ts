/** Groups that are held natively or on a stack: they cover nothing, and `join()` is the word (rule E). */
import { setImmediate } from 'node:timers/promises'
import {
  AsyncExitStack,
  checkpoint,
  contextManager,
  diagnose,
  ErrorGroup,
  hold,
  leaves,
  moveOnAfter,
  onLateError,
  shield,
  sleep,
  StateError,
  TaskGroup,
  throwIfCancelled,
  timeout,
  within,
} from 'withal'
import type { Diagnostic } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

describe('a group in a native block', () => {
  test('TG-36 join waits for the children', async () => {
    const finished = vi.fn<() => void>()
    await within(clock(), async () => {
      await using held = await hold(new TaskGroup())
      held.value.spawn(() => sleep(10).then(() => finished()))
      await held.value.join()
      expect(finished).toHaveBeenCalledOnce()
    })
  })

  test('TG-36 join throws the errors of the children, as `within` does', async () => {
    const failure = new Error('child')
    const thrown = await thrownBy(async () => {
      await using held = await hold(new TaskGroup())
      held.value.spawn(() => Promise.reject(failure))
      await held.value.join()
    })
    expect(thrown).toBeInstanceOf(ErrorGroup)
    expect(thrown).toMatchObject({ errors: [failure] })
  })

  test('TG-36 leaving it without a word cancels the children and waits for them', async () => {
    const events: string[] = []
    await within(clock(), async () => {
      {
        await using held = await hold(new TaskGroup())
        held.value.spawn(() => sleep(Infinity).finally(() => events.push('stopped')))
        await checkpoint()
      }
      events.push('left')
    })
    expect(events).toEqual(['stopped', 'left'])
  })

  test('TG-36 leaving it without a word throws the real errors of the children', async () => {
    const failure = new Error('cleanup')
    const thrown = await thrownBy(async () => {
      await using held = await hold(new TaskGroup())
      held.value.spawn(() => sleep(Infinity).catch(() => Promise.reject(failure)))
      await checkpoint()
    })
    expect(thrown).toMatchObject({ errors: [failure] })
  })

  test('TG-36 an error of the block and those of the children both come out', async () => {
    const [ofBlock, ofChild] = [new Error('block'), new Error('cleanup')]
    const thrown = await thrownBy(async () => {
      await using held = await hold(new TaskGroup())
      held.value.spawn(() => sleep(Infinity).catch(() => Promise.reject(ofChild)))
      await checkpoint()
      throw ofBlock
    })
    expect(leaves(thrown)).toEqual([ofBlock, ofChild])
  })

  test('TG-36 a join that is interrupted is not the word: leaving then cancels', async () => {
    const stopped = vi.fn<() => void>()
    await within(clock(), async () => {
      await using held = await hold(new TaskGroup())
      held.value.spawn(() => sleep(Infinity).finally(stopped))
      await within(moveOnAfter(10), () => held.value.join())
      expect(stopped).not.toHaveBeenCalled()
    })
    expect(stopped).toHaveBeenCalledOnce()
  })

  test('TG-36 a child that is spawned after the join is cancelled without another one', async () => {
    const stopped = vi.fn<() => void>()
    await within(clock(), async () => {
      await using held = await hold(new TaskGroup())
      await held.value.join()
      held.value.spawn(() => sleep(Infinity).finally(stopped))
      await checkpoint()
    })
    expect(stopped).toHaveBeenCalledOnce()
  })

  test('TG-36 after a join, leaving aborts no signal', async () => {
    let signal: AbortSignal | undefined
    {
      await using held = await hold(new TaskGroup())
      ;({ signal } = held.value)
      await held.value.join()
    }
    expect(signal.aborted).toBe(false)
  })

  test('rule D join ends background children, too', async () => {
    const stopped = vi.fn<() => void>()
    await within(clock(), async () => {
      await using held = await hold(new TaskGroup())
      held.value.spawn(() => sleep(Infinity).finally(stopped), { background: true })
      held.value.spawn(() => sleep(10))
      await held.value.join()
      expect(stopped).toHaveBeenCalledOnce()
    })
  })

  test('TG-37 rule E a failing child cancels its siblings and the signal of the group, not the block', async () => {
    const failure = new Error('child')
    const stopped = vi.fn<() => void>()
    await within(clock(), async () => {
      await using held = await hold(new TaskGroup())
      held.value.spawn(() => sleep(10).then(() => Promise.reject(failure)))
      held.value.spawn(() => sleep(Infinity).finally(stopped))
      await sleep(20)
      throwIfCancelled()
      expect(stopped).toHaveBeenCalledOnce()
      expect(held.value.signal.aborted).toBe(true)
      expect(await thrownBy(() => held.value.join())).toMatchObject({ errors: [failure] })
    })
  })

  test('TG-37 rule E a holder that does not notice the failure within the grace time is named', async () => {
    const heard: Diagnostic[] = []
    const stop = diagnose((diagnostic) => heard.push(diagnostic))
    await within(clock(), async () => {
      await using held = await hold(new TaskGroup({ name: 'workers' }))
      held.value.spawn(() => Promise.reject(new Error('child')))
      await sleep(5_001)
      stop()
      await thrownBy(() => held.value.join())
    })
    expect(heard).toMatchObject([
      {
        code: 'WITHAL_FAILED_UNNOTICED',
        message: expect.stringMatching(/^The workers has failed, and for 5000 ms/) as string,
        openedAt: expect.stringContaining('task-group-held.test.ts') as string,
      },
    ])
  })

  test('TG-37 rule E a holder that joins in time is not', async () => {
    const heard = vi.fn<(diagnostic: Diagnostic) => void>()
    const stop = diagnose(heard)
    await within(clock(), async (time) => {
      await using held = await hold(new TaskGroup())
      held.value.spawn(() => Promise.reject(new Error('child')))
      await sleep(4_999)
      await thrownBy(() => held.value.join())
      expect(time.timers).toBe(0)
      await sleep(5_000)
      held.complete()
    })
    stop()
    expect(heard).not.toHaveBeenCalled()
  })

  test('TG-37 rule E a holder that has joined already when a child fails is not', async () => {
    const heard: Diagnostic[] = []
    const stop = diagnose((diagnostic) => heard.push(diagnostic))
    await within(clock(), async (time) => {
      await using held = await hold(new TaskGroup())
      held.value.spawn(() => sleep(1).then(() => Promise.reject(new Error('child'))))
      held.value.spawn(() => sleep(Infinity).catch(() => shield(() => sleep(6_000))))
      await thrownBy(() => held.value.join())
      expect(time.timers).toBe(0)
    })
    stop()
    expect(heard.map(({ code }) => code)).toEqual(['WITHAL_IGNORES_CANCELLATION'])
  })

  test('TG-36 join is the word: leaving the block after it is not one without', async () => {
    const heard = vi.fn<(diagnostic: Diagnostic) => void>()
    const stop = diagnose(heard)
    {
      await using held = await hold(new TaskGroup())
      held.value.spawn(() => {})
      await held.value.join()
    }
    expect(heard).not.toHaveBeenCalled()
    {
      await using _ = await hold(new TaskGroup())
    }
    stop()
    expect(heard.mock.calls).toMatchObject([[{ code: 'WITHAL_LEFT_WITHOUT_A_WORD' }]])
  })

  test('the block is not covered: a scope round the join ends the wait, not the children', async () => {
    await within(clock(), async () => {
      await using held = await hold(new TaskGroup())
      const child = held.value.spawn(() => sleep(50).then(() => 'value'))
      await thrownBy(() => within(timeout(10), () => held.value.join()))
      expect(child.running).toBe(true)
      await held.value.join()
      expect(await child.result).toBe('value')
    })
  })
})

describe('a group whose owner has gone', () => {
  /** Collects garbage until this holds; collection may take some turns. */
  async function collectUntil(condition: () => boolean): Promise<void> {
    for (let turn = 0; turn < 50 && !condition(); turn++) {
      globalThis.gc?.()
      await setImmediate()
    }
  }

  async function forgetGroup(failure: Error): Promise<void> {
    const { value: group } = await hold(new TaskGroup({ name: 'forgotten' }))
    group.spawn(() => Promise.reject(failure))
    await checkpoint({ macrotask: true })
  }

  test('TG-47 its errors are late errors, and where it was opened is told', async () => {
    const late: unknown[] = []
    const heard: Diagnostic[] = []
    const remove = onLateError((error, info) => (late.push([error, info]), 'handled'))
    const stop = diagnose((diagnostic) => heard.push(diagnostic))
    const failure = new Error('child')
    await forgetGroup(failure)
    await collectUntil(() => late.length > 0 && heard.length > 0)
    stop()
    remove()
    expect(late).toEqual([[failure, { source: 'TaskGroup', name: 'forgotten' }]])
    expect(heard).toMatchObject([
      { code: 'WITHAL_NEVER_CLOSED', openedAt: expect.stringContaining('forgetGroup') as string },
    ])
  })
})

describe('a group that a manager or a stack holds', () => {
  test('TG-48 a group in a generator manager, held by a step, covers the block, and its children fail into it', async () => {
    const failure = new Error('child')
    const workers = contextManager(async function* () {
      const group = yield* within(new TaskGroup())
      yield group
    })
    const thrown = await thrownBy(() =>
      within(clock(), workers(), async (_, group) => {
        group.spawn(() => sleep(10).then(() => Promise.reject(failure)))
        await sleep(Infinity)
      }),
    )
    expect(leaves(thrown)).toEqual([failure])
  })

  test('TG-48 a group that a generator manager holds natively covers nothing, and fails when the manager is exited', async () => {
    const failure = new Error('child')
    const workers = contextManager(async function* () {
      await using held = await hold(new TaskGroup())
      yield held.value
      await held.value.join()
    })
    const reached = vi.fn<() => void>()
    const thrown = await thrownBy(() =>
      within(clock(), workers(), async (_, group) => {
        group.spawn(() => Promise.reject(failure))
        await sleep(20)
        reached()
      }),
    )
    expect(reached).toHaveBeenCalledOnce()
    expect(leaves(thrown)).toEqual([failure])
  })

  test('TG-36 rule E a stack that holds a group refuses to move', async () => {
    await using stack = new AsyncExitStack()
    const group = await stack.enter(new TaskGroup())
    group.spawn(() => sleep(Infinity))
    expect(await thrownBy(() => stack.move())).toBeInstanceOf(StateError)
  })

  test('TG-48 rule E exiting from another task is allowed', async () => {
    const stopped = vi.fn<() => void>()
    await within(clock(), new TaskGroup(), async (_, others) => {
      const held = await hold(new TaskGroup())
      held.value.spawn(() => sleep(Infinity).finally(stopped))
      await others.spawn(() => sleep(10).then(() => held[Symbol.asyncDispose]())).result
    })
    expect(stopped).toHaveBeenCalledOnce()
  })
})
