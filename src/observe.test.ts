/** Listening to the library: on the platform's channels, on its own, and from several copies. */
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel'
import * as ours from 'withal'
import type * as Package from 'withal'
import { nullContext, observe, onLateError, TaskGroup, within } from 'withal'
import type { Observation } from 'withal'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { reportLateError } from './errors/index.ts'

const late = (error: unknown): void => reportLateError(error, { source: 'test', name: 'its name' })
const takeLateErrors = (): (() => void) => onLateError(() => 'handled')

describe('observe', () => {
  test('hears of a late error before its handlers are asked', () => {
    const order: unknown[] = []
    const error = new Error('late')
    const stop = observe((message) => order.push(message))
    const remove = onLateError(() => (order.push('asked'), 'handled'))
    late(error)
    stop()
    remove()
    expect(order).toEqual([{ type: 'late-error', error, source: 'test', name: 'its name' }, 'asked'])
  })

  test('hears nothing more when it was ended, also twice', () => {
    const heard = vi.fn<(message: Observation) => void>()
    const remove = takeLateErrors()
    const stop = observe(heard)
    stop()
    stop()
    late(new Error('late'))
    remove()
    expect(heard).not.toHaveBeenCalled()
  })

  test('of the same listener twice calls it twice, until each was ended', () => {
    const heard = vi.fn<(message: Observation) => void>()
    const remove = takeLateErrors()
    const [first, second] = [observe(heard), observe(heard)]
    late(new Error('one'))
    first()
    late(new Error('two'))
    second()
    remove()
    expect(heard).toHaveBeenCalledTimes(3)
  })

  test('hears in the frame of what happens', async () => {
    const variable = new ours.ContextVar<string>('variable')
    const seen: string[] = []
    const stop = observe(() => seen.push(variable.get('none')))
    await within(variable.bind('bound'), nullContext(), () => {})
    stop()
    expect(seen).toEqual(['bound', 'bound'])
  })

  test.for([[undefined], ['listener'], [{}]])('of %j is refused', ([given]) => {
    expect(() => observe(given as never)).toThrow(
      expect.objectContaining({
        code: 'WITHAL_INVALID_ARGUMENT',
        message: expect.stringContaining('observe') as string,
      }),
    )
  })
})

describe('subscribers of node:diagnostics_channel', () => {
  const channels = ['withal:task', 'withal:scope', 'withal:resource', 'withal:late-error'] as const

  test.for(channels)('hear what is said on %s, and nothing else', async (name) => {
    const heard: unknown[] = []
    const listener = (message: unknown): number => heard.push(message)
    const remove = takeLateErrors()
    subscribe(name, listener)
    await within(new TaskGroup(), nullContext(), (group) => void group.spawn(async () => {}))
    late(new Error('late'))
    unsubscribe(name, listener)
    remove()
    const types = new Set(heard.map((message) => (message as Observation).type)) // said by the library
    const kind = name.slice('withal:'.length)
    expect(types.size).toBeGreaterThan(0)
    expect([...types].filter((type) => !type.startsWith(kind))).toEqual([])
  })

  test('are gone when observe was ended', () => {
    const stop = observe(() => {})
    expect(channels.map((name) => channel(name).hasSubscribers)).toEqual([true, true, true, true])
    stop()
    expect(channels.map((name) => channel(name).hasSubscribers)).toEqual([false, false, false, false])
  })
})

describe('two copies of the package', () => {
  let theirs: typeof Package
  beforeAll(async () => {
    vi.resetModules()
    theirs = await import('./index.ts')
  })
  afterAll(() => vi.resetModules())

  test.for([
    ['ours hears theirs', () => [ours, theirs] as const],
    ['theirs hears ours', () => [theirs, ours] as const],
  ] as const)('say it in the same place: %s', async ([, copies]) => {
    const [listening, working] = copies()
    const heard: string[] = []
    const stop = listening.observe((message) => heard.push(message.type))
    await working.within(new working.TaskGroup(), (group) => void group.spawn(async () => {}))
    stop()
    expect(heard).toEqual(['scope-opened', 'task-started', 'task-ended', 'scope-closed'])
  })
})

describe('without node:diagnostics_channel', () => {
  const { getBuiltinModule } = process
  const copies: (typeof Package)[] = []
  beforeAll(async () => {
    const withoutChannels = (name: string): unknown =>
      name === 'node:diagnostics_channel' ? undefined : getBuiltinModule(name)
    Object.assign(process, { getBuiltinModule: withoutChannels })
    for (let copy = 0; copy < 2; copy++) {
      vi.resetModules()
      copies.push(await import('./index.ts'))
    }
  })
  afterAll(() => {
    Object.assign(process, { getBuiltinModule })
    vi.resetModules()
  })
  let stop: (() => void) | undefined
  afterEach(() => stop?.())

  test('it is heard all the same, from every copy', async () => {
    const [listening, working] = copies as [typeof Package, typeof Package] // imported above
    const heard: string[] = []
    stop = listening.observe((message) => heard.push(message.type))
    await working.within(working.nullContext(), () => {})
    stop()
    await working.within(working.nullContext(), () => {})
    expect(heard).toEqual(['resource-entered', 'resource-exited'])
    expect(channel('withal:resource').hasSubscribers).toBe(false)
  })

  test('a listener that throws stops neither the others nor the work, and is reported', async () => {
    const [browser] = copies as [typeof Package] // imported above
    const failure = new Error('listener')
    const uncaught = vi.fn<(error: unknown) => void>()
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException').on('uncaughtException', uncaught)
    const heard = vi.fn<() => void>()
    const stopFailing = browser.observe(() => {
      throw failure
    })
    stop = browser.observe(heard)
    expect(await browser.within(browser.nullContext(), () => 'result')).toBe('result')
    stopFailing()
    await new Promise(setImmediate)
    process.removeAllListeners('uncaughtException')
    for (const other of others) process.on('uncaughtException', other)
    expect(heard).toHaveBeenCalledTimes(2)
    expect(uncaught.mock.calls.map(([error]) => error)).toEqual([failure, failure])
  })
})
