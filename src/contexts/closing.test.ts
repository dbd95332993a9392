/** UT-08 to UT-11: things with a method that closes them, as managers. */
import { closing, ExitTimeoutError, hold, holdSync, onLateError, UsageError, within, withinSync } from 'withal'
import type { AsyncContextManager, ContextManager } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { HandClock, settled } from '../../test/hand-clock.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

type AnyClosing = ContextManager<unknown> & AsyncContextManager<unknown>

/** Each way of running a body within, with a thing that notes how it was closed. */
const forms = [
  ['within', (manager: AnyClosing, body: (thing: unknown) => unknown) => within(manager, body)],
  ['withinSync', async (manager: AnyClosing, body: (thing: unknown) => unknown) => withinSync(manager, body)],
] as const

describe.each(forms)('%s', (_, run) => {
  test('UT-08 gives the thing itself, and closes it at the end', async () => {
    const thing = { close: vi.fn<() => void>() }
    const seen: unknown[] = []
    await run(closing(thing), (given) => seen.push(given, thing.close.mock.calls.length))
    expect(seen).toEqual([thing, 0])
    expect(thing.close.mock.calls).toEqual([[]])
  })

  test('UT-08 closes it also when the body fails, which passes, whatever closing gives', async () => {
    const thing = { close: vi.fn<() => boolean>(() => true) }
    const error = new Error('body')
    expect(await thrownBy(() => run(closing(thing), throwing(error)))).toBe(error)
    expect(thing.close).toHaveBeenCalledOnce()
  })

  test('UT-08 calls the method on the thing', async () => {
    class Thing {
      readonly #closed: string[] = []
      close(): void {
        this.#closed.push('closed')
      }
      get closed(): readonly string[] {
        return this.#closed
      }
    }
    const thing = new Thing()
    await run(closing(thing), () => {})
    expect(thing.closed).toEqual(['closed'])
  })

  test.each(['end', 'destroy', 'terminate', 'release', 'return'] as const)(
    'UT-09 closes by the method %s',
    async (name) => {
      const thing = { end() {}, destroy() {}, terminate() {}, release() {}, return() {}, close: vi.fn<() => void>() }
      const closer = vi.spyOn(thing, name)
      await run(closing(thing, name), () => {})
      expect(closer).toHaveBeenCalledOnce()
      expect(thing.close).not.toHaveBeenCalled()
    },
  )

  test('UT-09 closes by a function, which gets the thing', async () => {
    const thing = { close: vi.fn<() => void>() }
    const closer = vi.fn<(closed: unknown) => void>()
    await run(closing(thing, closer), () => {})
    expect(closer.mock.calls).toEqual([[thing]])
    expect(thing.close).not.toHaveBeenCalled()
  })

  test('UT-08 can be entered again', async () => {
    const thing = { close: vi.fn<() => void>() }
    const manager = closing(thing)
    await run(manager, () => {})
    await run(manager, () => {})
    expect(thing.close).toHaveBeenCalledTimes(2)
  })

  test('UT-10 of a generator, its return is called, so that its finally has run', async () => {
    const events: string[] = []
    function* numbers(): Generator<number> {
      try {
        yield 1
        yield 2
      } finally {
        events.push('finally')
      }
    }
    const generator = numbers()
    await run(closing(generator), () => events.push(String(generator.next().value)))
    expect(events).toEqual(['1', 'finally'])
  })
})

test('UT-08 an asynchronous close is waited for', async () => {
  const events: string[] = []
  const thing = {
    close: async () => {
      await settled()
      events.push('closed')
    },
  }
  await within(closing(thing), () => events.push('body'))
  events.push('after')
  expect(events).toEqual(['body', 'closed', 'after'])
})

test('UT-08 in withinSync the failure of an asynchronous close is reported late', async () => {
  const late: unknown[] = []
  const remove = onLateError((error) => (late.push(error), 'handled'))
  const error = new Error('close')
  withinSync(closing({ close: () => Promise.reject(error) }), () => {})
  await settled()
  remove()
  expect(late).toEqual([error])
})

test('UT-08 a native block closes it, too', async () => {
  const thing = { close: vi.fn<() => void>() }
  {
    using handle = holdSync(closing(thing))
    expect(handle.value).toBe(thing)
  }
  {
    await using handle = await hold(closing(thing))
    expect(handle.value).toBe(thing)
  }
  expect(thing.close).toHaveBeenCalledTimes(2)
})

test.each([
  [{ end() {} }, undefined, 'no method `close`'],
  [{ end: 5 }, 'end', 'no method `end`'],
  [null, undefined, 'null'],
  [undefined, 'close', 'undefined'],
])('UT-09 %o by %s is refused at once, and told what is missing', (thing, how, text) => {
  const error = thrownAtOnceBy(() => closing(thing, how as never))
  expect(error).toBeInstanceOf(UsageError)
  expect((error as Error).message).toContain(text)
})

describe('UT-10 of an asynchronous generator', () => {
  /** Yields numbers, and takes its time to clean up. */
  async function* numbers(events: string[]): AsyncGenerator<number, void, undefined> {
    try {
      for (let number = 1; ; number++) yield number
    } finally {
      await settled()
      events.push('finally')
    }
  }
  const leaving: [string, (generator: AsyncGenerator<number>) => Promise<void>][] = [
    ['broke off', async (generator) => void (await generator.next())],
    [
      'threw',
      async (generator) => {
        await generator.next()
        throw new Error('loop')
      },
    ],
  ]
  test.each(leaving)('the finally has run when control goes on after a loop that %s', async (_, loop) => {
    const events: string[] = []
    await within(closing(numbers(events)), loop).catch(() => events.push('failed'))
    expect(events[0]).toBe('finally')
  })

  test('one that was never started has nothing to clean up', async () => {
    const events: string[] = []
    await within(closing(numbers(events)), () => {})
    expect(events).toEqual([])
  })
})

describe('UT-11 of a generator that is blocked', () => {
  /** Waits for ever at its second step, unless the signal tells it to stop. */
  async function* blocked(signal?: AbortSignal): AsyncGenerator<number, void, undefined> {
    yield 1
    await new Promise((_, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('stopped')))
    })
  }

  test('closing ends when the generator is told to stop by the signal that it takes', async () => {
    const controller = new AbortController()
    const generator = blocked(controller.signal)
    const pending: Promise<unknown>[] = []
    await within(closing(generator), async () => {
      await generator.next()
      pending.push(thrownBy(() => generator.next()))
      controller.abort()
    })
    expect(await pending[0]).toMatchObject({ message: 'stopped' })
  })

  test('closing with a limit ends with an ExitTimeoutError that names what was not closed', async () => {
    const clock = new HandClock()
    const generator = blocked()
    const failing = clock.run(() =>
      within(closing(generator, { exitTimeout: 1000 }), async () => {
        await generator.next()
        generator.next().catch(() => {})
      }),
    )
    const thrown = thrownBy(() => failing)
    await clock.turn(2000)
    expect(await thrown).toBeInstanceOf(ExitTimeoutError)
    expect(await thrown).toMatchObject({
      message:
        'The exit of closing(an object) took longer than its limit of 1000 ms and did not end when cancelled: it was left behind.',
    })
  })

  test('a limit that is no duration is refused', () => {
    expect(() => closing({ close() {} }, { exitTimeout: NaN })).toThrow(UsageError)
  })
})
