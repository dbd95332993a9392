/** The callback form and `hold` in a scope that is cancelled. */
import { contextManager, hold, isCancelled, nullContext, within } from 'withal'
import type { Outcome } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { asyncManager, syncManager } from '../../test/scripted-managers.ts'
import type { Script } from '../../test/scripted-managers.ts'
import { ambientScope, inScope, TestScope } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

interface Form {
  readonly form: string
  run(script: Script, body: () => unknown): Promise<unknown>
}

const forms: Form[] = [
  { form: 'within', run: (script, body) => within(asyncManager(script), body) },
  { form: 'within several', run: (script, body) => within(nullContext(), asyncManager(script), body) },
  {
    form: 'hold',
    run: async (script, body) => {
      const handle = await hold(asyncManager(script))
      try {
        const result = await body()
        handle.complete()
        return result
      } finally {
        await handle[Symbol.asyncDispose]()
      }
    },
  },
  {
    form: 'a step',
    run: (script, body) => {
      const opened = contextManager(async function* () {
        yield yield* within(asyncManager(script))
      })
      return within(opened(), body)
    },
  },
]

describe.each(forms)('$form', ({ run }) => {
  test('ACM-09 an enter that is pending when the scope is cancelled is told through its signal', async () => {
    const told: unknown[] = []
    const started = Promise.withResolvers<void>()
    const enter = async (): Promise<void> => {
      const signal = ambientScope()?.signal
      signal?.addEventListener('abort', () => told.push(signal.reason))
      started.resolve()
      await settled()
    }
    const error = await thrownBy(() =>
      inScope((scope) => {
        started.promise.then(() => scope.cancel('shutdown'), expect.unreachable)
        return run({ enter }, () => expect.unreachable())
      }),
    )
    expect(told).toEqual([error])
    expect(error).toMatchObject({ name: 'AbortError', reason: 'shutdown' })
  })

  test('ACM-09 what was entered all the same is exited, and told of the cancellation', async () => {
    const exit = vi.fn<(outcome: Outcome) => void>()
    const body = vi.fn<() => void>()
    const error = await thrownBy(() => inScope((scope) => run({ enter: () => scope.cancel(), exit }, body)))
    expect(isCancelled(error)).toBe(true)
    expect(exit.mock.calls).toEqual([[{ status: 'failed', error }]])
    expect(body).not.toHaveBeenCalled()
  })

  test('ACM-09 an enter that fails when it is cancelled fails with its own error', async () => {
    const exit = vi.fn<() => void>()
    const enter = (): Promise<never> => Promise.reject(new Error('interrupted'))
    const error = await thrownBy(() => inScope((scope) => (scope.cancel(), run({ enter, exit }, () => {}))))
    expect(error).toEqual(new Error('interrupted'))
    expect(exit).not.toHaveBeenCalled()
  })

  test('ACM-10 an exit that runs when the scope is cancelled runs to its end, shielded', async () => {
    const events: unknown[] = []
    const exit = async (): Promise<void> => {
      await settled()
      events.push(ambientScope()?.cancelled, ambientScope()?.signal.aborted)
      await settled()
      events.push('ended')
    }
    const result = await inScope(async (scope) => {
      const running = run({ exit }, () => 'result')
      settled().then(() => scope.cancel(), expect.unreachable)
      const value = await running
      events.push(isCancelled(ambientScope()?.cancelled))
      return value
    })
    expect(events).toEqual([undefined, false, 'ended', true])
    expect(result).toBe('result')
  })

  test('ACM-10 an exit after a body in a cancelled scope is shielded from its first moment', async () => {
    const scopes: unknown[] = []
    const exit = (): void => void scopes.push(ambientScope()?.cancelled)
    await inScope((scope) => run({ exit }, () => scope.cancel()))
    expect(scopes).toEqual([undefined])
  })

  test('ACM-10 the shield ends with the exit: the caller is in its own scope again', async () => {
    await inScope(async (scope) => {
      await run({}, () => {})
      expect(ambientScope()).toBe(scope)
    })
  })
})

test.each([
  ['that take a turn', (exit: () => void) => asyncManager({ exit })],
  ['that take none', (exit: () => void) => ({ '~enterAsync': () => {}, '~exitAsync': exit })],
])('ACM-10 one shield serves all exits of one `within`, %s', async (_, make) => {
  const shields: unknown[] = []
  const exit = (): void => void shields.push(ambientScope())
  await inScope(() => within(make(exit), make(exit), () => {}))
  expect(shields[0]).toMatchObject({ shield: true })
  expect(shields[1]).toBe(shields[0])
})

test('rule H: a synchronous exit needs no shield', async () => {
  const scopes: unknown[] = []
  const exit = (): void => void scopes.push(ambientScope())
  await inScope(async (scope) => {
    await within(syncManager({ exit }), () => {})
    expect(scopes).toEqual([scope])
  })
})

test('rule H: without a scope there is no shield', async () => {
  const scopes: unknown[] = []
  await within(asyncManager({ exit: () => void scopes.push(ambientScope()) }), () => {})
  expect(scopes).toEqual([undefined])
})

test('ACM-16 the body has a signal, which is aborted when the scope around is cancelled', async () => {
  const aborted: unknown[] = []
  await inScope((outer) =>
    within(new TestScope(), asyncManager({}), async (scope) => {
      scope.signal.addEventListener('abort', () => aborted.push(scope.signal.reason))
      expect(scope.signal.aborted).toBe(false)
      outer.cancel('shutdown')
      expect(scope.signal.aborted).toBe(true)
    }),
  )
  expect(aborted).toMatchObject([{ name: 'AbortError', reason: 'shutdown' }])
})

test('ACM-16 the frame of a manager covers the managers after it and the body, and nobody else', async () => {
  const seen: unknown[] = []
  const see = (): void => void seen.push(ambientScope())
  await within(asyncManager({ exit: see }), new TestScope(), asyncManager({ enter: see }), (_, scope) => {
    see()
    seen.push(scope)
  })
  const scope = seen[2]
  expect(seen).toEqual([scope, scope, scope, undefined])
  expect(scope).toBeDefined()
})

test('a scope that has ended stands for the nearest living one around it', async () => {
  await inScope(async (outer) => {
    const inner = new TestScope()
    await within(inner, async () => {
      inner.scope.end()
      outer.cancel()
      expect(await thrownBy(() => within(asyncManager({}), () => {}))).toBe(outer.cancelled)
    })
  })
})
