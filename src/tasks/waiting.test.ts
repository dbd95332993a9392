/** Every wait looks at the scope around it; one that is refused too often has to let others run first. */
import {
  anyOf,
  asCompleted,
  CancelScope,
  cancellable,
  checkpoint,
  gather,
  hold,
  mapAhead,
  mapConcurrent,
  moveOnAfter,
  nullContext,
  race,
  retry,
  run,
  Runner,
  shield,
  signals,
  sleep,
  staggered,
  TaskGroup,
  throwIfCancelled,
  wait as waitFor,
  within,
} from 'withal'
import type { Task } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'
import { wait } from './waiting.ts'

const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
const never = new Promise<never>(() => {})

const waits: readonly (readonly [string, () => unknown])[] = [
  ['sleep', () => sleep(60_000)],
  ['sleep(0)', () => sleep(0)],
  ['sleep(Infinity)', () => sleep(Infinity)],
  ['cancellable', () => cancellable(never)],
  ['waiting for a promise given as a manager', () => within(never as Promise<Disposable>, () => {})],
  ['group.join()', joined],
  [
    'leaving a group that has children',
    () => within(new TaskGroup(), (group) => void group.spawn(() => sleep(60_000))),
  ],
  ['gather', () => gather([() => sleep(60_000)])],
  ['race', () => race([() => sleep(60_000)])],
  ['anyOf', () => anyOf([() => sleep(60_000)])],
  ['staggered', () => staggered([() => sleep(60_000)], 10)],
  ['retry', () => retry(() => sleep(60_000))],
  ['mapConcurrent', () => mapConcurrent([1], () => sleep(60_000))],
  ['the next of asCompleted', () => asCompleted([() => sleep(60_000)]).next()],
  ['the next of mapAhead', () => mapAhead([1], () => sleep(60_000), { concurrency: 1 }).next()],
  ['the next of signals', () => within(signals('SIGWINCH'), (received) => received.next())],
  ['group.start', () => within(new TaskGroup(), (group) => group.start(() => sleep(60_000)))],
  ['wait', () => withStubborn((task) => waitFor([task]))],
  ['task.cancel', () => withStubborn((task) => task.cancel())],
  ['run', () => run(() => sleep(60_000))],
  ['the run of a Runner', () => new Runner().run(() => sleep(60_000))],
]

/** A task that ends only when its caller has stopped waiting for it. */
async function withStubborn(work: (task: Task<void>) => Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  await within(new TaskGroup(), async (group) => {
    const task = group.spawn(() => promise)
    try {
      await work(task)
    } finally {
      resolve()
    }
  })
}

async function joined(): Promise<void> {
  await within(new TaskGroup(), async (group) => {
    group.spawn(() => sleep(60_000))
    await group.join()
  })
}

describe.each(waits)('%s', (_, begin) => {
  test('CS-26 R24 that begins in a cancelled scope throws its Cancelled', async () => {
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      expect(await thrownBy(begin)).toBe(scope.signal.reason)
    })
  })

  test('CS-26 R24 that is under way when the scope is cancelled throws its Cancelled', async () => {
    await within(new TestClock(), new CancelScope(), async (_clock, scope) => {
      const met = thrownBy(begin)
      scope.cancel()
      expect(await met).toBe(scope.signal.reason)
    })
  })
})

describe('a wait', () => {
  test('CS-26 that is refused begins nothing', async () => {
    const events: string[] = []
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      await thrownBy(() => wait(() => (events.push('begun'), () => {}), undefined))
    })
    expect(events).toEqual([])
  })

  test('CS-26 that is cancelled leaves no timer', async () => {
    const standing = new TestClock()
    await within(standing, new CancelScope(), async (_, scope) => {
      const waiting = sleep(60_000)
      expect(standing.timers).toBe(1)
      scope.cancel()
      expect(standing.timers).toBe(0)
      await waiting
    })
  })

  test('CS-26 that ended leaves nothing that a later cancellation could reach', async () => {
    const stops: string[] = []
    await within(new CancelScope(), async (scope) => {
      await wait<void>((settle) => (settle.done(), () => stops.push('stopped')), undefined)
      scope.cancel()
    })
    expect(stops).toEqual([])
  })

  test('CS-26 that fails to begin throws that, and leaves nothing', async () => {
    const error = new Error('cannot begin')
    const { signal } = new AbortController()
    let listeners = 0
    const counted = new Proxy(signal, {
      get: (target, key) => {
        if (key === 'addEventListener') return (): void => void listeners++
        if (key === 'removeEventListener') return (): void => void listeners--
        return Reflect.get(target, key, target) as unknown
      },
    })
    const begin = (): never => {
      throw error
    }
    expect(await thrownBy(() => wait(begin, { signal: counted }))).toBe(error)
    expect(listeners).toBe(0)
  })

  test('CS-26 whose own beginning cancels the scope is stopped again', async () => {
    const events: string[] = []
    await within(new CancelScope(), async (scope) => {
      const begin = (): (() => void) => {
        scope.cancel()
        return () => events.push('stopped')
      }
      expect(await thrownBy(() => wait(begin, undefined))).toBe(scope.signal.reason)
    })
    expect(events).toEqual(['stopped'])
  })

  test('takes a signal of its own, whose reason it throws', async () => {
    const controller = new AbortController()
    const met = thrownBy(() => sleep(60_000, { signal: controller.signal }))
    controller.abort('given up')
    expect(await met).toBe('given up')
  })

  test('that is given an aborted signal begins nothing', async () => {
    const standing = new TestClock()
    const error = await thrownBy(() => within(standing, () => sleep(1, { signal: AbortSignal.abort('before') })))
    expect([error, standing.timers]).toEqual(['before', 0])
  })

  test.each([Number.NaN, '10', undefined])('CS-38 sleep(%s) is refused', async (duration) => {
    expect(await thrownBy(() => sleep(duration as number))).toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
  })
})

