/** In which ambient frame the parts of a generator manager run. */
import { contextManager, hold, holdSync, within, withinSync } from 'withal'
import { describe, expect, test } from 'vitest'
import { currentFrame, runInFrame } from '../frame.ts'
import { generatorForms } from '../../test/generator-forms.ts'
import { ambientScope, boundTo, inScope, TestBinding, TestScope } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

const tenant = {}
const bind = (value: string): TestBinding => new TestBinding(tenant, value)

describe.each(generatorForms)('$form', ({ make, run }) => {
  test('GM-25 what a step binds is seen by what follows in the generator and by the body, and by nobody afterwards', async () => {
    const seen: unknown[] = []
    const opened = make(function* () {
      seen.push(boundTo(tenant))
      yield* within(bind('a'))
      seen.push(boundTo(tenant))
      yield
      seen.push(boundTo(tenant))
    })
    await run(opened(), () => seen.push(boundTo(tenant)))
    expect([...seen, boundTo(tenant)]).toEqual([undefined, 'a', 'a', 'a', undefined])
  })

  test('GM-25 of two bindings the inner one counts inside it, and the exits between them see the outer one', async () => {
    const seen: unknown[] = []
    const opened = make(function* () {
      yield* within(bind('outer'))
      yield* within({ '~enter': () => {}, '~exit': () => void seen.push(boundTo(tenant)) })
      yield* within(bind('inner'))
      yield
    })
    await run(opened(), () => seen.push(boundTo(tenant)))
    expect(seen[0]).toBe('inner')
    expect(['inner', 'outer']).toContain(seen[1])
  })

  test('R25 the frame after the yield is the one before it', async () => {
    const frames: unknown[] = []
    const opened = make(function* () {
      frames.push(boundTo(tenant))
      try {
        yield
      } finally {
        frames.push(boundTo(tenant))
      }
    })
    await bind('caller')['~around'](() => run(opened(), () => {}))
    expect(frames).toEqual(['caller', 'caller'])
  })

  test('CV-25 the body does not see what is bound round a manager of another frame', async () => {
    const opened = make(function* () {
      yield boundTo(tenant)
    })
    const manager = withinSync(bind('maker'), () => opened())
    expect(await run(manager, (value) => [value, boundTo(tenant)])).toEqual([undefined, undefined])
  })

  test('rule A: a manager that covers is asked for its frame after it was entered, and not before', async () => {
    const covering = make(function* () {
      yield* within(bind('a'))
      yield
    })
    const plain = make(function* () {
      yield
    })
    const before = covering()
    expect((before as { '~around'?: unknown })['~around']).toBeUndefined()
    const manager = plain()
    await run(manager, () => {
      expect((manager as { '~around'?: unknown })['~around']).toBeUndefined()
    })
  })
})

describe('a manager that is exited from another frame', () => {
  const opened = {
    'function*': contextManager(function* () {
      const before = currentFrame()
      yield 'value'
      expect(currentFrame()).toBe(before)
      seen.push(boundTo(tenant))
    }),
    'async function*': contextManager(async function* () {
      await Promise.resolve()
      yield 'value'
      seen.push(boundTo(tenant))
      await Promise.resolve()
      seen.push(boundTo(tenant))
    }),
  }
  const seen: unknown[] = []

  test.each(['function*', 'async function*'] as const)(
    'R25 rule A: %s runs on in the frame it was entered in',
    async (kind) => {
      seen.length = 0
      const handle = await bind('entered')['~around'](() => hold<AsyncDisposable>(opened[kind]() as never))
      handle.complete()
      await bind('exited')['~around'](() => handle[Symbol.asyncDispose]())
      expect(new Set(seen)).toEqual(new Set(['entered']))
      expect(seen.length).toBeGreaterThan(0)
    },
  )

  test('R25 rule A: steps are exited in the frame that the generator was entered in', async () => {
    seen.length = 0
    const inner = { '~enterAsync': () => {}, '~exitAsync': async () => void seen.push(boundTo(tenant)) }
    const made = contextManager(async function* () {
      yield* within(inner)
      yield 'value'
    })
    const handle = await bind('entered')['~around'](() => hold(made()))
    await bind('exited')['~around'](() => handle[Symbol.asyncDispose]())
    expect(seen).toEqual(['entered'])
  })

  test('R25 a synchronous handle closed in another frame leaves that frame as it was', () => {
    seen.length = 0
    const handle = withinSync(bind('entered'), () => holdSync(opened['function*']()))
    handle.complete()
    withinSync(bind('exited'), () => {
      handle[Symbol.dispose]()
      seen.push(boundTo(tenant))
    })
    expect(seen).toEqual(['entered', 'exited'])
  })
})

describe('a scope entered by a step', () => {
  test('rule A: covers the rest of the generator and the body', async () => {
    const opened = contextManager(async function* () {
      const scope = yield* within(new TestScope())
      expect(ambientScope()).toBe(scope)
      yield scope
    })
    await within(opened(), async (scope) => {
      await Promise.resolve()
      expect(ambientScope()).toBe(scope)
    })
    expect(ambientScope()).toBeUndefined()
  })

  test('rule A: on the way out the shield is the innermost frame, the scopes of the steps around it', async () => {
    const seen: unknown[] = []
    const opened = contextManager(async function* () {
      const scope = yield* within(new TestScope())
      try {
        yield scope
      } finally {
        await Promise.resolve()
        seen.push(ambientScope()?.shield, ambientScope()?.parent === scope, ambientScope()?.cancelled)
      }
    })
    await within(opened(), (scope) => scope.cancel())
    expect(seen).toEqual([true, true, undefined])
  })

  test.each(['function*', 'async function*'])(
    'GM-21 in a %s closed early, the inner cleanup runs first',
    async (kind) => {
      const events: string[] = []
      const inner = contextManager(async function* () {
        try {
          yield 'inner'
        } finally {
          await Promise.resolve()
          events.push('inner closed')
        }
      })
      const outer = contextManager(async function* () {
        yield yield* within(inner())
      })
      // A generator that is not ours holds a manager by `await using`; ours by a step.
      async function* native(): AsyncGenerator<string> {
        await using handle = await hold(inner())
        yield handle.value
      }
      if (kind === 'function*') {
        for await (const value of native()) {
          events.push(value)
          break
        }
      } else {
        const block = async (): Promise<void> => {
          await using handle = await hold(outer())
          events.push(handle.value)
        }
        await block()
      }
      events.push('after')
      expect(events).toEqual(['inner', 'inner closed', 'after'])
    },
  )

  test('GM-19 cleanup under a cancelled scope runs to its end, shielded, and the code after the yield does not', async () => {
    const events: unknown[] = []
    const opened = contextManager(async function* () {
      try {
        yield
        events.push('resumed normally')
      } finally {
        await Promise.resolve()
        events.push(ambientScope()?.cancelled)
        await Promise.resolve()
        events.push('cleaned up')
      }
    })
    const cancelled = await thrownBy(() =>
      inScope((scope) =>
        within(opened(), async () => {
          scope.cancel()
          await Promise.resolve()
          throw scope.cancelled!
        }),
      ),
    )
    expect(cancelled).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' })
    expect(events).toEqual([undefined, 'cleaned up'])
  })

  test('GM-19 an exit in no scope is run in no scope', async () => {
    const scopes: unknown[] = []
    const opened = contextManager(async function* () {
      yield
      scopes.push(ambientScope())
    })
    await runInFrame(undefined, () => within(opened(), () => {}))
    expect(scopes).toEqual([undefined])
  })
})
