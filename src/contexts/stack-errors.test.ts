/** What comes out when exits of a stack fail: nothing is lost, and nothing is told twice; for both kinds. */
import { leaves, replace, within, withinSync } from 'withal'
import { describe, expect, test } from 'vitest'
import { stackKinds, throwing } from '../../test/both-stacks.ts'
import { syncManager } from '../../test/scripted-managers.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'
import { suppressedError } from '../errors/index.ts'

const falsy = [undefined, null, false, 0, '']

describe.each(stackKinds)('$kind', ({ kind, make, within: run, dispose }) => {
  test('ES-11 failures of callbacks nest in SuppressedErrors: the newest outside, the body’s innermost', async () => {
    const stack = make()
    const [body, first, second] = [new Error('body'), new Error('first'), new Error('second')]
    stack.defer(throwing(second))
    stack.use({ [Symbol.dispose]: throwing(first) })
    expect(await thrownBy(() => run(stack, throwing(body)))).toMatchObject({
      name: 'SuppressedError',
      error: second,
      suppressed: { name: 'SuppressedError', error: first, suppressed: body },
    })
  })

  test('ES-11 an exit that was told the failure keeps it as cause', async () => {
    const stack = make()
    const [body, translated] = [new Error('body'), new RangeError('translated')]
    stack.push(throwing(translated))
    expect(await thrownBy(() => run(stack, throwing(body)))).toBe(translated)
    expect(translated.cause).toBe(body)
  })

  test('ES-11 an exit that answers replace(error) has dealt with the failure', async () => {
    const stack = make()
    const [body, translated] = [new Error('body'), new RangeError('translated')]
    stack.push(() => replace(translated))
    expect(await thrownBy(() => run(stack, throwing(body)))).toBe(translated)
    expect(translated.cause).toBeUndefined()
  })

  test('ES-11 what was swallowed on the way appears nowhere', async () => {
    const stack = make()
    const [body, first, last] = [new Error('body'), new Error('first'), new Error('last')]
    stack.defer(throwing(last))
    stack.push(() => true)
    stack.defer(throwing(first))
    const thrown = await thrownBy(() => run(stack, throwing(body)))
    expect(thrown).toBe(last)
    expect(leaves(thrown, { causes: true })).toEqual([last])
  })

  test.each(['close', 'dispose', 'within'])('ES-12 a single failure is thrown as it is, by %s', async (way) => {
    const stack = make()
    const error = Object.freeze(new Error('exit'))
    stack.defer(() => {})
    stack.defer(throwing(error))
    stack.push(() => {})
    const leave = { close: () => stack.close(), dispose: () => dispose(stack), within: () => run(stack, () => {}) }[
      way
    ]!
    expect(await thrownBy(leave)).toBe(error)
  })

  test('ES-14 an exit that rethrows what it was told has not failed itself', async () => {
    const stack = make()
    const error = new Error('body')
    const rethrow = (outcome: unknown): never => {
      throw (outcome as { error: unknown }).error
    }
    for (let count = 0; count < 3; count++) stack.push(rethrow)
    expect(await thrownBy(() => run(stack, throwing(error)))).toBe(error)
    expect(error.cause).toBeUndefined()
  })

  test('ES-14 an error thrown again further out makes no circle', async () => {
    const stack = make()
    const [first, second] = [new Error('first'), new Error('second')]
    stack.push(throwing(first))
    stack.push(throwing(second))
    stack.push(throwing(first))
    const thrown = await thrownBy(() => stack.close())
    expect(leaves(thrown, { causes: true })).toEqual([first, second])
    expect([first.cause, second.cause]).toEqual([undefined, first])
  })

  test('ES-15 a cause that is there already is not overwritten', async () => {
    const stack = make()
    const [body, original] = [new Error('body'), new Error('original')]
    const translated = new Error('translated', { cause: original })
    stack.push(throwing(translated))
    const thrown = await thrownBy(() => run(stack, throwing(body)))
    expect(thrown).toMatchObject({ name: 'SuppressedError', error: translated, suppressed: body })
    expect(translated.cause).toBe(original)
  })

  test('ES-15 a cause of undefined counts as one', async () => {
    const stack = make()
    const translated = new Error('translated', { cause: undefined })
    stack.push(throwing(translated))
    expect(await thrownBy(() => run(stack, throwing('body')))).toMatchObject({ error: translated, suppressed: 'body' })
  })

  test.each([
    ['by its cause', (body: Error) => new Error('wrapped', { cause: body })],
    ['as a member of a group', (body: Error) => new AggregateError([new Error('other'), body])],
    ['in a SuppressedError', (body: Error) => suppressedError(new Error('other'), body)],
  ])('ES-15 an error that leads to the pending one %s passes bare', async (_, wrap) => {
    const stack = make()
    const body = new Error('body')
    const wrapped = wrap(body)
    stack.defer(throwing(wrapped))
    expect(await thrownBy(() => run(stack, throwing(body)))).toBe(wrapped)
  })

  describe.each(falsy)('ES-39 a thrown %o', (value) => {
    test('by the body is told as a failure, and propagates', async () => {
      const stack = make()
      const told: unknown[] = []
      stack.push((outcome: unknown) => void told.push(outcome))
      expect(await thrownBy(() => run(stack, throwing(value)))).toBe(value)
      expect(told).toEqual([{ status: 'failed', error: value }])
    })

    test('by the body can be swallowed', async () => {
      const stack = make()
      stack.push(() => true)
      expect(await run(stack, throwing(value))).toBeUndefined()
    })

    test('by an exit is thrown as it is', async () => {
      const stack = make()
      stack.defer(throwing(value))
      expect(await thrownBy(() => stack.close())).toBe(value)
    })

    test('by an exit is kept beside the failure of the body', async () => {
      const stack = make()
      const body = new Error('body')
      stack.push(throwing(value))
      const thrown = await thrownBy(() => run(stack, throwing(body)))
      expect(thrown).toMatchObject({ name: 'SuppressedError', error: value, suppressed: body })
    })

    test('by body and exits is found in the chain each time, undefined included', async () => {
      const stack = make()
      const last = new Error('last')
      stack.defer(throwing(last))
      const thrown = await thrownBy(() => run(stack, throwing(value)))
      expect(Object.hasOwn(thrown as object, 'suppressed')).toBe(true)
      expect(thrown).toMatchObject({ error: last, suppressed: value })
    })
  })

  test('ES-41 few lines of a failure’s stack are the stack’s own', async () => {
    const stack = make()
    stack.defer(() => {})
    stack.defer(throwing(new Error('exit')))
    const { stack: trace } = (await thrownBy(() => stack.close())) as Error
    const own = trace!.split('\n').filter((line) => /src\/contexts\/(?!.*\.test)/.test(line))
    expect(own.length).toBeLessThanOrEqual(5)
  })

  /** What an exit does with what it is told. */
  const exits = {
    'lets pass': () => undefined,
    'throws its own': () => throwing(new Error('own'))(),
    'throws its own with a cause': () => throwing(new Error('own', { cause: 'cause' }))(),
    swallows: () => true,
    replaces: () => replace(new Error('replaced')),
    rethrows: (outcome: unknown) => throwing((outcome as { error: unknown }).error)(),
  }
  const pairs = Object.keys(exits).flatMap((inner) => Object.keys(exits).map((outer) => [inner, outer] as const))
  test.each(pairs)('ES-13 “%s” inside “%s” does the same on a stack as written out by hand', async (inner, outer) => {
    /** Three managers that note what they are told, the outermost of which only lets pass. */
    const scripted = (told: unknown[]): ReturnType<typeof syncManager>[] =>
      [inner, outer, 'lets pass'].map((name) =>
        syncManager({ exit: (outcome) => (told.push(shape(outcome)), exits[name as keyof typeof exits](outcome)) }),
      )
    const [toldByHand, toldByStack]: unknown[][] = [[], []]
    const body = throwing(new Error('body'))

    const [a, b, c] = scripted(toldByHand!) as [never, never, never]
    const byHand =
      kind === 'ExitStack'
        ? await outcomeOf(() => withinSync(c, () => withinSync(b, () => withinSync(a, body))))
        : await outcomeOf(() => within(c, () => within(b, () => within(a, body))))

    const stack = make()
    for (const manager of scripted(toldByStack!).toReversed()) await stack.enter(manager)
    const byStack = await outcomeOf(() => run(stack, body))

    expect(toldByStack).toEqual(toldByHand)
    expect(byStack).toEqual(byHand)
  })
})

test('an error is thrown by a synchronous stack before its call returns', () => {
  const stack = stackKinds[0]!.make()
  const error = new Error('exit')
  stack.defer(throwing(error))
  expect(thrownAtOnceBy(() => stack.close())).toBe(error)
})

async function outcomeOf(work: () => unknown): Promise<unknown> {
  try {
    return { gave: await work() }
  } catch (error) {
    return { threw: shape(error) }
  }
}

/** Messages and how errors hang together, for comparison. */
function shape(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const parts = ['status', 'name', 'message', 'error', 'suppressed', 'cause'] as const
  const read = value as Record<(typeof parts)[number], unknown>
  return Object.fromEntries(parts.filter((part) => part in value).map((part) => [part, shape(read[part])]))
}