test('CS-26 entering what waits for nothing is no checkpoint', async () => {
  await within(new CancelScope(), async (scope) => {
    scope.cancel()
    expect(await within(nullContext('value'), (value) => value)).toBe('value')
    await using handle = await hold(nullContext('held'))
    expect(handle.value).toBe('held')
  })
})

describe('checkpoint', () => {
  test('CS-24 throws when the scope is cancelled', async () => {
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      expect(await thrownBy(() => checkpoint())).toBe(scope.signal.reason)
    })
  })

  test('CS-24 lets other work run once', async () => {
    const events: string[] = []
    queueMicrotask(() => events.push('other'))
    await checkpoint()
    expect(events).toEqual(['other'])
  })

  test('CS-24 lets timers have their turn on request', async () => {
    const events: string[] = []
    setTimeout(() => events.push('timer'), 0)
    await checkpoint({ macrotask: true })
    expect(events).toEqual(['timer'])
  })

  test('CS-24 takes its turn also while a clock for tests stands still', async () => {
    const events: string[] = []
    setImmediate(() => events.push('other'))
    await within(new TestClock(), () => checkpoint({ macrotask: true }))
    expect(events).toEqual(['other'])
  })

  test('CS-24 throws when the scope is cancelled while the others have their turn', async () => {
    await within(new CancelScope(), async (scope) => {
      const met = thrownBy(() => checkpoint({ macrotask: true }))
      scope.cancel()
      expect(await met).toBe(scope.signal.reason)
    })
  })

  test.each([false, true])(
    'CS-25 with `shield` it does not look at cancellation (macrotask: %s)',
    async (macrotask) => {
      const events: string[] = []
      await within(new CancelScope(), async (scope) => {
        scope.cancel()
        queueMicrotask(() => events.push('other'))
        await checkpoint({ shield: true, macrotask })
        events.push('went on')
      })
      expect(events).toEqual(['other', 'went on'])
    },
  )

  test('CS-24 throwIfCancelled is synchronous and only throws', async () => {
    throwIfCancelled()
    await within(new CancelScope(), (scope) => {
      throwIfCancelled()
      scope.cancel()
      expect(thrownAtOnceBy(throwIfCancelled)).toBe(scope.signal.reason)
    })
  })
})

describe('rule F: a loop that catches everything in a cancelled scope', () => {
  const loops: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['sleeps', () => sleep(1)],
    ['calls checkpoint', () => checkpoint()],
    ['opens a scope each time round', () => within(moveOnAfter(1000), () => sleep(1))],
    ['opens a group each time round', () => within(new TaskGroup(), () => sleep(1))],
  ]

  test.each(loops)(
    'rule F and %s does not starve timers: from the 101st on, refusals come on the next macrotask',
    async (_, turn) => {
      const state = { timerAt: Infinity }
      let rounds = 0
      await within(new CancelScope(), async (scope) => {
        scope.cancel()
        setTimeout(() => (state.timerAt = rounds), 0)
        while (state.timerAt === Infinity && rounds < 10_000) {
          rounds++
          await turn().catch(() => {})
        }
      })
      expect(state.timerAt).toBe(101)
    },
  )

  test('rule F refused waits that come late share one turn', async () => {
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      for (let round = 0; round < 100; round++) await sleep(1).catch(() => {})
      const before = timers()
      const refused = [1, 2, 3].map(() => thrownBy(() => sleep(1)))
      expect(timers() - before).toBe(1)
      expect(new Set(await Promise.all(refused))).toEqual(new Set([scope.signal.reason]))
    })
  })

  test('rule F does not slow cleanup in a shield down', async () => {
    const events: string[] = []
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      for (let round = 0; round < 101; round++) await sleep(1).catch(() => {})
      setImmediate(() => events.push('a turn'))
      await shield(() => checkpoint())
      expect(events).toEqual([])
    })
  })
})
