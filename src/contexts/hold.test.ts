// oxlint-disable unicorn/no-thenable -- what is thenable is what is tested
import { AsyncExitStack, hold, holdSync, nullContext, suppress, within, withinSync } from 'withal'
import type { Outcome, Handle, SyncHandle } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { asyncManager, syncManager } from '../../test/scripted-managers.ts'
import type { Script } from '../../test/scripted-managers.ts'
import { TestBinding } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

type AnyHandle = Handle<unknown> | SyncHandle<unknown>

interface NativeForm {
  readonly form: string
  open(script: Script): Promise<AnyHandle>
  close(handle: AnyHandle): Promise<void>
}

const nativeForms: readonly NativeForm[] = [
  {
    form: 'holdSync',
    open: async (script) => holdSync(syncManager(script)),
    close: async (handle) => (handle as SyncHandle<unknown>)[Symbol.dispose](),
  },
  {
    form: 'hold of a sync manager',
    open: (script) => hold(syncManager(script)),
    close: (handle) => (handle as Handle<unknown>)[Symbol.asyncDispose](),
  },
  {
    form: 'hold of an async manager',
    open: (script) => hold(asyncManager(script)),
    close: (handle) => (handle as Handle<unknown>)[Symbol.asyncDispose](),
  },
]

describe.each(nativeForms)('$form', ({ open, close }) => {
  test('gives the value of enter', async () => {
    const handle = await open({ enter: () => 'entered' })
    expect(handle.value).toBe('entered')
    await close(handle)
  })

  test('CM-14 exit is told that nobody knows how the block ended', async () => {
    const exit = vi.fn<(outcome: Outcome) => void>()
    await close(await open({ exit }))
    expect(exit.mock.calls).toEqual([[{ status: 'unknown' }]])
  })

  test('CM-18 disposed twice, exits once and does not throw', async () => {
    const exit = vi.fn<() => void>()
    const handle = await open({ exit })
    await close(handle)
    await close(handle)
    expect(exit).toHaveBeenCalledOnce()
  })

  test('CM-19 exit is told `completed` after complete()', async () => {
    const exit = vi.fn<(outcome: Outcome) => void>()
    const handle = await open({ exit })
    handle.complete()
    expect(exit).not.toHaveBeenCalled()
    await close(handle)
    expect(exit.mock.calls).toEqual([[{ status: 'completed' }]])
  })

  test.each([new Error('body'), undefined])('CM-19 exit is told of the failure %s after fail()', async (error) => {
    const exit = vi.fn<(outcome: Outcome) => void>()
    const handle = await open({ exit })
    handle.fail(error)
    await close(handle)
    expect(exit.mock.calls).toEqual([[{ status: 'failed', error }]])
  })

  test('CM-19 of several words the last one counts', async () => {
    const exit = vi.fn<(outcome: Outcome) => void>()
    const handle = await open({ exit })
    handle.complete()
    handle.fail('after all')
    await close(handle)
    expect(exit.mock.calls).toEqual([[{ status: 'failed', error: 'after all' }]])
  })

  test.each(['complete', 'fail'] as const)('CM-19 %s() after the exit is an error', async (word) => {
    const handle = await open({})
    await close(handle)
    const error = await thrownBy(() => (word === 'complete' ? handle.complete() : handle.fail('late')))
    expect(error).toMatchObject({
      name: 'StateError',
      code: 'WITHAL_ENDED',
      message: expect.stringMatching(/has been exited.*too late/) as string,
    })
  })

  test('throws what exit throws', async () => {
    const exit = (): never => {
      throw new Error('exit')
    }
    const handle = await open({ exit })
    expect(await thrownBy(() => close(handle))).toEqual(new Error('exit'))
  })

  test('throws only what exit adds: a failure that was named by fail() is thrown by the block', async () => {
    const error = new Error('body')
    const handle = await open({})
    handle.fail(error)
    await close(handle)
  })

  test('D-35 what exit throws after fail() has the failure as its cause', async () => {
    const older = new Error('body')
    const exit = (): never => {
      throw new Error('exit')
    }
    const handle = await open({ exit })
    handle.fail(older)
    expect(await thrownBy(() => close(handle))).toMatchObject({ message: 'exit', cause: older })
  })

  test('rule C: is a manager itself, entered already: it gives its value and is told the outcome', async () => {
    const exit = vi.fn<(outcome: Outcome) => void>()
    const handle = await open({ enter: () => 'entered', exit })
    expect(await within(handle, (value) => value)).toBe('entered')
    await close(handle)
    expect(exit.mock.calls).toEqual([[{ status: 'completed' }]])
  })

  test('rule C: may swallow a failure in the callback form', async () => {
    const handle = await open({ exit: () => true })
    const body = (): never => {
      throw new Error('body')
    }
    expect(await within(handle, body)).toBeUndefined()
  })

  test('rule C: the outcome of the callback form goes before the word', async () => {
    const exit = vi.fn<(outcome: Outcome) => void>()
    const handle = await open({ exit })
    handle.fail('a word')
    await within(handle, () => {})
    expect(exit.mock.calls).toEqual([[{ status: 'completed' }]])
  })

  test('rule C: on a stack it is exited once, and told the outcome', async () => {
    const exit = vi.fn<(outcome: Outcome) => void>()
    const handle = await open({ exit })
    const stack = new AsyncExitStack<boolean>()
    expect(await stack.enter(handle)).toBe('value')
    await stack.close()
    await close(handle)
    expect(exit.mock.calls).toEqual([[{ status: 'completed' }]])
  })

  test.each([
    ['given away', async () => {}],
    ['exited', (handle: AnyHandle) => close(handle)],
  ])('CM-20 rule C: a handle that was %s cannot be entered again', async (state, before) => {
    const [enter, exit] = [vi.fn<() => void>(), vi.fn<() => void>()]
    const handle = await open({ enter, exit })
    await within(handle, async () => {
      await before(handle)
      const error = await thrownBy(() => within(handle, () => expect.unreachable()))
      expect(error).toMatchObject({
        name: 'StateError',
        code: 'WITHAL_ALREADY_ENTERED',
        message: `This handle has already been ${state}. A handle is exited once: hold the manager again.`,
      })
    })
    expect([enter.mock.calls.length, exit.mock.calls.length]).toEqual([1, 1])
  })

  test('CM-09 when enter throws, there is nothing to exit', async () => {
    const exit = vi.fn<() => void>()
    const enter = (): never => {
      throw new Error('enter')
    }
    expect(await thrownBy(() => open({ enter, exit }))).toEqual(new Error('enter'))
    expect(exit).not.toHaveBeenCalled()
  })
})

