/** Properties of random nests: every form of the same nest does the same, and loses nothing. */
import fc from 'fast-check'
import { AsyncExitStack, contextManager, ExitStack, nullContext, onLateError, within, withinSync } from 'withal'
import type { Managed, ManagedSync } from 'withal'
import { describe, expect, test } from 'vitest'
import { anyNests, Run, syncNests } from '../../test/nests.ts'
import type { Nest } from '../../test/nests.ts'
import { settled } from '../../test/hand-clock.ts'
import { inScope } from '../../test/test-scope.ts'

type Untyped = (...given: unknown[]) => unknown
type Form = (run: Run, nest: Nest) => unknown

const flat: Form = (run, nest) => (within as Untyped)(nullContext(), ...run.makers(nest), () => run.body(nest))

const nested: Form = (run, nest) =>
  run.makers(nest).reduceRight<() => unknown>(
    (inner, make) => async () => within(make() as Managed, () => inner()),
    () => run.body(nest),
  )()

const stacked: Form = (run, nest) =>
  within(new AsyncExitStack<boolean>(), async (stack) => {
    for (const make of run.makers(nest)) await stack.enter(make() as Managed)
    return run.body(nest)
  })

const steps: Form = (run, nest) => {
  const opened = contextManager(async function* () {
    for (const make of run.makers(nest)) yield* within(make() as Managed)
    yield 'value'
  })
  return within(opened(), () => run.body(nest))
}

const flatSync: Form = (run, nest) => (withinSync as Untyped)(nullContext(), ...run.makers(nest), () => run.body(nest))

const nestedSync: Form = (run, nest) =>
  run.makers(nest).reduceRight<() => unknown>(
    (inner, make) => () => (withinSync as Untyped)(make(), () => inner()),
    () => run.body(nest),
  )()

const stackedSync: Form = (run, nest) =>
  withinSync(new ExitStack<boolean>(), (stack) => {
    for (const make of run.makers(nest)) stack.enter(make() as ManagedSync)
    return run.body(nest)
  })

const stepsSync: Form = (run, nest) => {
  const opened = contextManager(function* () {
    for (const make of run.makers(nest)) yield* within(make() as ManagedSync)
    yield 'value'
  })
  return withinSync(opened(), () => run.body(nest))
}

/** When the scope is cancelled: after so many events, or so many turns. */
interface CancelWhen {
  readonly events?: number
  readonly turns?: number
}

interface Happened {
  readonly end: string
  readonly events: readonly string[]
}

/** What happened; every entered one must have been exited exactly once, in reverse, and no error be lost. */
async function happened(form: Form, nest: Nest): Promise<Happened> {
  const run = new Run()
  const end = await run.end(() => form(run, nest))
  check(run)
  return { end, events: run.events }
}

function happenedSync(form: Form, nest: Nest): Happened {
  const run = new Run()
  const end = run.endSync(() => form(run, nest))
  check(run)
  return { end, events: run.events }
}

function check(run: Run): void {
  expect(run.exited).toEqual(run.entered.toReversed())
  expect(run.lost()).toEqual([])
}

/**
 * What a manager made of others can say of its exit: when the body has completed, one of them has failed, and another
 * has swallowed that, the body's value stays. In nested calls it is gone with the call that has failed.
 */
function withoutValue({ end, events }: Happened): Happened {
  return { end: end.replace(/^completed.*/, 'completed'), events }
}

/** A failure of enter that a step swallows leaves a generator manager without a value: there the forms differ. */
function allEnter(nest: Nest): boolean {
  return nest.layers.every(({ enter }) => enter.does === 'completes')
}

