/** CM-26 has no counterpart: JavaScript has no separate type and traceback, and looks methods up on the object itself. */
import { nullContext, replace, within } from 'withal'
import type { Outcome } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { asyncManager, forms, syncManager, waitingForms } from '../../test/scripted-managers.ts'
import { thrownBy } from '../../test/thrown.ts'

describe.each(forms)('$form', ({ run }) => {
  test('CM-04 enters, runs the body with the value of enter, and exits', async () => {
    const events: unknown[] = []
    const enter = (): string => (events.push('enter'), 'value')
    await run({ enter, exit: () => void events.push('exit') }, (value) => events.push(['body', value]))
    expect(events).toEqual(['enter', ['body', 'value'], 'exit'])
  })

  test('CM-05 exit is told the very error of the body, once, before anything propagates', async () => {
    const events: unknown[] = []
    const error = new Error('body')
    const body = (): never => {
      throw error
    }
    const running = run({ exit: (outcome) => void events.push(outcome) }, body)
    await running.catch((propagated: unknown) => events.push(propagated))
    expect(events).toEqual([{ status: 'failed', error }, error])
    expect((events[0] as { error: unknown }).error).toBe(error)
    expect(events[1]).toBe(error)
  })

  test.each([undefined, null, false, 0, '', 'text', Symbol('s')])(
    'D-24 a thrown %s is a failure, and is thrown as it is',
    async (thrown) => {
      const exit = vi.fn<(outcome: Outcome) => void>()
      const body = (): never => {
        throw thrown
      }
      expect(await thrownBy(() => run({ exit }, body))).toBe(thrown)
      expect(exit.mock.calls).toEqual([[{ status: 'failed', error: thrown }]])
    },
  )

  test('CM-06 an exit that answers true swallows the error, and the result is undefined', async () => {
    const body = (): never => {
      throw new Error('body')
    }
    expect(await run({ exit: () => true }, body)).toBeUndefined()
  })

  test.each([
    ['nothing', undefined],
    ['false', false],
    ['null', null],
    ['1', 1],
    ['a text', 'true'],
    ['an object', { swallow: true }],
    ['a Boolean object', Object(true)],
  ])('CM-07 an exit that answers %s lets the error pass', async (_, answer) => {
    const error = new Error('body')
    const body = (): never => {
      throw error
    }
    expect(await thrownBy(() => run({ exit: () => answer }, body))).toBe(error)
  })

  test('CM-08 an exit that answers true after a completed body changes nothing', async () => {
    expect(await run({ exit: () => true }, () => 'result')).toBe('result')
  })

  test('CM-09 when enter throws, neither the body nor exit runs, and its error passes unchanged', async () => {
    const error = new Error('enter')
    const [body, exit] = [vi.fn<() => void>(), vi.fn<() => void>()]
    const enter = (): never => {
      throw error
    }
    expect(await thrownBy(() => run({ enter, exit }, body))).toBe(error)
    expect([body.mock.calls, exit.mock.calls]).toEqual([[], []])
    expect(error.cause).toBeUndefined()
  })

  test('CM-10 what exit throws after a completed body is thrown in the place of its result', async () => {
    const error = new Error('exit')
    const exit = (): never => {
      throw error
    }
    expect(await thrownBy(() => run({ exit }, () => 'result'))).toBe(error)
    expect(error.cause).toBeUndefined()
  })

  test('CM-11 an error thrown by exit passes bare, with the one of the body as its cause', async () => {
    const [newer, older] = [new RangeError('exit'), new Error('body')]
    expect(await thrownBy(() => run({ exit: throws(newer) }, throws(older)))).toBe(newer)
    expect(newer.cause).toBe(older)
  })

  test.each([
    ['that has a cause', new Error('exit', { cause: 'its own' })],
    ['that is frozen', Object.freeze(new Error('exit'))],
    ['that is no error', 'exit'],
    ['that is undefined', undefined],
    ['that is abort-like', Object.assign(new Error('exit'), { name: 'AbortError' })],
  ])('CM-11 an error thrown by exit %s comes with the one of the body in a SuppressedError', async (_, newer) => {
    const older = new Error('body')
    const both = (await thrownBy(() => run({ exit: throws(newer) }, throws(older)))) as SuppressedError
    expect(both.name).toBe('SuppressedError')
    expect(both.error).toBe(newer)
    expect(both.suppressed).toBe(older)
  })

  test.each([
    ['as its cause', (older: Error) => new Error('exit', { cause: older })],
    [
      'as the cause of its cause',
      (older: Error) => new Error('exit', { cause: new Error('between', { cause: older }) }),
    ],
    ['in a group', (older: Error) => new AggregateError([new Error('other'), older], 'exit')],
  ])('CM-11 an error thrown by exit that leads to the one of the body %s passes untouched', async (_, made) => {
    const older = new Error('body')
    const newer = made(older)
    const { cause } = newer
    expect(await thrownBy(() => run({ exit: throws(newer) }, throws(older)))).toBe(newer)
    expect(newer.cause).toBe(cause)
  })

  test('CM-12 an exit that throws the very error it was told lets it pass bare', async () => {
    const error = new Error('body')
    expect(await thrownBy(() => run({ exit: throws(error) }, throws(error)))).toBe(error)
    expect(error.cause).toBeUndefined()
  })

  test('CM-13 the value of the body is returned after exit has run', async () => {
    const events: unknown[] = []
    events.push(await run({ exit: () => void events.push('exit') }, () => 'result'))
    expect(events).toEqual(['exit', 'result'])
  })

  test('D-35 an error answered with `replace` is thrown bare, and the one of the body is dropped', async () => {
    const error = new RangeError('translated')
    expect(await thrownBy(() => run({ exit: () => replace(error) }, throws(new Error('body'))))).toBe(error)
    expect('cause' in error).toBe(false)
  })

  test('D-35 `replace` after a completed body makes it fail', async () => {
    expect(await thrownBy(() => run({ exit: () => replace('instead') }, () => 'result'))).toBe('instead')
  })
})

