/** Limits of time for a block; how a deadline is kept and moved is in deadline-moves.test.ts. */
import {
  CancelScope,
  checkpoint,
  ErrorGroup,
  moveOnAfter,
  moveOnAt,
  now,
  onLateError,
  sleep,
  timeout,
  timeoutAt,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

describe('timeout', () => {
  test('CS-33 gives the value of a body that ends in time', async () => {
    expect(await within(clock(), timeout(10), () => sleep(9).then(() => 'value'))).toBe('value')
  })

  test('CS-33 cancels the body at the deadline, waits for it, and throws a TimeoutError', async () => {
    const events: unknown[] = []
    const body = async (): Promise<void> => {
      try {
        await sleep(60_000)
      } catch (error) {
        events.push(error)
        await new Promise((resolve) => setImmediate(resolve))
        events.push(now())
        throw error
      }
    }
    const error = await thrownBy(() => within(clock(), timeout(10), body))
    expect(events).toMatchObject([{ name: 'AbortError', source: 'deadline' }, 10])
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'WITHAL_TIMEOUT' })
  })

  test('CS-51 its TimeoutError has the time allowed, and the Cancelled as its cause', async () => {
    const error = (await thrownBy(() => within(clock(), timeout(250), () => sleep(60_000)))) as Error
    expect(error).toMatchObject({ allowed: 250, cause: { name: 'AbortError', source: 'deadline' } })
    expect(error.message).toBe('The block took longer than its 250 ms. It was cancelled and has stopped.')
  })

  test('CS-51 the TimeoutError of a linked `AbortSignal.timeout` is told apart', async () => {
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError')
    const scope = new CancelScope({ signal: AbortSignal.abort(reason), timeout: 1000 })
    expect(await thrownBy(() => within(scope, () => sleep(1)))).toBe(reason)
    expect(scope.expired).toBe(false)
  })
})

test('CS-34 moveOnAfter just leaves: the result is undefined, and `caught` is true', async () => {
  const scope = moveOnAfter(10)
  expect(await within(clock(), scope, () => sleep(60_000).then(() => 'never'))).toBeUndefined()
  expect(scope).toMatchObject({ caught: true, expired: true, cancelled: true })
})

test('CS-33 a limit that is cancelled for another reason than time throws no TimeoutError', async () => {
  const remove = onLateError(() => 'handled') // the misnesting
  let running: Promise<unknown> | undefined
  await within(new CancelScope(), () => {
    running = within(timeout(60_000), () => sleep(Infinity))
  })
  expect(await running).toBeUndefined()
  remove()
})

describe('an absolute time', () => {
  test('CS-35 is one of the clock in use', async () => {
    const ended = await within(new TestClock({ autoAdvance: true, start: 1000 }), async () => {
      await within(moveOnAt(1005), () => sleep(60_000))
      return now()
    })
    expect(ended).toBe(1005)
  })

  test('CS-35 throws with timeoutAt', async () => {
    const error = await thrownBy(() => within(clock(), timeoutAt(5), () => sleep(60_000)))
    expect(error).toMatchObject({ name: 'TimeoutError', message: expect.stringContaining('deadline') as string })
  })
})

const limits = [
  ['timeout', timeout],
  ['timeoutAt', timeoutAt],
  ['moveOnAfter', moveOnAfter],
  ['moveOnAt', moveOnAt],
] as const

describe.each(limits)('%s', (_, limit) => {
  test('CS-36 of Infinity is no deadline', async () => {
    const scope = limit(Infinity)
    const result = await within(clock(), scope, async (_clock, inner) => {
      await sleep(2 ** 40)
      return inner.deadline
    })
    expect(result).toBe(Infinity)
  })

  test.each([0, -1, -Infinity])('CS-37 of %s runs the body to its first wait', async (past) => {
    const events: string[] = []
    const body = async (): Promise<void> => {
      events.push('begun')
      await checkpoint()
      events.push('never')
    }
    await within(clock(), limit(past), body).catch((error: unknown) => events.push((error as Error).name))
    expect(events.slice(0, 2)).toEqual(limit === timeout || limit === timeoutAt ? ['begun', 'TimeoutError'] : ['begun'])
  })

  test('CS-37 of 0 gives the value of a body that does not wait', async () => {
    expect(await within(clock(), limit(0), () => 'value')).toBe('value')
  })

  test.each([Number.NaN, undefined, null, '10', {}])('CS-38 of %s is refused before anything runs', (given) => {
    const error = thrownAtOnceBy(() => limit(given as number))
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_INVALID_ARGUMENT' })
  })
})

