/** Which cancellations end at the edge of a scope, and what passes it. */
import {
  CancelScope,
  checkpoint,
  ErrorGroup,
  isCancelled,
  MisnestingError,
  onLateError,
  sleep,
  TaskGroup,
  within,
} from 'withal'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

const late: unknown[] = []
let remove: () => void
beforeEach(() => {
  late.length = 0
  remove = onLateError((error) => (late.push(error), 'handled'))
})
afterEach(() => remove())

describe('CS-08 a scope', () => {
  test('CS-08 that is entered twice is refused, and the first block goes on', async () => {
    const scope = new CancelScope()
    const result = await within(scope, async () => {
      const error = await thrownBy(() => within(scope, () => {}))
      expect(error).toMatchObject({ name: 'StateError', code: 'WITHAL_ALREADY_ENTERED' })
      await checkpoint()
      return 'went on'
    })
    expect(result).toBe('went on')
  })

  test('CS-08 that has ended cannot be entered again', async () => {
    const scope = new CancelScope()
    await within(scope, () => {})
    expect(await thrownBy(() => within(scope, () => {}))).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
  })

  test('CS-08 rule E: that is left before one opened in it cancels that one, and reports the misnesting', async () => {
    const [outer, inner] = [new CancelScope({ name: 'outer' }), new CancelScope()]
    let running: Promise<unknown> | undefined
    await within(outer, () => {
      running = within(inner, () => sleep(60_000))
    })
    expect(await running).toBeUndefined()
    expect([inner.cancelled, inner.caught]).toEqual([true, true])
    expect(late).toHaveLength(1)
    expect(late[0]).toBeInstanceOf(MisnestingError)
    expect(late[0]).toMatchObject({ message: expect.stringContaining('The scope "outer" was left before') as string })
  })

  test('CS-08 that was left open by an outer one is cancelled although it is a shield', async () => {
    const inner = new CancelScope({ shield: true })
    let running: Promise<unknown> | undefined
    await within(new CancelScope(), () => {
      running = within(inner, () => sleep(60_000))
    })
    expect(await running).toBeUndefined()
    expect(late).toHaveLength(1)
  })

  test('CS-08 rule E: may be left by another task than the one that entered it', async () => {
    const scope = new CancelScope()
    scope['~enter']()
    await within(new TaskGroup(), (group) => void group.spawn(() => scope['~exit']({ status: 'completed' })))
    expect(late).toEqual([])
    scope.cancel()
    expect(scope.cancelled).toBe(false)
  })
})

describe('of two cancelled scopes', () => {
  test('CS-11 the outer takes the cancellation; the inner lets it pass', async () => {
    const [outer, inner] = [new CancelScope(), new CancelScope()]
    const events: string[] = []
    await within(outer, async () => {
      await within(inner, async () => {
        inner.cancel()
        outer.cancel()
        await sleep(1)
      })
      events.push('never')
    })
    expect([inner.caught, outer.caught, events]).toEqual([false, true, []])
  })

  test('CS-11 it makes no difference which was cancelled first', async () => {
    const [outer, inner] = [new CancelScope(), new CancelScope()]
    await within(outer, inner, async () => {
      outer.cancel()
      inner.cancel()
      await sleep(1)
    })
    expect([inner.caught, outer.caught]).toEqual([false, true])
  })

  test('CS-11 a shield between them makes each take its own', async () => {
    const [outer, shielded] = [new CancelScope(), new CancelScope({ shield: true })]
    const events: string[] = []
    await within(outer, async () => {
      outer.cancel()
      await within(shielded, async () => {
        shielded.cancel()
        await sleep(1)
      })
      events.push('between')
      await checkpoint()
    })
    expect([shielded.caught, outer.caught, events]).toEqual([true, true, ['between']])
  })

  test('rule J the inner takes a Cancelled of the outer that is under way when it becomes a shield', async () => {
    const [outer, inner] = [new CancelScope(), new CancelScope()]
    const events: unknown[] = []
    await within(outer, async () => {
      await within(inner, async () => {
        outer.cancel()
        inner.cancel()
        const cancelled = await thrownBy(() => sleep(1))
        inner.shield = true
        throw cancelled
      })
      events.push(inner.caught)
      await checkpoint()
    })
    expect([events, outer.caught]).toEqual([[true], true])
  })

  test('CS-12 a Cancelled of the inner that is under way when the outer is cancelled goes on to the outer', async () => {
    const [outer, inner] = [new CancelScope(), new CancelScope()]
    const events: string[] = []
    await within(outer, async () => {
      await within(inner, async () => {
        inner.cancel()
        try {
          await sleep(1)
        } finally {
          outer.cancel()
        }
      })
      events.push('never')
    })
    expect([inner.caught, outer.caught, events]).toEqual([false, true, []])
  })
})

