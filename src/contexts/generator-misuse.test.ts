/** What becomes of a generator manager that does not stop where it should. */
import { hold } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { generatorForms } from '../../test/generator-forms.ts'
import { thrownBy } from '../../test/thrown.ts'

describe.each(generatorForms)('$form', ({ make, run }) => {
  const fails = (error: unknown) => (): never => {
    throw error
  }

  test('GM-06 a generator that ends before it yields has no value for the body', async () => {
    const finished = vi.fn<() => void>()
    const opened = make(function* () {
      try {
        if (Math.random() < 2) return
        yield
      } finally {
        finished()
      }
    })
    const error = await thrownBy(() => run(opened(), () => expect.unreachable()))
    expect(error).toMatchObject({
      name: 'ContractError',
      code: 'WITHAL_NO_YIELD',
      message: expect.stringContaining('ended without a `yield`') as string,
    })
    expect(finished).toHaveBeenCalledOnce()
  })

  test('GM-07 a second yield is an error, and the generator is closed at once', async () => {
    const finished = vi.fn<() => void>()
    const opened = make(function* () {
      try {
        yield 1
        yield 2
        expect.unreachable()
      } finally {
        finished()
      }
    })
    const error = await thrownBy(() => run(opened(), () => 'result'))
    expect(error).toMatchObject({
      name: 'ContractError',
      code: 'WITHAL_SECOND_YIELD',
      message: expect.stringMatching(/did not stop: it yielded again when its body had ended/) as string,
    })
    expect(finished).toHaveBeenCalledOnce()
  })

  test('GM-08 a yield after the error was thrown in is an error with that as its cause', async () => {
    const [older, finished] = [new Error('body'), vi.fn<() => void>()]
    const opened = make(function* () {
      try {
        try {
          yield 1
        } catch {
          yield 2
        }
      } finally {
        finished()
      }
    })
    const error = await thrownBy(() => run(opened(), fails(older)))
    expect(error).toMatchObject({
      name: 'ContractError',
      code: 'WITHAL_YIELD_AFTER_THROW',
      message: expect.stringMatching(/did not stop after the body's error was thrown at its `yield`/) as string,
    })
    expect((error as Error).cause).toBe(older)
    expect(finished).toHaveBeenCalledOnce()
  })

  test.each([
    ['a second yield', () => 'result', 'WITHAL_SECOND_YIELD'],
    ['a yield after throw', fails(new Error('body')), 'WITHAL_YIELD_AFTER_THROW'],
  ])('GM-09 after %s an error of the closing comes together with the misuse', async (_, body, code) => {
    const closing = new Error('closing')
    const opened = make(function* () {
      try {
        try {
          yield 1
        } catch {
          // goes on
        }
        yield 2
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- that is what is tested
        throw closing
      }
    })
    const error = await thrownBy(() => run(opened(), body))
    expect(error).toMatchObject({ name: 'SuppressedError', error: closing, suppressed: { code } })
  })

  test('GM-10 a generator that yields while it is closed is resumed until it has ended', async () => {
    const events: string[] = []
    const opened = make(function* () {
      try {
        yield 1
        yield 2
      } finally {
        events.push('closing')
        yield 3
        events.push('closed')
      }
    })
    expect(await thrownBy(() => run(opened(), () => {}))).toMatchObject({ code: 'WITHAL_SECOND_YIELD' })
    expect(events[0]).toBe('closing')
  })

  test('GM-10 a generator that yields for ever is given up', async () => {
    const opened = make(function* () {
      for (;;) {
        try {
          yield
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- that is what is tested
          continue
        }
      }
    })
    expect(await thrownBy(() => run(opened(), () => {}))).toMatchObject({ code: 'WITHAL_SECOND_YIELD' })
  })

  test('GM-10 GM-20 a generator closed with return() that yields again did not stop', async () => {
    const opened = make(function* () {
      try {
        yield 1
      } finally {
        yield 2
      }
    })
    const handle = await hold(opened())
    expect(await thrownBy(() => handle[Symbol.asyncDispose]())).toMatchObject({ code: 'WITHAL_SECOND_YIELD' })
  })
})