describe('the body of a limited block', () => {
  test('CS-40 that fails before the deadline lets its error pass, and `expired` is false', async () => {
    const scope = moveOnAfter(10)
    const error = new Error('body')
    const body = async (): Promise<never> => {
      await sleep(5)
      throw error
    }
    expect(await thrownBy(() => within(clock(), scope, body))).toBe(error)
    expect(scope.expired).toBe(false)
  })

  test.each([
    ['another error', new Error('translated')],
    ['a group of errors', new ErrorGroup([new Error('a')], 'all')],
  ])('CS-41 that throws %s because of the timeout lets it pass, and `expired` is true', async (_, error) => {
    let expired: unknown
    const running = within(clock(), timeout(10), async (_clock, scope) => {
      try {
        await sleep(60_000)
      } catch {
        expired = scope.expired
        throw error
      }
    })
    expect(await thrownBy(() => running)).toBe(error)
    expect(expired).toBe(true)
  })

  test('CS-42 that catches the cancellation and returns gives its value', async () => {
    const result = await within(clock(), timeout(10), async () => sleep(60_000).catch(() => 'rescued'))
    expect(result).toBe('rescued')
  })

  test('CS-46 that ends without a wait after its deadline has passed gives its value', async () => {
    const standing = new TestClock()
    const result = await within(standing, timeout(10), async (_, scope) => {
      await standing.advance(20)
      expect(scope.expired).toBe(true)
      return 'value'
    })
    expect(result).toBe('value')
  })
})

describe('nested limits', () => {
  test('CS-43 that pass together: only the outermost throws, and all report `expired`', async () => {
    const outer = moveOnAfter(10)
    const inner = timeout(10)
    const seen: unknown[] = []
    const result = await within(clock(), outer, async () => {
      await within(inner, async (scope) => {
        await sleep(60_000).finally(() => seen.push(scope.expired))
      })
    })
    expect([result, outer.expired, seen]).toEqual([undefined, true, [true]])
  })

  test('CS-43 two timeouts that pass together throw the outer’s TimeoutError', async () => {
    const error = await thrownBy(() =>
      within(clock(), timeout(10), () => within(timeout(10), () => within(timeout(10), () => sleep(60_000)))),
    )
    expect(error).toMatchObject({ name: 'TimeoutError', cause: { name: 'AbortError' } })
  })

  test('CS-43 that are both past when a busy thread comes to look: the outer throws, though the inner was earlier', async () => {
    const seen: string[] = []
    const error = await thrownBy(() =>
      within(timeout(3), async (outer) => {
        await within(moveOnAfter(1), () => {
          while (now() <= outer.deadline + 1);
          return sleep(60_000)
        })
        seen.push('went on')
      }),
    )
    expect([error, seen]).toMatchObject([{ name: 'TimeoutError', allowed: 3 }, []])
  })

  test('CS-44 the TimeoutError of a shorter inner one is an ordinary error to the outer, which goes on counting', async () => {
    const events: unknown[] = []
    const error = await thrownBy(() =>
      within(clock(), timeout(30), async () => {
        events.push(await thrownBy(() => within(timeout(10), () => sleep(60_000))), now())
        await sleep(60_000)
      }),
    )
    expect(events).toMatchObject([{ name: 'TimeoutError', allowed: 10 }, 10])
    expect(error).toMatchObject({ name: 'TimeoutError', allowed: 30 })
  })

  test('CS-45 cancellation from outside before the deadline passes: no TimeoutError, `expired` is false', async () => {
    const outer = new CancelScope()
    const seen: unknown[] = []
    const result = await within(clock(), outer, timeout(10), async (_clock, _outer, scope) => {
      outer.cancel()
      await sleep(60_000).finally(() => seen.push(scope.expired))
    })
    expect([result, outer.caught, seen]).toEqual([undefined, true, [false]])
  })
})
