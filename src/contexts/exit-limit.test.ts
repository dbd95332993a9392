/** ACM-11 and rule H: the limit on one exit. */
import { contextManager, ExitTimeoutError, onLateError, within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { HandClock, settled } from '../../test/hand-clock.ts'
import { ambientScope } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

const late: unknown[] = []
let stop: () => void
beforeEach(() => {
  late.length = 0
  stop = onLateError((error, info) => (late.push([error, info]), 'handled'))
})
afterEach(() => stop())

class Slow implements AsyncContextManager<string> {
  readonly '~exitTimeout': number
  readonly #exit: () => unknown
  constructor(limit: number, exit: () => unknown) {
    this['~exitTimeout'] = limit
    this.#exit = exit
  }
  '~enterAsync'(): string {
    return 'value'
  }
  async '~exitAsync'(): Promise<void> {
    await this.#exit()
  }
}

/** Both ways of having a limit. */
const limited: [string, (limit: number, exit: () => unknown) => AsyncContextManager<string>][] = [
  ['Slow', (limit, exit) => new Slow(limit, exit)],
  [
    'slowGenerator',
    (exitTimeout, exit) => {
      async function* slowGenerator(): AsyncGenerator<string, void, undefined> {
        try {
          yield 'value'
        } finally {
          await exit()
        }
      }
      return contextManager(slowGenerator, { exitTimeout })()
    },
  ],
]

const never = (): Promise<never> => new Promise(() => {})

describe.each(limited)('%s', (name, make) => {
  test('ACM-11 an exit within its limit ends as it would without', async () => {
    const clock = new HandClock()
    const running = clock.run(() => within(make(100, settled), () => 'result'))
    await clock.turn(99)
    expect(await running).toBe('result')
    expect(clock.timers).toBe(0)
  })

  test('ACM-11 an exit that fails within its limit fails with its own error', async () => {
    const clock = new HandClock()
    const error = await thrownBy(() =>
      clock.run(() =>
        within(
          make(100, () => Promise.reject(new Error('exit'))),
          () => {},
        ),
      ),
    )
    expect(error).toEqual(new Error('exit'))
    expect(clock.timers).toBe(0)
  })

  test('ACM-11 at the limit the exit is cancelled, and has failed with an error that names the manager', async () => {
    const clock = new HandClock()
    const reasons: unknown[] = []
    const exit = (): Promise<void> =>
      new Promise((resolve) => {
        const scope = ambientScope()!
        scope.listen((cancelled) => {
          reasons.push(cancelled.source, scope.signal.aborted)
          resolve()
        })
      })
    const failing = thrownBy(() => clock.run(() => within(make(100, exit), () => 'result')))
    await clock.turn(100)
    const error = await failing
    expect(error).toBeInstanceOf(ExitTimeoutError)
    expect(error).toMatchObject({
      name: 'ExitTimeoutError',
      code: 'WITHAL_EXIT_TIMEOUT',
      allowed: 100,
      message: `The exit of ${name} took longer than its limit of 100 ms and was cancelled.`,
    })
    expect(reasons[0]).toBe('deadline')
    expect(clock.timers).toBe(0)
  })

  test('ACM-11 what a cancelled exit throws is the cause: never a bare Cancelled', async () => {
    const clock = new HandClock()
    const exit = (): Promise<void> => new Promise((_, reject) => ambientScope()!.listen(reject))
    const failing = thrownBy(() => clock.run(() => within(make(100, exit), () => {})))
    await clock.turn(100)
    expect(await failing).toMatchObject({ name: 'ExitTimeoutError', cause: { name: 'AbortError', source: 'deadline' } })
  })

  test('ACM-11 an exit that does not end when cancelled is left behind after a second limit', async () => {
    const clock = new HandClock()
    const failing = thrownBy(() => clock.run(() => within(make(100, never), () => {})))
    await clock.turn(199)
    let ended = false
    failing.then(() => (ended = true), expect.unreachable)
    await settled()
    expect(ended).toBe(false)
    await clock.turn(1)
    expect(await failing).toMatchObject({ message: expect.stringContaining('it was left behind') as string })
  })

  test('ACM-11 the late failure of an exit that was left behind is reported with the name of its manager', async () => {
    const clock = new HandClock()
    const { promise, reject } = Promise.withResolvers<void>()
    const failing = thrownBy(() =>
      clock.run(() =>
        within(
          make(100, () => promise),
          () => {},
        ),
      ),
    )
    await clock.turn(200)
    await failing
    reject(new Error('late'))
    await settled()
    expect(late).toEqual([[new Error('late'), { source: 'an exit that was left behind', name }]])
  })

  test('ACM-11 CM-11 the error of the body is not lost', async () => {
    const clock = new HandClock()
    const body = (): never => {
      throw new Error('body')
    }
    const failing = thrownBy(() => clock.run(() => within(make(100, never), body)))
    await clock.turn(200)
    expect(await failing).toMatchObject({ name: 'ExitTimeoutError', cause: { message: 'body' } })
  })

  test('rule H: exits after one that ran out of time run all the same', async () => {
    const clock = new HandClock()
    const exit = vi.fn<() => void>()
    const outer = { '~enter': () => {}, '~exit': exit }
    const failing = thrownBy(() => clock.run(() => within(outer, make(100, never), () => {})))
    await clock.turn(200)
    expect(await failing).toBeInstanceOf(ExitTimeoutError)
    expect(exit).toHaveBeenCalledOnce()
  })

  test('rule H: the clock of an exit stands while an exit inside it has a limit of its own', async () => {
    const clock = new HandClock()
    const inner = make(1000, () => new Promise<void>((resolve) => void clock.setTimer(500, resolve)))
    const outer = make(100, async () => {
      await new Promise<void>((resolve) => void clock.setTimer(60, resolve))
      await within(inner, () => {})
      await new Promise<void>((resolve) => void clock.setTimer(39, resolve))
    })
    const running = clock.run(() => within(outer, () => 'result'))
    await clock.turn(700)
    expect(await running).toBe('result')
  })

  test('rule H: the clock goes on afterwards: what is left is what had not been used', async () => {
    const clock = new HandClock()
    const inner = make(1000, () => new Promise<void>((resolve) => void clock.setTimer(500, resolve)))
    const outer = make(100, async () => {
      await new Promise<void>((resolve) => void clock.setTimer(60, resolve))
      await within(inner, () => {})
      await never()
    })
    const failing = thrownBy(() => clock.run(() => within(outer, () => 'result')))
    let ended = false
    failing.then(() => (ended = true), expect.unreachable)
    await clock.turn(60 + 500 + 40 + 99)
    expect(ended).toBe(false)
    await clock.turn(1)
    expect(await failing).toMatchObject({ allowed: 100 })
  })

  test('rule H: Infinity is no limit', async () => {
    const clock = new HandClock()
    const running = clock.run(() => within(make(Infinity, settled), () => 'result'))
    expect(clock.timers).toBe(0)
    expect(await running).toBe('result')
  })

  test.each([0, -1])('D-19 a limit of %d has passed already', async (limit) => {
    const clock = new HandClock()
    const failing = thrownBy(() => clock.run(() => within(make(limit, never), () => {})))
    await clock.turn(0)
    expect(await failing).toBeInstanceOf(ExitTimeoutError)
  })

  test('D-19 NaN is refused', async () => {
    const error = await thrownBy(() =>
      within(
        make(Number.NaN, () => {}),
        () => {},
      ),
    )
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_INVALID_ARGUMENT' })
    expect((error as Error).message).toMatch(/is NaN \(number\)\. Give a number of milliseconds/)
  })
})

test('rule H: of a generator manager only its own code counts, not the exits of its steps', async () => {
  const clock = new HandClock()
  const step = {
    '~enterAsync': () => {},
    '~exitAsync': () => new Promise<void>((resolve) => void clock.setTimer(5000, resolve)),
  }
  const opened = contextManager(
    async function* () {
      yield* within(step)
      yield 'value'
    },
    { exitTimeout: 100 },
  )
  const running = clock.run(() => within(opened(), () => 'result'))
  await clock.turn(5000)
  expect(await running).toBe('result')
})

test('rule H: entering has no limit', async () => {
  const clock = new HandClock()
  const manager = Object.assign(new Slow(100, () => {}), {
    '~enterAsync': () => new Promise<string>((resolve) => void clock.setTimer(5000, () => resolve('value'))),
  })
  const running = clock.run(() => within(manager, (value) => value))
  await clock.turn(5000)
  expect(await running).toBe('value')
})
