/** Rule L: promises of managers. Waiting for one is a checkpoint, and what comes too late is released. */
import { CancelScope, contextManager, hold, Mutex, nullContext, onLateError, within } from 'withal'
import type { AnyManaged } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { asyncManager } from '../../test/scripted-managers.ts'
import { settled } from '../../test/hand-clock.ts'
import { inScope } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

/** Wherever a promise may stand for a manager. */
const places: [string, (promise: PromiseLike<AnyManaged>, body: () => unknown) => Promise<unknown>][] = [
  ['within', (promise, body) => within(promise as Promise<Disposable>, body)],
  ['within, in the second place', (promise, body) => within(nullContext(), promise as Promise<Disposable>, body)],
  ['within, made by a function', (promise, body) => within(nullContext(), () => promise as Promise<Disposable>, body)],
  [
    'hold',
    async (promise, body) => {
      await using _handle = await hold(promise as Promise<Disposable>)
      return body()
    },
  ],
  [
    'a step',
    (promise, body) => {
      const opened = contextManager(async function* () {
        yield yield* within(promise)
      })
      return within(opened(), body)
    },
  ],
]

describe.each(places)('%s', (_, give) => {
  test('rule L: waits for the promise and enters what it gives', async () => {
    const events: string[] = []
    const manager = asyncManager({ enter: () => events.push('enter'), exit: () => void events.push('exit') })
    await give(Promise.resolve(manager), () => events.push('body'))
    expect(events).toEqual(['enter', 'body', 'exit'])
  })

  test('rule L: waits for a foreign thenable', async () => {
    const dispose = vi.fn<() => void>()
    const disposable = { [Symbol.dispose]: dispose }
    // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
    await give({ then: (fulfil: (value: Disposable) => void) => fulfil(disposable) } as never, () => {})
    expect(dispose).toHaveBeenCalledOnce()
  })

  test('rule L: a promise that is rejected fails like an enter that throws', async () => {
    const error = new Error('no connection')
    expect(await thrownBy(() => give(Promise.reject(error), () => expect.unreachable()))).toBe(error)
    expect(await thrownBy(() => inScope(() => give(Promise.reject(error), () => expect.unreachable())))).toBe(error)
  })

  test('rule L: in a scope that is not cancelled waits as well', async () => {
    expect(await inScope(() => give(Promise.resolve(nullContext()), () => 'result'))).toBe('result')
  })

  test('rule L: the scope forgets who waited when the promise has settled', async () => {
    const stopped = vi.fn<() => void>()
    let listened = 0
    await inScope((scope) => {
      const listen = scope.listen.bind(scope)
      vi.spyOn(scope, 'listen').mockImplementation((listener) => {
        const stop = listen(listener)
        listened++
        return () => (stopped(), stop())
      })
      return give(Promise.resolve(nullContext()), () => 'result')
    })
    expect(listened).toBeGreaterThan(0)
    expect(stopped).toHaveBeenCalledTimes(listened)
  })

  const cases = [
    ['cancelled before', true],
    ['cancelled meanwhile', false],
  ] as const
  test.each(cases)('rule L: when %s, leaves the promise behind and runs no body', async (_when, before) => {
    const { promise } = Promise.withResolvers<Disposable>()
    const error = await thrownBy(() =>
      inScope((scope) => {
        if (before) scope.cancel('reason')
        const running = give(promise, () => expect.unreachable())
        if (!before) scope.cancel('reason')
        return running
      }),
    )
    expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', reason: 'reason' })
  })

  test('rule L: a handle that comes too late is closed as unknown, in a shield', async () => {
    const exit = vi.fn<(outcome: unknown) => void>()
    const { promise, resolve } = Promise.withResolvers<Disposable>()
    await leaveBehind(give, promise)
    resolve((await hold(asyncManager({ exit }))) as unknown as Disposable)
    await settled()
    expect(exit.mock.calls).toEqual([[{ status: 'unknown' }]])
  })

  test('rule L: a disposable that comes too late is disposed', async () => {
    const dispose = vi.fn<() => void>()
    const { promise, resolve } = Promise.withResolvers<Disposable>()
    await leaveBehind(give, promise)
    resolve({ [Symbol.dispose]: dispose })
    await settled()
    expect(dispose).toHaveBeenCalledOnce()
  })

  test('rule L: an error of the exit of a handle that comes too late is reported', async () => {
    const heard: unknown[] = []
    const remove = onLateError((error) => (heard.push(error), 'handled'))
    const { promise, resolve } = Promise.withResolvers<AnyManaged>()
    await leaveBehind(give, promise)
    resolve(await hold(asyncManager({ exit: () => Promise.reject(new Error('exit')) })))
    await settled()
    remove()
    expect(heard).toEqual([new Error('exit')])
  })

  test('rule L: what comes too late and cannot be released is reported', async () => {
    const heard: unknown[] = []
    const remove = onLateError((error) => (heard.push(error), 'handled'))
    const { promise, resolve } = Promise.withResolvers<AnyManaged>()
    await leaveBehind(give, promise)
    resolve({ [Symbol.dispose]: 'close' } as unknown as Disposable)
    await settled()
    remove()
    expect(heard).toMatchObject([{ code: 'WITHAL_NOT_A_MANAGER' }])
  })

  test('rule L: a manager that comes too late was never entered, so nothing is done', async () => {
    const [enter, exit] = [vi.fn<() => void>(), vi.fn<() => void>()]
    const { promise, resolve } = Promise.withResolvers<Disposable>()
    await leaveBehind(give, promise)
    resolve(asyncManager({ enter, exit }) as unknown as Disposable)
    await settled()
    expect([enter.mock.calls, exit.mock.calls]).toEqual([[], []])
  })

  test('rule L: one that ends by the cancellation which its waiter has met is no late error', async () => {
    const heard: unknown[] = []
    const stop = onLateError((error) => (heard.push(error), 'handled'))
    const mutex = new Mutex()
    using _held = await mutex.acquire()
    await within(new CancelScope(), async (scope) => {
      const met = thrownBy(() => within(mutex.acquire(), () => {}))
      scope.cancel()
      expect(await met).toBe(scope.signal.reason)
      await settled()
    })
    stop()
    expect(heard).toEqual([])
  })

  test('rule L: an error that comes too late is reported', async () => {
    const heard: unknown[] = []
    const remove = onLateError((error, { source }) => (heard.push(error, source), 'handled'))
    const { promise, reject } = Promise.withResolvers<Disposable>()
    await leaveBehind(give, promise)
    reject(new Error('late'))
    await settled()
    remove()
    expect(heard).toEqual([new Error('late'), 'a promised manager that nobody waits for any more'])
  })

  test.each(['throws', 'rejects'])(
    'rule L: an error of releasing what came too late is reported: it %s',
    async (how) => {
      const heard: unknown[] = []
      const remove = onLateError((error, { source }) => (heard.push(error, source), 'handled'))
      const { promise, resolve } = Promise.withResolvers<AsyncDisposable>()
      await leaveBehind(give, promise)
      const dispose = (): Promise<void> => {
        if (how === 'throws') throw new Error('release')
        return Promise.reject(new Error('release'))
      }
      resolve({ [Symbol.asyncDispose]: dispose })
      await settled()
      remove()
      expect(heard).toEqual([new Error('release'), 'the release of a promised manager that came too late'])
    },
  )
})

