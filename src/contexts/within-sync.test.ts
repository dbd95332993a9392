// oxlint-disable unicorn/no-thenable -- what is thenable is what is tested
import { nullContext, onLateError, UsageError, withinSync } from 'withal'
import type { Outcome } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { asyncManager, syncManager } from '../../test/scripted-managers.ts'
import { thrownAtOnceBy } from '../../test/thrown.ts'
import { settled } from '../../test/hand-clock.ts'

/** Types refuse a body that gives a promise; this is what happens without them. */
const untyped = withinSync as (...given: unknown[]) => unknown

describe('withinSync', () => {
  test('has run everything when it returns', () => {
    const events: string[] = []
    const manager = syncManager({ enter: () => events.push('enter'), exit: () => void events.push('exit') })
    events.push(String(withinSync(manager, () => (events.push('body'), 'result'))))
    expect(events).toEqual(['enter', 'body', 'exit', 'result'])
  })

  test('enters several from left to right, some made from the values before, and exits in reverse', () => {
    const events: string[] = []
    const logged = (name: string) =>
      syncManager({ enter: () => (events.push(name), name), exit: () => void events.push(`/${name}`) })
    const result = withinSync(
      logged('a'),
      (a) => logged(`${String(a)}b`),
      (a, b) => logged(`${String(a)}${String(b)}c`),
      (a, b, c) => [a, b, c],
    )
    expect(result).toEqual(['a', 'ab', 'aabc'])
    expect(events).toEqual(['a', 'ab', 'aabc', '/aabc', '/ab', '/a'])
  })

  const shapes: [string, (manager: unknown, body: () => unknown) => unknown][] = [
    ['one manager', (manager, body) => untyped(manager, body)],
    ['several managers', (manager, body) => untyped(nullContext(), manager, body)],
  ]

  test.each(shapes)('CM-25 with %s refuses a promise given by the body, after exit was told so', async (_, run) => {
    const exit = vi.fn<(outcome: Outcome) => void>()
    const error = thrownAtOnceBy(() => run(syncManager({ exit }), async () => {}))
    expect(error).toBeInstanceOf(UsageError)
    expect(error).toBeInstanceOf(TypeError)
    expect(error).toMatchObject({
      code: 'WITHAL_PROMISE_FROM_SYNC_BODY',
      message: expect.stringMatching(/returned a promise.*Use `within`/) as string,
    })
    expect(exit.mock.calls).toEqual([[{ status: 'failed', error }]])
  })

  test.each(shapes)('CM-25 with %s reports what becomes of the refused promise when it fails', async (_, run) => {
    const heard: unknown[] = []
    const remove = onLateError((error) => (heard.push(error), 'handled'))
    thrownAtOnceBy(() => run(nullContext(), () => Promise.reject(new Error('later'))))
    await settled()
    remove()
    expect(heard).toEqual([new Error('later')])
  })

  test('CM-25 refuses any thenable given by the body', () => {
    const error = thrownAtOnceBy(() => untyped(nullContext(), () => ({ then: () => {} })))
    expect(error).toMatchObject({ code: 'WITHAL_PROMISE_FROM_SYNC_BODY' })
  })

  test.each(shapes)(
    'D-16 with %s does not wait for a promise given by exit, but reports its failure',
    async (_, run) => {
      const heard: unknown[] = []
      const remove = onLateError((error, { source }) => (heard.push(source, error), 'handled'))
      const result = run(syncManager({ exit: () => Promise.reject(new Error('later')) }), () => 'result')
      expect(result).toBe('result')
      await settled()
      remove()
      expect(heard).toEqual(['a synchronous exit that returned a promise', new Error('later')])
    },
  )

  test.each(shapes)('CM-07 with %s a promise of true swallows nothing', async (_, run) => {
    const body = (): never => {
      throw new Error('body')
    }
    expect(thrownAtOnceBy(() => run(syncManager({ exit: async () => true }), body))).toEqual(new Error('body'))
  })

  test.each([
    ['an asynchronous manager', asyncManager({}), /got an object.*asynchronous/],
    ['an AsyncDisposable', { [Symbol.asyncDispose]: async () => {} }, /got an object.*asynchronous/],
    ['a promise of a manager', Promise.resolve(nullContext()), /got .*[Pp]romise.*asynchronous form/],
  ])('ACM-03 refuses %s', (_, given, text) => {
    const body = vi.fn<() => void>()
    const error = thrownAtOnceBy(() => untyped(given, body))
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_ASYNC_IN_SYNC' })
    expect((error as Error).message).toMatch(text)
    expect(body).not.toHaveBeenCalled()
  })

  test.each([
    [undefined, [nullContext()]],
    ['"no body"', [nullContext(), 'no body']],
    ['an object', [nullContext(), nullContext(), nullContext()]],
    ['undefined', []],
  ])('refuses %s in the place of the body', (named, given) => {
    const error = thrownAtOnceBy(() => untyped(...given))
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_INVALID_ARGUMENT' })
    expect((error as Error).message).toContain(`\`withinSync\` got ${named} as its last argument`)
    expect((error as Error).message).toContain('Give one manager at least, and a function of their values')
  })
})
