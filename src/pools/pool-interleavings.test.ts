/**
 * Pools in random order: borrowers that come, wait, give up, are cancelled, fail and return; makings, checks, cleanings and closings
 * that take their time, fail or hang; time that passes; and the end. `WITHAL_PROGRAMS=20000` runs that many.
 */
import fc from 'fast-check'
import { Pool, within } from 'withal'
import type { Lease, PoolEvent } from 'withal'
import { expect, test } from 'vitest'
import { HandClock } from '../../test/hand-clock.ts'
import { inScope } from '../../test/test-scope.ts'

const programs = Number(process.env['WITHAL_PROGRAMS'] ?? 300)

type Step = 'create' | 'validate' | 'reset' | 'destroy'
/** `slow`: it takes until time has passed; `hangs`: for ever. */
type How = 'works' | 'fails' | 'slow' | 'hangs'

interface Program {
  readonly max: number
  readonly min: number
  readonly sharing: number
  readonly retries: boolean
  readonly lifetime: number
  readonly uses: number
  readonly borrowers: readonly {
    readonly timeout: number
    readonly ends: 'returns' | 'fails' | 'is cancelled' | 'invalidates' | 'keeps it'
    readonly form: 'within' | 'native'
    readonly times: number
  }[]
  /** What becomes of each step, in order, again and again. */
  readonly steps: Readonly<Record<Step, readonly How[]>>
  readonly turns: number
  readonly closesEarly: boolean
}

const drawn = (...often: How[]): fc.Arbitrary<How[]> =>
  fc.array(fc.constantFrom(...often), { minLength: 1, maxLength: 4 })
const program: fc.Arbitrary<Program> = fc.record({
  max: fc.integer({ min: 1, max: 3 }),
  min: fc.nat(1),
  sharing: fc.constantFrom(1, 1, 1, 2),
  retries: fc.boolean(),
  lifetime: fc.constantFrom(Infinity, 50),
  uses: fc.constantFrom(Infinity, 2),
  borrowers: fc.array(
    fc.record({
      timeout: fc.constantFrom(5, 30, 1_000, 1_000),
      ends: fc.constantFrom('returns', 'returns', 'fails', 'is cancelled', 'invalidates', 'keeps it'),
      form: fc.constantFrom('within', 'native'),
      times: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  steps: fc.record({
    create: drawn('works', 'works', 'works', 'fails', 'slow', 'hangs'),
    validate: drawn('works', 'works', 'fails', 'slow', 'hangs'),
    reset: drawn('works', 'works', 'works', 'fails', 'slow', 'hangs'),
    destroy: drawn('works', 'works', 'works', 'fails', 'slow', 'hangs'),
  }),
  turns: fc.integer({ min: 2, max: 8 }),
  closesEarly: fc.boolean(),
})

interface Made {
  readonly number: number
  users: number
  destroyed: number
}

/** What is made, and whether it is lent and destroyed as it must be. */
class Shop {
  readonly all: Made[] = []
  readonly failures: Error[] = []
  making = 0
  readonly #scheduler: fc.Scheduler
  readonly #clock: HandClock
  readonly #program: Program
  readonly #counts: Record<Step, number> = { create: 0, validate: 0, reset: 0, destroy: 0 }

  constructor(scheduler: fc.Scheduler, clock: HandClock, chosen: Program) {
    this.#scheduler = scheduler
    this.#clock = clock
    this.#program = chosen
  }

  readonly create = async (signal: AbortSignal): Promise<Made> => {
    this.making++
    try {
      await this.step('create', signal)
    } finally {
      this.making--
    }
    const made = { number: this.all.length, users: 0, destroyed: 0 }
    this.all.push(made)
    return made
  }

  readonly validate = async (made: Made): Promise<void> => {
    expect(made.destroyed).toBe(0)
    await this.step('validate')
  }

  readonly reset = async (made: Made): Promise<void> => {
    expect(made.destroyed).toBe(0)
    await this.step('reset')
  }

  readonly destroy = async (made: Made): Promise<void> => {
    made.destroyed++
    await this.step('destroy')
  }

  async step(step: Step, signal?: AbortSignal): Promise<void> {
    const hows = this.#program.steps[step]
    const count = this.#counts[step]++
    const how = hows[count % hows.length]!
    await this.#scheduler.schedule(Promise.resolve(), `${step} ${count} ${how}`)
    if (how === 'slow') await new Promise<void>((resolve) => void this.#clock.setTimer(15, resolve))
    if (how === 'hangs')
      await new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error))
      })
    if (how !== 'fails') return
    const error = new Error(`${step} ${count}`)
    this.failures.push(error)
    throw error
  }
}