describe('at the edge of a cancelled scope', () => {
  test('CS-15 another error passes as it is, and `caught` is false', async () => {
    const scope = new CancelScope()
    const error = new Error('real')
    const running = within(scope, () => {
      scope.cancel()
      throw error
    })
    expect(await thrownBy(() => running)).toBe(error)
    expect(scope.caught).toBe(false)
  })

  test('CS-15 a Cancelled of a scope elsewhere passes', async () => {
    const elsewhere = await cancelledElsewhere()
    const scope = new CancelScope()
    const running = within(scope, () => {
      scope.cancel()
      throw elsewhere
    })
    expect(await thrownBy(() => running)).toBe(elsewhere)
    expect(scope.caught).toBe(false)
  })

  test('CS-16 the Cancelled leaves of a group are taken out, and the rest keeps its shape', async () => {
    const scope = new CancelScope()
    const real = new Error('real')
    const running = within(scope, async () => {
      scope.cancel()
      const cancelled = await thrownBy(() => sleep(1))
      throw new ErrorGroup([new AggregateError([cancelled, real], 'inner'), cancelled], 'outer')
    })
    const error = (await thrownBy(() => running)) as ErrorGroup
    expect(error).toMatchObject({ name: 'ErrorGroup', message: expect.stringContaining('outer') as string })
    expect(error.errors).toMatchObject([{ name: 'AggregateError', message: 'inner', errors: [real] }])
    expect(scope.caught).toBe(true)
  })

  test('CS-16 a group of nothing but its Cancelled is taken whole', async () => {
    const scope = new CancelScope()
    const result = await within(scope, async () => {
      scope.cancel()
      const cancelled = await thrownBy(() => sleep(1))
      throw new ErrorGroup([cancelled, new AggregateError([cancelled])], 'all')
    })
    expect([result, scope.caught]).toEqual([undefined, true])
  })

  test('CS-16 rule J: of a SuppressedError with its Cancelled on one side the other goes on bare', async () => {
    const scope = new CancelScope()
    const real = new Error('close')
    const running = within(scope, async () => {
      scope.cancel()
      const cancelled = await thrownBy(() => sleep(1))
      throw Object.assign(new Error('both'), { name: 'SuppressedError', error: real, suppressed: cancelled })
    })
    expect(await thrownBy(() => running)).toBe(real)
  })

  test('CS-16 a cleanup that fails in a cancelled scope is what comes out', async () => {
    const real = new Error('cleanup')
    const running = within(new CancelScope(), async (scope) => {
      scope.cancel()
      try {
        await sleep(1)
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- what fails in the cleanup is what is tested
        throw real
      }
    })
    expect(await thrownBy(() => running)).toBe(real)
  })

  test('CS-17 a body that swallows the Cancelled meets it again at its next wait', async () => {
    const met: unknown[] = []
    const scope = new CancelScope()
    await within(scope, async () => {
      scope.cancel()
      for (let round = 0; round < 3; round++) met.push(await thrownBy(() => sleep(1)))
      await sleep(1)
    })
    expect(met.map(isCancelled)).toEqual([true, true, true])
    expect(scope.caught).toBe(true)
  })

  test('CS-17 a body that swallows the Cancelled and returns gives its value', async () => {
    const scope = new CancelScope()
    const result = await within(scope, async () => {
      scope.cancel()
      await sleep(1).catch(() => {})
      return 'value'
    })
    expect([result, scope.caught]).toEqual(['value', false])
  })
})

describe('rule J: an abort-like error without a cause', () => {
  const aborted = (): Error => new DOMException('aborted by somebody', 'AbortError')

  test('rule J counts when the scope is cancelled and its signal was read', async () => {
    const scope = new CancelScope()
    const running = within(scope, () => {
      scope.signal.throwIfAborted()
      scope.cancel()
      throw aborted()
    })
    expect([await running, scope.caught]).toEqual([undefined, true])
  })

  test('rule J counts when it was the signal of a scope inside that was read', async () => {
    const scope = new CancelScope()
    const running = within(scope, new CancelScope(), (_, inner) => {
      inner.signal.throwIfAborted()
      scope.cancel()
      throw aborted()
    })
    expect([await running, scope.caught]).toEqual([undefined, true])
  })

  test('rule J is an error when nobody has read the signal', async () => {
    const error = aborted()
    const running = within(new CancelScope(), (scope) => {
      scope.cancel()
      throw error
    })
    expect(await thrownBy(() => running)).toBe(error)
  })

  test('rule J is an error when the scope is not cancelled', async () => {
    const error = aborted()
    const running = within(new CancelScope(), (scope) => {
      scope.signal.throwIfAborted()
      throw error
    })
    expect(await thrownBy(() => running)).toBe(error)
  })
})

test('a scope that is held covers nothing, absorbs nothing, and tells by its signal', async () => {
  const { AsyncExitStack } = await import('withal')
  const stack = new AsyncExitStack()
  const scope = await stack.enter(new CancelScope())
  scope.cancel()
  await checkpoint()
  expect(scope.signal.aborted).toBe(true)
  await stack.close()
})

async function cancelledElsewhere(): Promise<unknown> {
  let cancelled: unknown
  await within(new CancelScope(), (scope) => {
    scope.cancel()
    cancelled = scope.signal.reason
  })
  return cancelled
}