test.each(waitingForms)('CM-05 $form: exit is told the error of a body that rejects', async ({ run }) => {
  const exit = vi.fn<(outcome: Outcome) => void>()
  const error = new Error('later')
  expect(await thrownBy(() => run({ exit }, () => Promise.reject(error)))).toBe(error)
  expect(exit.mock.calls).toEqual([[{ status: 'failed', error }]])
})

describe('several managers', () => {
  const events: string[] = []
  const logged = (name: string, exit: (outcome: Outcome) => unknown = () => {}): ReturnType<typeof asyncManager> =>
    asyncManager({
      enter: () => (events.push(`enter ${name}`), name),
      exit: (outcome) => (events.push(`exit ${name} ${outcome.status}`), exit(outcome)),
    })

  test('are entered from left to right and exited in reverse', async () => {
    events.length = 0
    await within(logged('a'), logged('b'), logged('c'), (...names) => events.push(names.join('')))
    expect(events.splice(0, 4)).toEqual(['enter a', 'enter b', 'enter c', 'abc'])
    expect(events).toEqual(['exit c completed', 'exit b completed', 'exit a completed'])
  })

  test('may be functions of the values before them', async () => {
    const made = within(
      nullContext(1),
      (a) => nullContext(a + 1),
      (a, b) => asyncManager({ enter: () => [a, b, a + b] }),
      (a, b, c) => nullContext([a, b, c]),
      (_a, _b, _c, d) => nullContext(JSON.stringify(d)),
      (_a, _b, _c, _d, e) => e,
    )
    expect(await made).toBe('[1,2,[1,2,3]]')
  })

  test('that were entered are exited when a later one fails to enter, and told so', async () => {
    events.length = 0
    const broken = asyncManager({ enter: throws('broken') })
    expect(await thrownBy(() => within(logged('a'), broken, logged('c'), () => events.push('body')))).toBe('broken')
    expect(events).toEqual(['enter a', 'exit a failed'])
  })

  test('that were entered are exited when a function throws that should make a later one', async () => {
    events.length = 0
    expect(await thrownBy(() => within(logged('a'), throws('broken') as () => Disposable, () => {}))).toBe('broken')
    expect(events).toEqual(['enter a', 'exit a failed'])
  })

  test('that stand outside the one that swallows a failure see a completed body', async () => {
    events.length = 0
    const swallowing = logged('b', () => true)
    expect(await within(logged('a'), swallowing, logged('c'), throws(new Error('body')))).toBeUndefined()
    expect(events.slice(3)).toEqual(['exit c failed', 'exit b failed', 'exit a completed'])
  })

  test('are all exited, also when each of them fails', async () => {
    events.length = 0
    const failing = (name: string): ReturnType<typeof asyncManager> => logged(name, throws(new Error(name)))
    const error = await thrownBy(() => within(failing('a'), failing('b'), throws(new Error('body'))))
    expect(error).toMatchObject({ message: 'a', cause: { message: 'b', cause: { message: 'body' } } })
    expect(events.slice(2)).toEqual(['exit b failed', 'exit a failed'])
  })

  test('of both kinds may be mixed', async () => {
    const order: string[] = []
    const exit = (name: string) => ({ enter: () => name, exit: () => void order.push(name) })
    const disposable = { [Symbol.dispose]: () => void order.push('disposable') }
    await within(asyncManager(exit('async')), syncManager(exit('sync')), disposable, (...given) => {
      expect(given).toEqual(['async', 'sync', disposable])
    })
    expect(order).toEqual(['disposable', 'sync', 'async'])
  })
})

function throws(error: unknown): () => never {
  return () => {
    throw error
  }
}