describe('an asynchronous handle', () => {
  test('ACM-13 asked for its exit by two callers exits once, and both wait for it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const exit = vi.fn<() => Promise<void>>(() => promise)
    const handle = await hold(asyncManager({ exit }))
    const ended: string[] = []
    const callers = ['first', 'second'].map(async (name) => {
      await handle[Symbol.asyncDispose]()
      ended.push(name)
    })
    await new Promise((tick) => setImmediate(tick))
    expect(ended).toEqual([])
    resolve()
    await Promise.all(callers)
    expect(ended).toEqual(['first', 'second'])
    expect(exit).toHaveBeenCalledOnce()
  })

  test('ACM-13 asked for its exit by two callers tells both of its failure', async () => {
    const handle = await hold(asyncManager({ exit: () => Promise.reject(new Error('exit')) }))
    const results = await Promise.allSettled([handle[Symbol.asyncDispose](), handle[Symbol.asyncDispose]()])
    expect(results.map((result) => (result as PromiseRejectedResult).reason)).toEqual([
      new Error('exit'),
      new Error('exit'),
    ])
  })

  test('ACM-17 a verb is a promise of a handle, and neither the handle nor its manager is thenable', async () => {
    const noun = asyncManager({ enter: () => 'lease' })
    const acquire = () => hold(noun)
    expect('then' in noun).toBe(false)
    await using handle = await acquire()
    expect('then' in handle).toBe(false)
    expect(handle.value).toBe('lease')
    expect(await within(acquire(), (value) => value)).toBe('lease')
  })

  test('ACM-14 keeps a thenable value as it is', async () => {
    const thenable = { then: vi.fn<() => void>() }
    await using handle = await hold(nullContext(thenable))
    expect(handle.value).toBe(thenable)
    expect(thenable.then).not.toHaveBeenCalled()
  })
})

describe('what acts on a body has no native form', () => {
  const untyped = { hold, holdSync } as unknown as Record<'hold' | 'holdSync', (manager: unknown) => unknown>

  test.each(['hold', 'holdSync'] as const)('rule E: %s refuses it before it is entered', async (form) => {
    const enter = vi.fn<() => void>()
    const manager = Object.assign(suppress(Error), { '~enter': enter })
    const error = await thrownBy(() => untyped[form](manager))
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_NEEDS_A_BODY' })
    expect((error as Error).message).toMatch(/class Suppress acts on a body.*Use `within\(manager, body\)`/)
    expect(enter).not.toHaveBeenCalled()
  })

  test.each(['hold', 'holdSync'] as const)('rule E: %s exits again what covers a body', async (form) => {
    const told: Outcome[] = []
    const manager = Object.assign(new TestBinding({}, 'value'), {
      '~exit': (outcome: Outcome) => void told.push(outcome),
    })
    const error = await thrownBy(() => untyped[form](manager))
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_NEEDS_A_BODY' })
    expect(told).toEqual([{ status: 'failed', error }])
  })

  test('ACM-03 holdSync refuses an asynchronous manager', async () => {
    const error = await thrownBy(() => untyped.holdSync(asyncManager({})))
    expect(error).toMatchObject({ code: 'WITHAL_ASYNC_IN_SYNC' })
    expect((error as Error).message).toMatch(/`holdSync` got an object.*asynchronous/)
  })

  test('a synchronous handle may be exited by withinSync', () => {
    const exit = vi.fn<(outcome: Outcome) => void>()
    expect(withinSync(holdSync(syncManager({ exit })), (value) => value)).toBe('value')
    expect(exit.mock.calls).toEqual([[{ status: 'completed' }]])
  })
})
