/** RUN-16: several runs in one context. */
import {
  CancelScope,
  captureContext,
  ClosedError,
  ContextVar,
  currentScope,
  hold,
  isCancelled,
  moveOnAfter,
  now,
  quit,
  Runner,
  sleep,
  TaskCancelledError,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { stoppingSlowly } from '../../test/slow-stop.ts'
import { thrownBy } from '../../test/thrown.ts'

const variable = new ContextVar<string>('variable', { default: 'default' })

/** A runner that was made where the variable has a value, and the time stands still. */
function runnerWith(value: string, time = new TestClock()): Promise<Runner> {
  return within(time, variable.bind(value), () => new Runner())
}

describe('RUN-16 a runner', () => {
  test('RUN-16 gives what each function gives, and throws what it throws', async () => {
    await within(new Runner(), async (runner) => {
      expect(await runner.run(async () => 1)).toBe(1)
      const failure = new Error('second')
      expect(await thrownBy(() => runner.run(() => Promise.reject(failure)))).toBe(failure)
      expect(await thrownBy(() => runner.run(() => quit(3, 'enough')))).toMatchObject({ exitCode: 3 })
      expect(await runner.run(() => 4)).toBe(4)
    })
  })

  test('RUN-16 keeps the variables and the clock of where it was made from run to run, whoever calls', async () => {
    const time = new TestClock({ start: 7 })
    const runner = await runnerWith('there', time)
    const seen: unknown[] = []
    await runner.run(() => seen.push(variable.get(), now()))
    await within(variable.bind('here'), () => runner.run(() => seen.push(variable.get(), now())))
    await runner.close()
    expect(seen).toEqual(['there', 7, 'there', 7])
  })

  test('RUN-16 may be given a context', async () => {
    const context = await within(variable.bind('there'), () => captureContext())
    await within(new Runner({ context }), async (runner) =>
      expect(await runner.run(() => variable.get())).toBe('there'),
    )
  })

  test('RUN-16 does not let a run see what another one binds', async () => {
    await within(new Runner(), async (runner) => {
      await runner.run(() => within(variable.bind('first'), () => sleep(1)))
      expect(await runner.run(() => variable.get())).toBe('default')
    })
  })

  test('RUN-16 ends what a run has left running when its function is done, and not that of others', async () => {
    await within(new Runner(), async (runner) => {
      const stopped = vi.fn<() => void>()
      const other = runner.run(() => sleep(1).then(() => 'other'))
      await runner.run((group) => void group.spawn(() => stoppingSlowly(stopped)))
      expect([stopped.mock.calls.length, await other]).toEqual([1, 'other'])
    })
  })

  test('RUN-16 can be used without being entered, and is closed by hand', async () => {
    const runner = new Runner()
    expect(await runner.run(() => 1)).toBe(1)
    await runner.close()
    expect(await thrownBy(() => runner.run(() => 2))).toBeInstanceOf(ClosedError)
  })

  test('RUN-16 can be held', async () => {
    const runner = new Runner()
    {
      await using handle = await hold(runner)
      expect(await handle.value.run(() => 1)).toBe(1)
    }
    expect(await thrownBy(() => runner.run(() => 2))).toBeInstanceOf(ClosedError)
    {
      await using own = new Runner()
      expect(await own.run(() => 1)).toBe(1)
    }
  })

  test('RUN-16 is entered once', async () => {
    const thrown = await thrownBy(() => within(new Runner(), (runner) => within(runner, () => {})))
    expect(thrown).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
  })

  test('RUN-16 that has been closed can neither be entered nor run anything', async () => {
    const runner = new Runner()
    await runner.close()
    const called = vi.fn<() => void>()
    expect(await thrownBy(() => within(runner, () => {}))).toMatchObject({ code: 'WITHAL_CLOSED' })
    expect(await thrownBy(() => runner.run(called))).toMatchObject({ code: 'WITHAL_CLOSED' })
    expect(called).not.toHaveBeenCalled()
  })

  test('RUN-16 refuses what is no function', async () => {
    await within(new Runner(), async (runner) => {
      expect(await thrownBy(() => runner.run('work' as never))).toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
    })
  })
})

describe('RUN-16 closing a runner', () => {
  test('RUN-16 cancels what runs, waits for it, and tells who has called it', async () => {
    const runner = new Runner()
    const stopped = vi.fn<() => void>()
    const running = thrownBy(() => runner.run(() => stoppingSlowly(stopped)))
    await settled()
    await runner.close()
    expect(stopped).toHaveBeenCalledOnce()
    expect(await running).toBeInstanceOf(TaskCancelledError)
    expect(await running).toMatchObject({ cause: { reason: 'the runner has been closed' } })
  })

  test('RUN-16 is done once: who closes it again waits for the same end', async () => {
    const runner = new Runner()
    const stopped = vi.fn<() => void>()
    const running = runner.run(() => stoppingSlowly(stopped)).catch(() => {})
    await settled()
    const closing = runner.close()
    await runner.close()
    expect(stopped).toHaveBeenCalledOnce()
    await Promise.all([closing, running])
    await runner.close()
  })

  test('RUN-16 leaves the errors of cleanup to who has called run', async () => {
    const failure = new Error('cleanup')
    const runner = new Runner()
    const running = thrownBy(() => runner.run(() => sleep(Infinity).catch(() => Promise.reject(failure))))
    await settled()
    await runner.close()
    expect(await running).toBe(failure)
  })

  test('RUN-16 from inside a run ends instead of waiting for itself', async () => {
    const runner = new Runner()
    const running = await thrownBy(() => runner.run(() => runner.close()))
    expect(running).toBeInstanceOf(TaskCancelledError)
    await runner.close()
  })

  test('RUN-16 by leaving its block does so, also in a cancelled scope', async () => {
    const stopped = vi.fn<() => void>()
    const scope = new CancelScope()
    let running: Promise<unknown> | undefined
    await within(scope, () =>
      within(new Runner({ context: captureContext() }), async (runner) => {
        running = thrownBy(() => runner.run(() => stoppingSlowly(stopped)))
        await sleep(1)
        scope.cancel()
      }),
    )
    expect(stopped).toHaveBeenCalledOnce()
    expect(isCancelled(await running)).toBe(true)
  })
})

describe('RUN-16 who calls a runner', () => {
  test('RUN-16 and is cancelled takes the run along, and waits for it', async () => {
    const stopped = vi.fn<() => void>()
    const limit = moveOnAfter(5)
    await within(new Runner(), async (runner) => {
      await within(limit, () => runner.run(() => stoppingSlowly(stopped)))
      expect([limit.caught, stopped.mock.calls.length]).toEqual([true, 1])
    })
  })

  test('RUN-16 in a cancelled scope is refused, and nothing is called', async () => {
    const called = vi.fn<() => void>()
    await within(new Runner(), async (runner) => {
      await within(moveOnAfter(0), () => runner.run(called))
    })
    expect(called).not.toHaveBeenCalled()
  })

  test('RUN-16 gets a TaskCancelledError when the scope in which it was made is cancelled, and goes on', async () => {
    const owner = new CancelScope()
    const made = Promise.withResolvers<Runner>()
    const owned = within(owner, () => within(new Runner(), (runner) => (made.resolve(runner), sleep(Infinity))))
    const runner = await made.promise
    const running = thrownBy(() => runner.run(() => sleep(Infinity)))
    await settled()
    owner.cancel()
    expect(await running).toBeInstanceOf(TaskCancelledError)
    expect(currentScope().cancelled).toBe(false)
    await owned
  })
})
