import { fromCallback, hold, within } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { boundTo, inScope, TestBinding } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

type Use = (thing: string) => Promise<void>

/** A library that lends a transaction to a callback, as many do. */
class Library {
  readonly log: string[] = []

  async lend(use: Use): Promise<string> {
    this.log.push('begin')
    try {
      await use('tx')
    } catch (error) {
      await Promise.resolve()
      this.log.push('rollback')
      throw error
    }
    await Promise.resolve()
    this.log.push('commit')
    return 'result of the call'
  }
}

describe('fromCallback', () => {
  test('gives what the callback is called with', async () => {
    const library = new Library()
    const lent = fromCallback<string>((run) => library.lend(run))
    expect(await within(lent(), (tx) => tx)).toBe('tx')
  })

  test('does nothing until it is entered', () => {
    const library = new Library()
    fromCallback<string>((run) => library.lend(run))()
    expect(library.log).toEqual([])
  })

  test('lets the callback end when the body has completed, and waits for the call', async () => {
    const library = new Library()
    await within(fromCallback<string>((run) => library.lend(run))(), () => library.log.push('body'))
    expect(library.log).toEqual(['begin', 'body', 'commit'])
  })

  test("makes the callback fail with the body's very error, which passes bare", async () => {
    const library = new Library()
    const error = new Error('body')
    const body = (): never => {
      throw error
    }
    expect(await thrownBy(() => within(fromCallback<string>((run) => library.lend(run))(), body))).toBe(error)
    expect(library.log).toEqual(['begin', 'rollback'])
    expect('cause' in error).toBe(false)
  })

  test('makes the callback fail when a native block is left without a word, and passes nothing on', async () => {
    const library = new Library()
    const block = async (): Promise<void> => {
      await using handle = await hold(fromCallback<string>((run) => library.lend(run))())
      expect(handle.value).toBe('tx')
    }
    await block()
    expect(library.log).toEqual(['begin', 'rollback'])
  })

  test('lets the callback end when a native block says that it is complete', async () => {
    const library = new Library()
    const block = async (): Promise<void> => {
      await using handle = await hold(fromCallback<string>((run) => library.lend(run))())
      handle.complete()
    }
    await block()
    expect(library.log).toEqual(['begin', 'commit'])
  })

  test('without a word, passes nothing on when the call wraps the reason in an error of its own', async () => {
    const lent = fromCallback<string>((run) =>
      run('tx').catch((cause: unknown) => {
        throw new Error('transaction failed', { cause })
      }),
    )
    const handle = await hold(lent())
    await handle[Symbol.asyncDispose]()
  })

  test('without a word, passes on what the call throws for another reason', async () => {
    const lent = fromCallback<string>((run) =>
      run('tx').catch(() => {
        throw new Error('rollback failed')
      }),
    )
    const handle = await hold(lent())
    expect(await thrownBy(() => handle[Symbol.asyncDispose]())).toEqual(new Error('rollback failed'))
  })

  test('a call that fails after a completed body fails the exit', async () => {
    const lent = fromCallback<string>(async (run) => {
      await run('tx')
      throw new Error('commit failed')
    })
    expect(await thrownBy(() => within(lent(), () => 'result'))).toEqual(new Error('commit failed'))
  })

  test('a call that fails with another error keeps the one of the body as its cause', async () => {
    const older = new Error('body')
    const lent = fromCallback<string>((run) => run('tx').catch(() => Promise.reject(new Error('rollback failed'))))
    const body = (): never => {
      throw older
    }
    expect(await thrownBy(() => within(lent(), body))).toMatchObject({ message: 'rollback failed', cause: older })
  })

  test('a call that swallows the failure of its callback does not swallow that of the body', async () => {
    const error = new Error('body')
    const lent = fromCallback<string>((run) => run('tx').catch(() => {}))
    const body = (): never => {
      throw error
    }
    expect(await thrownBy(() => within(lent(), body))).toBe(error)
  })

  test('a call that fails before it calls back fails to be entered', async () => {
    const lent = fromCallback<string>(() => Promise.reject(new Error('no connection')))
    expect(await thrownBy(() => within(lent(), () => expect.unreachable()))).toEqual(new Error('no connection'))
  })

  test('a function that throws at once fails to be entered', async () => {
    const lent = fromCallback<string>(() => {
      throw new Error('at once')
    })
    expect(await thrownBy(() => within(lent(), () => expect.unreachable()))).toEqual(new Error('at once'))
  })

  test('a call that ends without calling back is an error', async () => {
    const lent = fromCallback<string>(async () => {})
    const error = await thrownBy(() => within(lent(), () => expect.unreachable()))
    expect(error).toMatchObject({
      name: 'ContractError',
      code: 'WITHAL_CALLBACK_NOT_CALLED',
      message: 'The call ended without calling `run`, so there is no value for the body.',
    })
  })

  test('a call that calls back twice is told so, and fails unless it catches that', async () => {
    const lent = fromCallback<string>(async (run) => {
      await run('first')
      await run('second')
    })
    const body = vi.fn<(thing: string) => void>()
    const error = await thrownBy(() => within(lent(), body))
    expect(error).toMatchObject({ name: 'ContractError', code: 'WITHAL_CALLBACK_CALLED_TWICE' })
    expect(body.mock.calls).toEqual([['first']])
  })

  test('CM-20 a manager that has been entered cannot be entered again', async () => {
    const manager = fromCallback<string>((run) => run('tx'))()
    await within(manager, async () => {
      expect(await thrownBy(() => within(manager, () => {}))).toMatchObject({
        name: 'StateError',
        code: 'WITHAL_ALREADY_ENTERED',
      })
    })
  })

  test('an exit waits until the call has ended', async () => {
    const events: string[] = []
    const lent = fromCallback<string>(async (run) => {
      await run('tx')
      await settled()
      events.push('call ended')
    })
    await within(lent(), () => {})
    events.push('after')
    expect(events).toEqual(['call ended', 'after'])
  })

  test('a call that ends while the body runs does not end the body, and is an error when it has ended', async () => {
    const lent = fromCallback<string>((run) => Promise.race([run('tx'), settled()]))
    const events: string[] = []
    const working = within(lent(), async () => (await settled(), await settled(), events.push('body')))
    await expect(working).rejects.toMatchObject({ code: 'WITHAL_CALLBACK_ENDED_EARLY' })
    expect(events).toEqual(['body'])
  })

  test('rule A: the frame in which the callback is called covers the body', async () => {
    const key = {}
    const lent = fromCallback<string>((run) => within(new TestBinding(key, 'bound'), () => run('tx')))
    expect(await within(lent(), async () => (await settled(), boundTo(key)))).toBe('bound')
    expect(boundTo(key)).toBeUndefined()
  })

  test('ACM-09 cancelled while it is being entered, it is exited and told so', async () => {
    const library = new Library()
    const error = await thrownBy(() =>
      inScope((scope) => {
        const lent = fromCallback<string>((run) => (scope.cancel(), library.lend(run)))
        return within(lent(), () => expect.unreachable())
      }),
    )
    expect(error).toMatchObject({ code: 'ABORT_ERR' })
    expect(library.log).toEqual(['begin', 'rollback'])
  })
})

test('a call that ends before the body does is an error, since what it lent was given back too early', async () => {
  const lend = fromCallback<string>(async (run) => {
    void run('thing').catch(() => {}) // the mistake: nobody waits for it
  })
  const working = within(lend(), () => new Promise((resolve) => setImmediate(resolve)))
  await expect(working).rejects.toMatchObject({
    code: 'WITHAL_CALLBACK_ENDED_EARLY',
    message: expect.stringContaining('return what `run` gives') as string,
  })
})