async function leaveBehind(
  give: (promise: PromiseLike<AnyManaged>, body: () => unknown) => Promise<unknown>,
  promise: PromiseLike<AnyManaged>,
): Promise<void> {
  const error = await thrownBy(() =>
    inScope((scope) => {
      const running = give(promise, () => expect.unreachable())
      scope.cancel()
      return running
    }),
  )
  expect(error).toMatchObject({ code: 'ABORT_ERR' })
}

test('rule L: a manager that happens to have a `then` is no promise', async () => {
  // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
  const manager = { '~enter': () => 'value', '~exit': () => {}, then: vi.fn<() => void>() }
  expect(await within(manager, (value) => value)).toBe('value')
  expect(manager.then).not.toHaveBeenCalled()
})

test('rule L: what was entered before is exited when the promise is left behind', async () => {
  const exit = vi.fn<(outcome: unknown) => void>()
  const never = new Promise<Disposable>(() => {})
  const error = await thrownBy(() =>
    inScope((scope) => {
      const running = within(asyncManager({ exit }), never, () => expect.unreachable())
      settled().then(() => scope.cancel(), expect.unreachable)
      return running
    }),
  )
  expect(exit.mock.calls).toEqual([[{ status: 'failed', error }]])
  expect(error).toMatchObject({ code: 'ABORT_ERR' })
})
