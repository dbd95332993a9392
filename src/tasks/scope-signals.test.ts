/** Signals of somebody else that a scope follows, and what is left on them: nothing. */
import { getEventListeners } from 'node:events'
import { CancelScope, cancellable, checkpoint, sleep, within } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

describe('a scope that follows a signal', () => {
  test('CS-19 is cancelled when it aborts, and the reason itself leaves its edge', async () => {
    const controller = new AbortController()
    const scope = new CancelScope({ signal: controller.signal })
    const reason = new Error('the client has gone')
    const met: unknown[] = []
    const running = within(scope, async () => {
      queueMicrotask(() => controller.abort(reason))
      met.push(await thrownBy(() => sleep(60_000)))
      throw met[0]
    })
    expect(await thrownBy(() => running)).toBe(reason)
    expect(met).toMatchObject([{ name: 'AbortError', source: 'signal', reason }])
  })

  test.each([undefined, 'text', 0])('CS-19 throws the reason it was given although it is %s', async (reason) => {
    const signal = { aborted: true, reason, addEventListener() {}, removeEventListener() {} } as never
    expect(await thrownBy(() => within(new CancelScope({ signal }), () => sleep(1)))).toBe(reason)
  })

  test('CS-19 gives the value of a body that does not meet it', async () => {
    const controller = new AbortController()
    const running = within(new CancelScope({ signal: controller.signal }), () => (controller.abort(), 'value'))
    expect(await running).toBe('value')
  })

  test('CS-19 that is also cancelled by a scope around lets that one take it', async () => {
    const controller = new AbortController()
    const outer = new CancelScope()
    const result = await within(outer, new CancelScope({ signal: controller.signal }), async () => {
      controller.abort()
      outer.cancel()
      await sleep(1)
    })
    expect([result, outer.caught]).toEqual([undefined, true])
  })

  test('CS-20 that has aborted already is cancelled from the start', async () => {
    const reason = new Error('before')
    const events: unknown[] = []
    const running = within(new CancelScope({ signal: AbortSignal.abort(reason) }), async (scope) => {
      events.push(scope.cancelled)
      await sleep(1)
      events.push('never')
    })
    expect(await thrownBy(() => running)).toBe(reason)
    expect(events).toEqual([true])
  })

  test('CS-20 that has aborted already gets no listener', async () => {
    const signal = AbortSignal.abort()
    await within(new CancelScope({ signal }), () => expect(getEventListeners(signal, 'abort')).toEqual([]))
  })

  test('CS-21 has the reason of the first of several to abort', async () => {
    const controller = new AbortController()
    await within(new CancelScope({ signal: controller.signal }), (scope) => {
      scope.cancel('first')
      controller.abort('too late')
      expect(scope.signal.reason).toMatchObject({ reason: 'first', source: 'explicit' })
    })
  })

  test('CS-21 does without AbortSignal.any', async () => {
    const any = vi.spyOn(AbortSignal, 'any')
    const controller = new AbortController()
    const reason = new Error('enough')
    const thrown = await thrownBy(() =>
      within(new CancelScope({ signal: controller.signal, timeout: 60_000 }), (scope) =>
        within(new CancelScope({ signal: new AbortController().signal }), ({ signal }) => {
          controller.abort(reason)
          expect([signal.aborted, scope.cancelled]).toEqual([true, true])
          return sleep(60_000, { signal: controller.signal })
        }),
      ),
    )
    expect(thrown).toBe(reason)
    expect(any).not.toHaveBeenCalled()
    any.mockRestore()
  })

  test('CS-21 does not lose an abort although nobody has looked at its own signal before', async () => {
    const controller = new AbortController()
    const inner = new CancelScope({ signal: controller.signal })
    const met = await thrownBy(() =>
      within(inner, async () => {
        controller.abort('first')
        await Promise.resolve()
        expect(inner.signal.reason).toMatchObject({ reason: 'first' })
        await checkpoint()
      }),
    )
    expect(met).toBe('first')
  })
})

describe('no listener is left', () => {
  const endings: readonly [string, (controller: AbortController) => unknown][] = [
    ['completes', () => 'value'],
    ['fails', () => Promise.reject(new Error('body'))],
    ['waits and completes', () => sleep(0)],
    ['is cancelled by the signal', (controller) => (controller.abort(), sleep(1))],
    ['leaves a promise behind', (controller) => (controller.abort(), cancellable(Promise.resolve()))],
  ]

  test.each(endings)('CS-22 on the linked signal of a body that %s', async (_, body) => {
    const controller = new AbortController()
    const scope = new CancelScope({ signal: controller.signal })
    await within(scope, () => {
      expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
      return body(controller)
    }).catch(() => {})
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  test('CS-22 on the signal of an outer scope: scopes inside need none', async () => {
    await within(new CancelScope(), async (outer) => {
      const { signal } = outer
      await within(new CancelScope(), new CancelScope(), () => {
        expect(getEventListeners(signal, 'abort')).toEqual([])
      })
      expect(getEventListeners(signal, 'abort')).toEqual([])
    })
  })

  test.each([
    ['in time', () => {}],
    ['by its signal', (controller: AbortController) => controller.abort('given up')],
  ])('CS-22 on the signal given to a wait that ends %s', async (_, end) => {
    const controller = new AbortController()
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting = cancellable(promise, { signal: controller.signal }).catch(() => {})
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1)
    end(controller)
    resolve()
    await waiting
    expect(getEventListeners(controller.signal, 'abort')).toEqual([])
  })

  test('CS-22 on the signal given to a wait that is cancelled by its scope', async () => {
    const { signal } = new AbortController()
    await within(new CancelScope(), async (scope) => {
      const waiting = sleep(60_000, { signal })
      expect(getEventListeners(signal, 'abort')).toHaveLength(1)
      scope.cancel()
      expect(getEventListeners(signal, 'abort')).toEqual([])
      await waiting
    })
  })
})

test('CS-23 an abort listener that throws stops neither the others nor the cancellation', async () => {
  const uncaught: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.on('uncaughtException', (error) => uncaught.push(error))
  const error = new Error('listener')
  const events: unknown[] = []
  await within(new CancelScope(), async (scope) => {
    const inner = within(new CancelScope(), ({ signal }) => {
      signal.addEventListener('abort', () => {
        throw error
      })
      signal.addEventListener('abort', () => events.push('the other listener'))
      return sleep(60_000)
    })
    scope.signal.addEventListener('abort', () => {
      throw error
    })
    scope.cancel()
    events.push(await thrownBy(() => inner))
    expect(events).toEqual(['the other listener', scope.signal.reason])
  })
  await checkpoint({ macrotask: true })
  process.removeAllListeners('uncaughtException')
  for (const listener of listeners) process.on('uncaughtException', listener)
  expect(uncaught).toEqual([error, error])
})

test('a signal that is none is refused, and nothing is waited for', async () => {
  const error = await thrownBy(() => sleep(1, { signal: {} as AbortSignal }))
  expect(error).toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
})
