/**
 * Random programs on deferred values: those who wait are told how it was settled, unless they left before; nothing is left
 * behind. `WITHAL_PROGRAMS=20000` runs that many.
 */
import fc from 'fast-check'
import { Deferred, TaskCancelledError } from 'withal'
import { expect, test } from 'vitest'
import { calling, Callers, anyHappening } from '../../test/callers.ts'
import type { Calling, Happening } from '../../test/callers.ts'
import { failure, ignoreFailure } from '../../test/exchange-model.ts'
import type { Caller, Ended } from '../../test/exchange-model.ts'

const programs = Number(process.env['WITHAL_PROGRAMS'] ?? 300)

type Step =
  | Happening
  | { readonly does: 'wait'; readonly how: Calling; readonly times: number }
  | { readonly does: 'resolve' | 'reject' | 'cancel it' }

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: anyHappening },
  {
    weight: 8,
    arbitrary: fc.record({ does: fc.constant('wait' as const), how: calling, times: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constantFrom('resolve' as const, 'reject' as const, 'cancel it' as const) }),
  },
)

/** How those end who wait, by how it is settled. */
const endings = { resolve: 'got 1', reject: 'failed', 'cancel it': 'cancelled' } as const
const states = { 'got 1': 'resolved', failed: 'rejected', cancelled: 'cancelled' } as const

class Run {
  readonly deferred = new Deferred<number>()
  readonly callers: Callers
  waiting: Caller[] = []
  ended: (typeof endings)[keyof typeof endings] | undefined

  constructor() {
    this.callers = new Callers(
      (caller) => this.#leave((other) => other === caller),
      (now) => this.#leave(({ due }) => due <= now),
    )
  }

  async do(step: Step): Promise<void> {
    if (step.does === 'wait') for (let time = 0; time < step.times; time++) this.#wait(step.how)
    else if (step.does in endings) this.#settle(step.does as keyof typeof endings)
    else await this.callers.happen(step as Happening)
    expect(this.deferred.waiting).toBe(this.waiting.length)
    expect(this.deferred.state).toBe(this.ended === undefined ? 'pending' : states[this.ended])
  }

  #wait(how: Calling): void {
    this.callers.call(
      how,
      (caller) => {
        if (this.ended !== undefined) caller.expected = this.ended
        else this.waiting.push(caller)
      },
      async (options): Promise<Ended> => {
        try {
          return `got ${await this.deferred.wait(options)}`
        } catch (error) {
          if (error instanceof TaskCancelledError) return 'cancelled'
          throw error
        }
      },
    )
  }

  #settle(how: keyof typeof endings): void {
    const isFirst = this.ended === undefined
    this.ended ??= endings[how]
    for (const caller of this.waiting.splice(0)) caller.expected = this.ended
    const { deferred } = this
    const settle = {
      resolve: () => deferred.resolve(1),
      reject: () => deferred.reject(failure),
      'cancel it': () => deferred.cancel(),
    }
    expect(settle[how]()).toBe(isFirst)
  }

  #leave(which: (caller: Caller) => boolean): void {
    for (const caller of this.waiting) if (which(caller)) caller.expected = 'left'
    this.waiting = this.waiting.filter(({ expected }) => expected === 'waiting')
  }
}

test(
  `QU-19 ${programs} random programs on deferred values tell everybody once`,
  async () => {
    const remove = ignoreFailure()
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 40, size: 'max' }), async (steps) => {
        const run = new Run()
        for (const each of steps) await run.do(each)
        await run.do({ does: 'cancel it' })
        await run.callers.finish()
      }),
      { numRuns: programs },
    )
    remove()
  },
  Math.max(20_000, programs * 20),
)
