/** Rule A: managers made of managers, by `yield* within(manager)`. */
import { contextManager, nullContext, replace, within, withinSync } from 'withal'
import type { Outcome } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { generatorForms } from '../../test/generator-forms.ts'
import { asyncManager, syncManager } from '../../test/scripted-managers.ts'
import { thrownBy } from '../../test/thrown.ts'

const fails = (error: unknown) => (): never => {
  throw error
}

describe.each(generatorForms)('$form', ({ make, run }) => {
  const events: string[] = []
  const logged = (name: string, exit: (outcome: Outcome) => unknown = () => {}) =>
    syncManager({
      enter: () => (events.push(`enter ${name}`), name),
      exit: (outcome) => (events.push(`exit ${name} ${outcome.status}`), exit(outcome)),
    })

  test('rule A: a step enters the manager and gives its value', async () => {
    const opened = make(function* () {
      const a = yield* within(nullContext('a'))
      const b = yield* within(nullContext(`${a}b`))
      yield `${b}c`
    })
    expect(await run(opened(), (value) => value)).toBe('abc')
  })

  test('rule A: what steps have entered is exited last in, first out, when the generator has ended', async () => {
    events.length = 0
    const opened = make(function* () {
      yield* within(logged('a'))
      yield* within(logged('b'))
      yield
      events.push('generator ends')
    })
    await run(opened(), () => events.push('body'))
    const exits = ['exit b completed', 'exit a completed']
    expect(events).toEqual(['enter a', 'enter b', 'body', 'generator ends', ...exits])
  })

  test('rule A: a step after the value is a second yield', async () => {
    events.length = 0
    const opened = make(function* () {
      yield 'value'
      yield* within(logged('late'))
    })
    expect(await thrownBy(() => run(opened(), () => {}))).toMatchObject({ code: 'WITHAL_SECOND_YIELD' })
    expect(events).toEqual([])
  })

  test('rule A: what steps have entered is told the error that the generator lets out', async () => {
    const told: unknown[] = []
    const tell = (outcome: Outcome): void => void told.push(outcome)
    const opened = make(function* () {
      yield* within(logged('a', tell))
      try {
        yield
      } catch (cause) {
        throw new RangeError('translated', { cause })
      }
    })
    const error = await thrownBy(() => run(opened(), fails(new Error('body'))))
    expect(told).toEqual([{ status: 'failed', error }])
    expect(error).toMatchObject({ name: 'RangeError', cause: { message: 'body' } })
  })

  test('rule A: what steps have entered sees a completed body when the generator swallows its error', async () => {
    events.length = 0
    const opened = make(function* () {
      yield* within(logged('a'))
      try {
        yield
      } catch {
        return true
      }
      return undefined
    })
    expect(await run(opened(), fails(new Error('body')))).toBeUndefined()
    expect(events).toEqual(['enter a', 'exit a completed'])
  })

  test('rule A: what a step has entered may swallow the error of the body', async () => {
    const opened = make(function* () {
      yield* within(logged('a', () => true))
      yield
    })
    expect(await run(opened(), fails(new Error('body')))).toBeUndefined()
  })

  test('rule A: what a step has entered may replace the error of the body', async () => {
    const opened = make(function* () {
      yield* within(logged('a', () => replace('instead')))
      yield
    })
    expect(await thrownBy(() => run(opened(), fails(new Error('body'))))).toBe('instead')
  })

  test('rule A: errors of several exits all come out', async () => {
    const opened = make(function* () {
      yield* within(logged('a', fails(new Error('a'))))
      yield* within(logged('b', fails(new Error('b'))))
      try {
        yield
      } finally {
        // oxlint-disable-next-line no-unsafe-finally -- that is what is tested
        throw new Error('generator')
      }
    })
    const error = await thrownBy(() => run(opened(), fails(new Error('body'))))
    const chain = { message: 'a', cause: { message: 'b', cause: { message: 'generator', cause: { message: 'body' } } } }
    expect(error).toMatchObject(chain)
  })

  test('rule A: a manager that fails to enter throws at the step, and the generator may go on', async () => {
    const opened = make(function* () {
      try {
        yield* within(syncManager({ enter: fails(new Error('no connection')) }))
      } catch (error) {
        yield (error as Error).message
      }
    })
    expect(await run(opened(), (value) => value)).toBe('no connection')
  })

  test('rule A: when a later step fails, what was entered before is exited, and told so', async () => {
    events.length = 0
    const opened = make(function* () {
      yield* within(logged('a'))
      yield* within(syncManager({ enter: fails(new Error('no connection')) }))
      yield
    })
    const error = await thrownBy(() => run(opened(), () => expect.unreachable()))
    expect(error).toEqual(new Error('no connection'))
    expect(events).toEqual(['enter a', 'exit a failed'])
  })

  test('rule A: a failure of enter that a step swallows leaves no value for the body', async () => {
    const opened = make(function* () {
      yield* within(logged('a', () => true))
      if (events.length >= 0) throw new Error('setup')
      yield
    })
    const error = await thrownBy(() => run(opened(), () => expect.unreachable()))
    expect(error).toMatchObject({ code: 'WITHAL_NO_YIELD', cause: { message: 'setup' } })
  })

  test('rule A: what steps have entered is exited when the generator ends without a yield', async () => {
    events.length = 0
    const opened = make(function* () {
      yield* within(logged('a'))
      if (events.length === 0) yield
    })
    expect(await thrownBy(() => run(opened(), () => {}))).toMatchObject({ code: 'WITHAL_NO_YIELD' })
    expect(events).toEqual(['enter a', 'exit a failed'])
  })

  test('rule A: what is no manager is refused at the step', async () => {
    const opened = make(function* () {
      yield* within(42 as unknown as Disposable)
      yield
    })
    const error = await thrownBy(() => run(opened(), () => {}))
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_NOT_A_MANAGER' })
    expect((error as Error).message).toMatch(/`yield\* within\(…\)`.* got 42/)
  })

  test('rule A: a disposable may be entered by a step', async () => {
    const dispose = vi.fn<() => void>()
    const disposable = { [Symbol.dispose]: dispose }
    const opened = make(function* () {
      yield yield* within(disposable)
    })
    expect(await run(opened(), (value) => value)).toBe(disposable)
    expect(dispose).toHaveBeenCalledOnce()
  })

  test('rule A: a step may enter a manager that has steps itself', async () => {
    events.length = 0
    const inner = make(function* () {
      yield* within(logged('a'))
      yield 'inner'
    })
    const outer = make(function* () {
      yield `outer of ${String(yield* within(inner()) as Iterable<never>)}`
    })
    expect(await run(outer(), (value) => (events.push('body'), value))).toBe('outer of inner')
    expect(events).toEqual(['enter a', 'body', 'exit a completed'])
  })
})

