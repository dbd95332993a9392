/** CV-08: a platform without asynchronous context, as browsers are. What is passed by hand works; what asks for the ambient says why not. */
import type * as Package from 'withal'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

const shared = Symbol.for('withal.ambient/1')
const global = globalThis as { [shared]?: unknown }
const { getBuiltinModule } = process
const before = global[shared]
let browser: typeof Package

beforeAll(async () => {
  Object.assign(process, { getBuiltinModule: undefined })
  delete global[shared]
  vi.resetModules()
  browser = await import('../index.ts')
})
afterAll(() => {
  Object.assign(process, { getBuiltinModule })
  global[shared] = before
  vi.resetModules()
})

const refusal = {
  name: 'UsageError',
  code: 'WITHAL_NO_AMBIENT_STORAGE',
  message: expect.stringContaining('Pass the scope or its `signal` by hand.') as string,
}

describe('without asynchronous context', () => {
  test('CV-08 a scope gives its signal, and takes what was stopped by it', async () => {
    const scope = new browser.CancelScope()
    const result = await browser.within(scope, (given) => {
      queueMicrotask(() => given.cancel('enough'))
      return browser.sleep(60_000, { signal: given.signal })
    })
    expect([result, scope.caught]).toEqual([undefined, true])
  })

  test('CV-08 scopes are not nested by themselves: each is cancelled alone', async () => {
    await browser.within(new browser.CancelScope(), async (outer) => {
      await browser.within(new browser.CancelScope(), (inner) => {
        outer.cancel()
        expect(inner.cancelled).toBe(false)
      })
    })
  })

  test('CV-08 a linked signal nests them by hand', async () => {
    const outer = new browser.CancelScope()
    const result = await browser.within(outer, ({ signal }) =>
      browser.within(new browser.CancelScope({ signal }), (inner) => {
        outer.cancel()
        return browser.sleep(60_000, { signal: inner.signal })
      }),
    )
    expect([result, outer.caught]).toEqual([undefined, true])
  })

  test('CV-08 a limit of time stops what has its signal', async () => {
    const running = browser.within(browser.timeout(1), ({ signal }) => browser.sleep(60_000, { signal }))
    expect(await thrownBy(() => running)).toMatchObject({ name: 'TimeoutError', allowed: 1 })
  })

  test('CV-08 tasks get their signal as an argument', async () => {
    const stopped: unknown[] = []
    await browser.within(new browser.TaskGroup(), async (group) => {
      group.spawn((signal) => browser.sleep(60_000, { signal }).finally(() => stopped.push(signal.aborted)))
      await browser.checkpoint({ macrotask: true })
      group.cancel()
    })
    expect(stopped).toEqual([true])
  })

  test('CV-08 waits that look at no signal just wait', async () => {
    await browser.within(new browser.CancelScope(), async (scope) => {
      scope.cancel()
      await browser.sleep(0)
      await browser.checkpoint()
      browser.throwIfCancelled()
      expect(await browser.shield(() => 'value')).toBe('value')
      expect(await browser.cancellable(Promise.resolve('value'))).toBe('value')
    })
  })

  test('CV-08 exits run', async () => {
    const events: string[] = []
    const manager = { '~enterAsync': () => 'value', '~exitAsync': () => void events.push('exit') }
    await browser.within(new browser.CancelScope(), manager, () => events.push('body'))
    expect(events).toEqual(['body', 'exit'])
  })

  test('CV-08 the time is that of the platform', () => {
    expect(browser.now()).toBeLessThanOrEqual(performance.now())
  })

  test('CV-08 `bind` gives a function that does the same', () => {
    expect(browser.bind((x: number) => x + 1)(1)).toBe(2)
  })
})

describe('without asynchronous context, what would look around', () => {
  test('CV-08 a captured context just runs work', () => {
    expect(browser.captureContext().run(() => 'value')).toBe('value')
  })

  test('CV-08 results are given one by one', async () => {
    const given: number[] = []
    for await (const twice of browser.mapAhead([1, 2, 3], (item) => item * 2, { concurrency: 2 })) given.push(twice)
    expect(given).toEqual([2, 4, 6])
  })

  test('CV-08 a runner runs programs, and closing it cancels them', async () => {
    const runner = new browser.Runner()
    expect(await runner.run(() => 1)).toBe(1)
    const running = thrownBy(() =>
      runner.run((group) => group.spawn((signal) => browser.sleep(60_000, { signal }), { name: 'waiting' }).result),
    )
    await browser.checkpoint({ macrotask: true })
    await runner.close()
    expect(await running).toMatchObject({ name: 'TaskCancelledError' })
  })

  test('CV-08 the tree of tasks is that of the program of the process, and with diagnostics of everything', async () => {
    const seen = await browser.within(new browser.TaskGroup({ name: 'unseen' }), () => browser.taskTree())
    const stop = browser.diagnose(() => {})
    const watched = await browser.within(new browser.TaskGroup({ name: 'seen' }), () => browser.formatTaskTree())
    stop()
    expect([seen, watched.split('\n')[0]]).toEqual([[], 'group "seen": open'])
  })

  test('CV-08 observers hear of tasks, scopes and resources', async () => {
    const heard: string[] = []
    const stop = browser.observe(({ type }) => heard.push(type))
    await browser.within(new browser.TaskGroup(), async (group) => {
      await browser.within(browser.nullContext(), () => {})
      await group.spawn(() => {}).result
    })
    stop()
    expect(heard).toEqual([
      'scope-opened',
      'resource-entered',
      'resource-exited',
      'task-started',
      'task-ended',
      'scope-closed',
    ])
  })
})

describe('without asynchronous context, asking for the ambient', () => {
  test('CV-08 scope says why there is none', () => {
    expect(thrownAtOnceBy(() => browser.currentScope())).toMatchObject(refusal)
  })

  test('CV-08 deadline says why there is none', () => {
    expect(thrownAtOnceBy(() => browser.currentDeadline())).toMatchObject(refusal)
  })

  test('CV-08 scope inside a block says so, too', async () => {
    await browser.within(new browser.CancelScope(), () => {
      expect(thrownAtOnceBy(() => browser.currentScope())).toMatchObject(refusal)
    })
  })

  test('CV-08 a variable cannot be bound, and the body does not run', async () => {
    const body = vi.fn<() => void>()
    const error = await thrownBy(() => browser.within(new browser.ContextVar<string>('tenant').bind('a'), body))
    expect(error).toMatchObject(refusal)
    expect(body).not.toHaveBeenCalled()
  })

  test('CV-08 a variable that is read gives its default, since nothing can be bound', () => {
    expect(new browser.ContextVar('tenant', { default: 'nobody' }).get()).toBe('nobody')
  })
})
