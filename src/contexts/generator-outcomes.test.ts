/**
 * How a generator manager ends. GM-28 has no counterpart: a generator's end is no exception in JavaScript, so a body
 * cannot throw something that would be mistaken for it. GM-27 is about types: generator-manager.test-d.ts.
 */
import { contextManager, hold, within } from 'withal'
import { describe, expect, test } from 'vitest'
import { generatorForms } from '../../test/generator-forms.ts'
import { thrownBy } from '../../test/thrown.ts'

describe.each(generatorForms)('$form', ({ make, run }) => {
  const fails = (error: unknown) => (): never => {
    throw error
  }

  test("GM-02 the body's error is thrown at the yield, so catch and finally round it run", async () => {
    const [error, events] = [new Error('body'), [] as unknown[]]
    const opened = make(function* () {
      try {
        yield
        events.push('not reached')
      } catch (caught) {
        events.push(caught)
        throw caught
      } finally {
        events.push('finally')
      }
    })
    expect(await thrownBy(() => run(opened(), fails(error)))).toBe(error)
    expect(events).toEqual([error, 'finally'])
    expect(events[0]).toBe(error)
  })

  test.each([
    ['ends', undefined],
    ['returns false', false],
    ['returns an object', {}],
    ['returns a text', 'true'],
  ])('GM-03 A2: a generator that catches the error and %s passes it on', async (_, answer) => {
    const error = new Error('body')
    const opened = make(function* () {
      try {
        yield
      } catch {
        return answer as undefined
      }
      return undefined
    })
    expect(await thrownBy(() => run(opened(), fails(error)))).toBe(error)
    expect('cause' in error).toBe(false)
  })

  test('GM-03 A2: a generator swallows the error by `return true`', async () => {
    const opened = make(function* () {
      try {
        yield
      } catch {
        return true
      }
      return undefined
    })
    expect(await run(opened(), fails(new Error('body')))).toBeUndefined()
  })

  test('GM-03 A2: `return true` swallows from a finally, too', async () => {
    const opened = make(function* () {
      try {
        yield
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- that is what is tested
        return true
      }
    })
    expect(await run(opened(), fails(new Error('body')))).toBeUndefined()
    expect(await run(opened(), () => 'result')).toBe('result')
  })

  test('GM-04 the same error let out again passes bare, once, with its stack untouched', async () => {
    const error = new Error('body')
    const { stack } = error
    const opened = make(function* () {
      try {
        yield
      } finally {
        // nothing: it passes
      }
    })
    expect(await thrownBy(() => run(opened(), fails(error)))).toBe(error)
    expect([error.stack, 'cause' in error]).toEqual([stack, false])
  })

  test.each(['catch', 'finally'])(
    'GM-05 another error thrown in %s keeps the one of the body as its cause',
    async (where) => {
      const [newer, older] = [new Error('cleanup'), new Error('body')]
      const opened = make(function* () {
        try {
          yield
        } catch (caught) {
          if (where === 'catch') throw newer
          throw caught
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- that is what is tested
          if (where === 'finally') throw newer
        }
      })
      expect(await thrownBy(() => run(opened(), fails(older)))).toBe(newer)
      expect(newer.cause).toBe(older)
    },
  )

  test('GM-05 another error with a cause of its own keeps it, and both come out', async () => {
    const [newer, older] = [new Error('cleanup', { cause: 'its own' }), new Error('body')]
    const opened = make(function* () {
      try {
        yield
      } catch {
        throw newer
      }
    })
    expect(await thrownBy(() => run(opened(), fails(older)))).toMatchObject({ error: newer, suppressed: older })
    expect(newer.cause).toBe('its own')
  })

  test('GM-05 an error made of the one of the body passes untouched', async () => {
    const older = new Error('body')
    const opened = make(function* () {
      try {
        yield
      } catch (cause) {
        throw new RangeError('translated', { cause })
      }
    })
    const newer = await thrownBy(() => run(opened(), fails(older)))
    expect(newer).toMatchObject({ name: 'RangeError', cause: older })
  })

  test.each([undefined, null, 0, 'text'])('GM-26 a thrown %s is thrown at the yield as it is', async (thrown) => {
    const caught: unknown[] = []
    const opened = make(function* (swallow: boolean) {
      try {
        yield
      } catch (error) {
        caught.push(error)
        if (swallow) return true
      }
      return undefined
    })
    expect(await thrownBy(() => run(opened(false), fails(thrown)))).toBe(thrown)
    expect(await run(opened(true), fails(thrown))).toBeUndefined()
    expect(caught).toEqual([thrown, thrown])
  })

  test('CM-10 what the generator throws after a completed body is thrown', async () => {
    const error = new Error('exit')
    const opened = make(function* () {
      yield
      throw error
    })
    expect(await thrownBy(() => run(opened(), () => 'result'))).toBe(error)
  })

  test.each(['unknown', 'completed', 'failed'])('GM-20 a block left as %s', async (word) => {
    const events: unknown[] = []
    const opened = make(function* () {
      try {
        yield
        events.push('committed')
      } catch (error) {
        events.push(error)
      } finally {
        events.push('closed')
      }
    })
    const handle = await hold(opened())
    if (word === 'completed') handle.complete()
    if (word === 'failed') handle.fail('why')
    await handle[Symbol.asyncDispose]()
    expect(events).toEqual({ unknown: ['closed'], completed: ['committed', 'closed'], failed: ['why', 'closed'] }[word])
  })
})

describe('an asynchronous generator', () => {
  test('GM-17 may wait in setup and in cleanup', async () => {
    const events: string[] = []
    const turn = (name: string) => new Promise<void>((resolve) => setImmediate(() => (events.push(name), resolve())))
    const opened = contextManager(async function* () {
      await turn('setup')
      try {
        yield
      } finally {
        await turn('cleanup')
      }
    })
    await within(opened(), () => turn('body'))
    expect(events).toEqual(['setup', 'body', 'cleanup'])
  })

  test('GM-29 a synchronous generator round an asynchronous body is left when that has ended', async () => {
    const events: string[] = []
    const opened = contextManager(function* () {
      events.push('enter')
      try {
        yield
      } catch (error) {
        events.push(String(error))
        return true
      } finally {
        events.push('exit')
      }
      return undefined
    })
    const running = within(opened(), async () => {
      await new Promise((resolve) => setImmediate(resolve))
      events.push('body')
      throw new RangeError('late')
    })
    expect(events).toEqual(['enter'])
    expect(await running).toBeUndefined()
    expect(events).toEqual(['enter', 'body', 'RangeError: late', 'exit'])
  })
})