test('R1 R2 R17 in any order everybody settles, nothing is lent twice, lost or left, and no failure vanishes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), program, async (scheduler, chosen) => {
      const clock = new HandClock()
      const shop = new Shop(scheduler, clock, chosen)
      const events: PoolEvent[] = []
      const seen = new Set<unknown>()
      const kept: Lease<Made>[] = []
      /** Those who wait and can only be served, in the order of asking. */
      const inLine: number[] = []
      const canBeMade = chosen.steps.create.every((how) => how === 'works' || how === 'slow')
      let asked = 0
      const pool = clock.run(
        () =>
          new Pool(shop.create, {
            max: chosen.max,
            min: Math.min(chosen.min, chosen.max),
            sharing: chosen.sharing,
            retryCreate: chosen.retries,
            maxLifetime: chosen.lifetime,
            maxUses: chosen.uses,
            validate: shop.validate,
            validateAfterIdle: 10,
            reset: shop.reset,
            destroy: shop.destroy,
            createTimeout: 40,
            validateTimeout: 40,
            destroyTimeout: 40,
            idleTimeout: 100,
            closeTimeout: 200,
            onEvent: (event) => events.push(event),
          }),
      )
      const pause = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label)
      const { max, sharing } = chosen

      const borrow = async (who: number): Promise<void> => {
        const { timeout, ends, form } = chosen.borrowers[who]!
        await inScope(async (scope) => {
          if (ends === 'is cancelled') soon(pause(`cancel ${who}`), () => scope.cancel())
          const body = async (made: Made): Promise<void> => {
            made.users++
            expect(made.users).toBeLessThanOrEqual(sharing)
            expect(made.destroyed).toBe(0)
            expect(pool.statistics().leased).toBeLessThanOrEqual(max * sharing)
            await pause(`borrower ${who} works`)
            made.users--
            if (ends === 'fails') throw new Error('body')
          }
          if (form === 'within' && ends !== 'keeps it') return await within(pool.lease({ timeout }), body)
          const isSureToBeServed = canBeMade && timeout === 1_000 && ends !== 'is cancelled'
          const number = asked++
          if (isSureToBeServed) inLine.push(number)
          const lease = await pool.acquire({ timeout })
          if (isSureToBeServed) expect(inLine.shift()).toBe(number)
          if (ends === 'keeps it') {
            kept.push(lease)
            return
          }
          if (ends === 'invalidates') lease.invalidate()
          try {
            await body(lease.value)
          } finally {
            await lease.release()
          }
        })
      }
      const work = chosen.borrowers.map(async ({ times }, who) => {
        for (let time = 0; time < times; time++) {
          await pause(`borrower ${who} comes`)
          const size = pool.statistics().size
          expect(size).toBeLessThanOrEqual(max)
          await clock
            .run(() => borrow(who))
            .catch((error: unknown) => {
              for (let each = error; each !== undefined; each = (each as Error).cause) seen.add(each)
            })
        }
      })
      const time = (async () => {
        for (let turn = 0; turn < chosen.turns; turn++) await pause('time passes').then(() => clock.turn(10))
      })()
      let closing: Promise<unknown> | undefined
      const close = (): Promise<unknown> => (closing ??= pool.close().catch((error: unknown) => seen.add(error)))
      const early = chosen.closesEarly
        ? pause('close').then(() => {
            close().catch(() => {})
          })
        : undefined

      // Everything that can happen happens; what hangs or waits needs time to pass.
      const all = Promise.all([...work, time, early])
      expect(await happens(all, scheduler, clock)).toBe(true)
      await all
      expect(pool.statistics()).toMatchObject({
        waiting: 0,
        leased: chosen.closesEarly ? expect.any(Number) : kept.length,
      })

      expect(await happens(close(), scheduler, clock)).toBe(true)
      for (const lease of kept) await lease.release()
      await happens(new Promise(() => {}), scheduler, clock, 60)

      expect(pool.statistics()).toMatchObject({ size: 0, idle: 0, leased: 0, waiting: 0, creating: 0 })
      expect(shop.all.filter(({ destroyed }) => destroyed !== 1)).toEqual([])
      expect(clock.timers).toBe(0)
      for (const event of events) if (event.type === 'failed') seen.add(event.error)
      expect(shop.failures.filter((failure) => !seen.has(failure))).toEqual([])
    }),
    { numRuns: programs },
  )
})

/** Does something when a pause is over; that does not fail. */
function soon(pause: Promise<void>, then: () => void): void {
  pause.then(then, () => {})
}

/** Lets everything happen that can, and time pass for what hangs or waits, until something has ended; says whether it has. */
async function happens(
  what: Promise<unknown>,
  scheduler: fc.Scheduler,
  clock: HandClock,
  rounds = 400,
): Promise<boolean> {
  const state = { isOver: false }
  const over = (): void => {
    state.isOver = true
  }
  what.then(over, over)
  for (let round = 0; round < rounds && !state.isOver; round++) {
    await scheduler.waitAll()
    await clock.turn(20)
  }
  return state.isOver
}
