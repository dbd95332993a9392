import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { UsageError } from './classes.ts'
import { onLateError, reportLateError } from './late.ts'
import { notesOf } from './notes.ts'

const uncaught = vi.fn<(error: unknown) => void>()
const info = { source: 'pool', name: 'orders' }

beforeEach(() => {
  vi.stubGlobal('reportError', uncaught)
})
afterEach(() => {
  vi.unstubAllGlobals()
  uncaught.mockClear()
})

describe('D-23 a late error', () => {
  test('D-23 that nobody handles is reported as uncaught', () => {
    const error = new Error('late')
    reportLateError(error, info)
    expect(uncaught.mock.calls).toEqual([[error]])
  })

  test('D-23 that nobody handles says where it comes from', () => {
    const error = new Error('late')
    reportLateError(error, info)
    expect(notesOf(error)).toEqual(['reported late by pool "orders": nobody could receive it'])
  })

  test('D-23 is given to a handler with what is known of it', () => {
    const handler = vi.fn<() => void>()
    const remove = onLateError(handler)
    const error = new Error('late')
    reportLateError(error, info)
    remove()
    expect(handler.mock.calls).toEqual([[error, info]])
  })

  test('D-23 is uncaught when a handler answers nothing', () => {
    const remove = onLateError(() => {})
    reportLateError(new Error('late'), info)
    remove()
    expect(uncaught).toHaveBeenCalledOnce()
  })

  test("D-23 is nobody else's when a handler answers 'handled'", () => {
    const older = vi.fn<() => void>()
    const removers = [onLateError(older), onLateError(() => 'handled')]
    reportLateError(new Error('late'), info)
    for (const remove of removers) remove()
    expect([older.mock.calls, uncaught.mock.calls]).toEqual([[], []])
  })

  test('D-23 is given to the newest handler first', () => {
    const asked: string[] = []
    const removers = ['older', 'newer'].map((name) => onLateError(() => void asked.push(name)))
    reportLateError(new Error('late'), info)
    for (const remove of removers) remove()
    expect(asked).toEqual(['newer', 'older'])
  })

  test('D-23 goes on when a handler throws, and so does what was thrown', () => {
    const failure = new Error('handler failed')
    const older = vi.fn<() => 'handled'>(() => 'handled')
    const removers = [
      onLateError(older),
      onLateError(() => {
        throw failure
      }),
    ]
    reportLateError(new Error('late'), info)
    for (const remove of removers) remove()
    expect([older.mock.calls.length, uncaught.mock.calls]).toEqual([1, [[failure]]])
  })

  test('D-23 is reported once for the same source and name', () => {
    const error = new Error('late')
    reportLateError(error, info)
    reportLateError(error, { ...info })
    expect(uncaught).toHaveBeenCalledOnce()
  })

  test('D-23 is reported again by somebody else', () => {
    const error = new Error('late')
    reportLateError(error, info)
    reportLateError(error, { source: 'queue' })
    expect(uncaught).toHaveBeenCalledTimes(2)
  })

  test.each([[undefined], ['text'], [0]])('D-23 that is %o is reported every time', (thrown) => {
    reportLateError(thrown, info)
    reportLateError(thrown, info)
    expect(uncaught.mock.calls).toEqual([[thrown], [thrown]])
  })

  test('D-23 is thrown from a microtask where there is no reportError', () => {
    const queued: (() => void)[] = []
    vi.stubGlobal('reportError', undefined)
    vi.stubGlobal('queueMicrotask', (job: () => void) => queued.push(job))
    const error = new Error('late')
    reportLateError(error, info)
    expect(queued).toHaveLength(1)
    expect(queued[0]).toThrow(error)
  })

  test('D-23 survives a reportError that throws', () => {
    const queued: (() => void)[] = []
    const failure = new Error('reporting failed')
    vi.stubGlobal('reportError', () => {
      throw failure
    })
    vi.stubGlobal('queueMicrotask', (job: () => void) => queued.push(job))
    const error = new Error('late')
    reportLateError(error, info)
    expect(queued[0]).toThrow(failure)
    expect(queued[1]).toThrow(error)
  })
})

describe('RUN-18 a handler', () => {
  test('RUN-18 that is removed is not asked any more, and can be removed again', () => {
    const handler = vi.fn<() => void>()
    const remove = onLateError(handler)
    remove()
    remove()
    reportLateError(new Error('late'), info)
    expect(handler).not.toHaveBeenCalled()
  })

  test('RUN-18 that is registered twice is asked until it is removed twice', () => {
    const handler = vi.fn<() => void>()
    const removers = [onLateError(handler), onLateError(handler)]
    removers[0]?.()
    reportLateError(new Error('late'), info)
    removers[1]?.()
    expect(handler).toHaveBeenCalledOnce()
  })

  test('RUN-18 that is no function is refused', () => {
    expect(() => onLateError('log' as unknown as () => void)).toThrow(UsageError)
  })

  test('RUN-18 may report another error', () => {
    const remove = onLateError((error) => {
      if (error === 'first') reportLateError('second', info)
    })
    reportLateError('first', info)
    remove()
    expect(uncaught.mock.calls).toEqual([['second'], ['first']])
  })
})

test('EG-28 a handler of another copy of the package is asked', async () => {
  vi.resetModules()
  const other = await import('./late.ts')
  expect(other.onLateError).not.toBe(onLateError)
  const remove = other.onLateError(() => 'handled')
  reportLateError(new Error('late'), info)
  remove()
  expect(uncaught).not.toHaveBeenCalled()
})

test('D-23 an unhandled late error is an uncaughtException of the process', () => {
  const url = JSON.stringify(new URL('./late.ts', import.meta.url).href)
  const program = `
    process.on('uncaughtException', (error) => console.log('uncaught', error.message))
    const { reportLateError } = await import(${url})
    reportLateError(new Error('late'), { source: 'pool' })`
  const flags = ['--experimental-strip-types', '--no-warnings', '--input-type=module', '--eval', program]
  expect(execFileSync(process.execPath, flags, { encoding: 'utf8' })).toBe('uncaught late\n')
})
