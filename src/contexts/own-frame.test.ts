/** Generator managers that wait for their own end after they have waited for something else; and others, who may wait. */
import { AsyncExitStack, ContextVar, contextManager, diagnose, hold, sleep, TaskGroup, within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { thrownBy } from '../../test/thrown.ts'

const unknown = { status: 'unknown' } as const
const toldSo = { name: 'ContractError', code: 'WITHAL_CLOSED_WHILE_RUNNING' }
type Opened = AsyncContextManager<unknown, boolean>

/** Runs something where the running code can be told from others. */
const places: Record<string, <R>(run: () => Promise<R>) => Promise<R>> = {
  'inside a scope': async (run) => await within(new TaskGroup(), run),
  'where only a variable is bound': async (run) => await within(new ContextVar<number>('v').bind(1), run),
  'while diagnostics are on': async (run) => {
    const stop = diagnose(() => {})
    try {
      return await run()
    } finally {
      stop()
    }
  },
}

/** The ways to enter and exit a generator manager. */
const forms: Record<string, (manager: Opened) => Promise<unknown>> = {
  within: async (manager) => await within(manager, async () => {}),
  'within, after a body that fails': async (manager) =>
    await within(manager, async () => {
      throw new Error('body')
    }),
  'within, with another manager': async (manager) => await within(new AsyncExitStack(), manager, async () => {}),
  'a stack': async (manager) =>
    await within(new AsyncExitStack<boolean>(), async (stack) => void (await stack.enter(manager))),
  hold: async (manager) => {
    await using handle = await hold(manager as AsyncContextManager<unknown>)
    handle.complete()
  },
}

/** What the generators below do besides. */
const shapes = ['plain', 'with a step', 'with a limit of time'] as const

describe.each(Object.entries(places))('%s', (_place, run) => {
  const cases = Object.entries(forms).flatMap(([form, use]) => shapes.map((shape) => ({ form, use, shape })))
  test.each(cases)(
    'GM-30 a generator ($shape) that waits for its own end in its cleanup is told so: $form',
    async ({ use, shape }) => {
      const selfish = contextManager(
        async function* selfish() {
          if (shape === 'with a step') yield* within(new AsyncExitStack())
          try {
            yield
          } finally {
            await settled()
            await manager['~exitAsync'](unknown)
          }
        },
        { exitTimeout: shape === 'with a limit of time' ? 60_000 : undefined },
      )
      const manager: Opened = selfish()
      expect(await run(() => thrownBy(() => use(manager)))).toMatchObject(toldSo)
    },
  )

  test('GM-30 a generator that waits for the end of its own handle is told so', async () => {
    const selfish = contextManager(async function* () {
      try {
        yield
      } finally {
        await settled()
        await handle[Symbol.asyncDispose]()
      }
    })
    let handle!: AsyncDisposable
    const error = await run(async () => {
      handle = await hold(selfish())
      return await thrownBy(() => handle[Symbol.asyncDispose]())
    })
    expect(error).toMatchObject(toldSo)
    expect(await thrownBy(() => handle[Symbol.asyncDispose]())).toBe(error) // it has ended, and says again how
  })

  test('GM-30 a step that waits, as it is exited, for the end of its generator is told so', async () => {
    const opened = contextManager(async function* () {
      yield* within({
        '~enterAsync': async () => {},
        '~exitAsync': async () => {
          await settled()
          await manager['~exitAsync'](unknown)
        },
      })
      yield
    })
    const manager: Opened = opened()
    expect(await run(() => thrownBy(() => within(manager, () => {})))).toMatchObject(toldSo)
  })

  test.each(Object.entries(forms))(
    'GM-30, D-15 another one who exits the generator meanwhile waits for the end: %s',
    async (_form, use) => {
      const events: string[] = []
      const { promise: closing, resolve: closes } = Promise.withResolvers<void>()
      const opened = contextManager(async function* () {
        try {
          yield
        } finally {
          closes()
          await settled()
          events.push('closed')
        }
      })
      const manager: Opened = opened()
      await run(async () => {
        const other = closing.then(async () => {
          await manager['~exitAsync'](unknown)
          events.push('the other one')
        })
        await use(manager).catch(() => {})
        await other
      })
      expect(events).toEqual(['closed', 'the other one'])
    },
  )
})

test.each(['a scope', 'a scope, and diagnostics on'])(
  'GM-30 a child of the cleanup that waits for it is told so, one of a group outside waits (%s)',
  async (where) => {
    const stop = where === 'a scope' ? () => {} : diagnose(() => {})
    const events: string[] = []
    await within(new TaskGroup(), async (outside) => {
      const opened = contextManager(async function* () {
        try {
          yield
        } finally {
          outside.spawn(async () => {
            await manager['~exitAsync'](unknown)
            events.push('outside')
          })
          const error = await thrownBy(() =>
            within(new TaskGroup({ errors: 'first' }), (inside) => {
              inside.spawn(async () => await manager['~exitAsync'](unknown))
            }),
          )
          expect(error).toMatchObject(toldSo)
          await sleep(1)
          events.push('closed')
        }
      })
      const manager: Opened = opened()
      await within(manager, async () => {})
    })
    stop()
    expect(events).toEqual(['closed', 'outside'])
  },
)

test.each(Object.entries(forms))(
  'GM-30 while diagnostics are on, a generator that waits for its own end in its setup is told so: %s',
  async (_form, use) => {
    const opened = contextManager(async function* () {
      await settled()
      await manager['~exitAsync'](unknown)
      yield
    })
    const manager: Opened = opened()
    const stop = diagnose(() => {})
    expect(await thrownBy(() => use(manager))).toMatchObject(toldSo)
    stop()
  },
)

test.each(['diagnostics on', 'diagnostics off'])(
  'GM-30 what the setup has left to be called later may close the generator (%s)',
  async (diagnostics) => {
    const stop = diagnostics === 'diagnostics off' ? () => {} : diagnose(() => {})
    const events: string[] = []
    let close!: () => Promise<unknown>
    const opened = contextManager(async function* () {
      close = bindHere(async () => await manager['~exitAsync'](unknown))
      try {
        yield
      } finally {
        events.push('closed')
      }
    })
    const manager: Opened = opened()
    await within(new TaskGroup(), async () => {
      await manager['~enterAsync']()
      await close()
    })
    stop()
    expect(events).toEqual(['closed'])
  },
)

/** Lets a function be called where it was made, as a timer or a promise would. */
function bindHere(fn: () => Promise<unknown>): () => Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const called = promise.then(fn)
  return async () => {
    resolve()
    return await called
  }
}