describe('a random nest', () => {
  test('does the same in one `within`, in nested ones, and on a stack', async () => {
    await fc.assert(
      fc.asyncProperty(anyNests, async (nest) => {
        const expected = await happened(flat, nest)
        expect(await happened(nested, nest)).toEqual(expected)
        expect(withoutValue(await happened(stacked, nest))).toEqual(withoutValue(expected))
      }),
      { numRuns: 500 },
    )
  })

  test('does the same as the steps of a generator manager', async () => {
    await fc.assert(
      fc.asyncProperty(anyNests.filter(allEnter), async (nest) => {
        expect(withoutValue(await happened(steps, nest))).toEqual(withoutValue(await happened(flat, nest)))
      }),
      { numRuns: 300 },
    )
  })

  test('loses nothing as the steps of a generator manager', async () => {
    await fc.assert(
      fc.asyncProperty(anyNests, async (nest) => void (await happened(steps, nest))),
      { numRuns: 200 },
    )
  })

  test('without waiting, does the same in one `withinSync`, in nested ones, and on a stack', () => {
    fc.assert(
      fc.property(syncNests, (nest) => {
        const expected = happenedSync(flatSync, nest)
        expect(happenedSync(nestedSync, nest)).toEqual(expected)
        expect(withoutValue(happenedSync(stackedSync, nest))).toEqual(withoutValue(expected))
        if (allEnter(nest)) expect(withoutValue(happenedSync(stepsSync, nest))).toEqual(withoutValue(expected))
      }),
      { numRuns: 500 },
    )
  })

  test('without waiting, does the same as with waiting', async () => {
    await fc.assert(
      fc.asyncProperty(syncNests, async (nest) => {
        expect(await happened(flat, nest)).toEqual(happenedSync(flatSync, nest))
      }),
      { numRuns: 200 },
    )
  })
})

describe('a random nest in a scope that is cancelled', () => {
  const forms: [string, Form][] = [
    ['one within', flat],
    ['nested ones', nested],
    ['a stack', stacked],
    ['steps', steps],
  ]

  /** Runs a form in a scope, and checks it when also what came too late has been released. */
  async function inCancelledScope(form: Form, nest: Nest, when: CancelWhen): Promise<Happened> {
    return inScope(async (scope) => {
      const run = new Run((events) => {
        if (events === when.events) scope.cancel()
      })
      const stop = onLateError((error) => (run.received(error), 'handled'))
      const ending = run.end(() => form(run, nest))
      for (let turn = 0; turn < (when.turns ?? 0); turn++) await Promise.resolve()
      if (when.turns !== undefined) scope.cancel()
      const end = await ending
      await settled()
      stop()
      expect(run.exited.toSorted((a, b) => a - b)).toEqual(run.entered.toSorted((a, b) => a - b))
      expect([run.lost(), run.unshielded]).toEqual([[], []])
      return { end, events: run.events }
    })
  }

  const events = fc.integer({ min: 1, max: 12 })
  const turns = fc.nat(40)
  const isPromised = ({ layers }: Nest): boolean => layers.some(({ kind }) => kind === 'handle' || kind === 'promise')

  test('after any event does the same in one `within` and in nested ones', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyNests.filter((nest) => !isPromised(nest)),
        events,
        async (nest, count) => {
          const when = { events: count }
          expect(await inCancelledScope(nested, nest, when)).toEqual(await inCancelledScope(flat, nest, when))
        },
      ),
      { numRuns: 400 },
    )
  })

  test.each(forms)(
    'after any event, %s: exits shielded all that was entered, once, and loses nothing',
    async (_, form) => {
      await fc.assert(
        fc.asyncProperty(anyNests, events, async (nest, count) => {
          await inCancelledScope(form, nest, { events: count })
        }),
        { numRuns: 200 },
      )
    },
  )

  test.each(forms)(
    'after any turn, %s: exits shielded all that was entered, once, and loses nothing',
    async (_, form) => {
      await fc.assert(
        fc.asyncProperty(anyNests, turns, async (nest, count) => {
          await inCancelledScope(form, nest, { turns: count })
        }),
        { numRuns: 200 },
      )
    },
  )
})