describe('an asynchronous generator', () => {
  test('rule A: may enter what has to be waited for, and a promise of it', async () => {
    const events: string[] = []
    const exit = (name: string) => () => void events.push(name)
    const opened = contextManager(async function* () {
      const a = yield* within(asyncManager({ enter: () => 'a', exit: exit('a') }))
      const b = yield* within(Promise.resolve(asyncManager({ enter: () => 'b', exit: exit('b') })))
      yield [a, b]
    })
    expect(await within(opened(), (value) => value)).toEqual(['a', 'b'])
    expect(events).toEqual(['b', 'a'])
  })

  test('rule A: a thenable value comes out of the step as it is', async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
    const thenable = { then: vi.fn<() => void>() }
    const opened = contextManager(async function* () {
      const value = yield* within(nullContext([thenable] as const))
      yield value[0] === thenable
    })
    expect(await within(opened(), (value) => value)).toBe(true)
  })
})

describe('a synchronous generator', () => {
  test('rule A: refuses a step that would have to be waited for', async () => {
    const opened = contextManager(function* () {
      yield* within(asyncManager({})) as unknown as Iterable<never>
      yield 1
    })
    expect(await thrownBy(() => withinSync(opened(), () => {}))).toBeInstanceOf(TypeError)
  })
})

describe('a step that is not in a generator of ours', () => {
  test.each([
    ['within', () => within(within(nullContext()) as never, () => {})],
    ['withinSync', () => withinSync(within(nullContext()) as never, () => {})],
  ])('rule A: %s says what it is and what to do', async (_, misuse) => {
    const error = await thrownBy(misuse)
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_STEP_OUTSIDE' })
    expect((error as Error).message).toMatch(/step for `yield\*` in a generator.*Give `within` a body/s)
  })

  test('rule A: enters nothing, also when it is iterated by others', async () => {
    const enter = vi.fn<() => void>()
    const step = within(syncManager({ enter }))
    expect('then' in step).toBe(false)
    for (const yielded of step) expect(yielded).toHaveProperty('~step')
    expect(enter).not.toHaveBeenCalled()
  })
})
