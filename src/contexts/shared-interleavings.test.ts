/** UT-27 in random order: users that come, fail, are cancelled and leave; makings and closings that fail; time; close. */
import fc from 'fast-check'
import { onLateError, shared, within } from 'withal'
import type { AsyncContextManager } from 'withal'
import { expect, test } from 'vitest'
import { HandClock } from '../../test/hand-clock.ts'
import { inScope } from '../../test/test-scope.ts'

interface Program {
  readonly idleTimeout: number
  readonly users: readonly { readonly fails: boolean; readonly cancelled: boolean; readonly uses: number }[]
  /** Which makings and closings fail, in order, again and again. */
  readonly makingFails: readonly boolean[]
  readonly closingFails: readonly boolean[]
  /** How often time passes. */
  readonly turns: number
  readonly closesEarly: boolean
}

const program: fc.Arbitrary<Program> = fc.record({
  idleTimeout: fc.constantFrom(0, 10, Infinity),
  users: fc.array(fc.record({ fails: fc.boolean(), cancelled: fc.boolean(), uses: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 1,
    maxLength: 5,
  }),
  makingFails: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
  closingFails: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
  turns: fc.nat({ max: 3 }),
  closesEarly: fc.boolean(),
})

/** What is made, and whether it is used, made and closed as it must be. */
class Resources {
  readonly closings = new Map<number, number>()
  readonly errors: unknown[] = []
  /** Made or being made, and not closed. */
  alive = 0
  mostAlive = 0
  #made = 0
  readonly #scheduler: fc.Scheduler
  readonly #program: Program

  constructor(scheduler: fc.Scheduler, chosen: Program) {
    this.#scheduler = scheduler
    this.#program = chosen
  }

  readonly make = (): AsyncContextManager<{ open: boolean }> => {
    const number = this.#made++
    const value = { open: false }
    return {
      '~enterAsync': async () => {
        this.mostAlive = Math.max(this.mostAlive, ++this.alive)
        await this.#scheduler.schedule(Promise.resolve(), `make ${number}`)
        if (this.#failsAt(this.#program.makingFails, number)) {
          this.alive--
          throw this.#failure(`make ${number}`)
        }
        value.open = true
        this.closings.set(number, 0)
        return value
      },
      '~exitAsync': async () => {
        value.open = false
        await this.#scheduler.schedule(Promise.resolve(), `close ${number}`)
        this.alive--
        this.closings.set(number, this.closings.get(number)! + 1)
        if (this.#failsAt(this.#program.closingFails, number)) throw this.#failure(`close ${number}`)
      },
    }
  }

  #failsAt(failing: readonly boolean[], number: number): boolean {
    return failing[number % failing.length]!
  }

  #failure(message: string): Error {
    const error = new Error(message)
    this.errors.push(error)
    return error
  }
}

test('UT-27 in any order there is never more than one, each is closed once, all settle, and no error is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), program, async (scheduler, chosen) => {
      const received = new Set<unknown>()
      const stop = onLateError((error) => (received.add(error), 'handled'))
      const clock = new HandClock()
      const resources = new Resources(scheduler, chosen)
      const resource = shared(resources.make, { idleTimeout: chosen.idleTimeout })
      const pause = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label)

      const work: Promise<unknown>[] = chosen.users.map(async ({ fails, cancelled, uses }, user) => {
        for (let use = 0; use < uses; use++) {
          await pause(`user ${user} comes`)
          const using = inScope(async (scope) => {
            const cancelling = cancelled ? pause(`user ${user} is cancelled`).then(() => scope.cancel()) : pause('')
            const body = async (value: { open: boolean }): Promise<void> => {
              expect(value.open).toBe(true)
              await pause(`user ${user} works`)
              expect(value.open).toBe(true)
              if (fails) throw new Error(`user ${user}`)
            }
            try {
              await within(resource, body)
            } finally {
              await cancelling
            }
          })
          await using.catch((error: unknown) => {
            for (let each = error; each !== undefined; each = (each as Error).cause) received.add(each)
          })
        }
      })
      for (let turn = 0; turn < chosen.turns; turn++) work.push(pause('time passes').then(() => clock.turn(10)))
      const close = (): Promise<unknown> => resource.close().catch((error: unknown) => received.add(error))
      if (chosen.closesEarly) work.push(pause('close').then(close))

      const results = await scheduler.waitFor(clock.run(() => Promise.allSettled(work)))
      await scheduler.waitFor(close())
      stop()

      expect(results.filter(({ status }) => status === 'rejected')).toEqual([])
      expect(resources.mostAlive).toBeLessThanOrEqual(1)
      expect(resources.alive).toBe(0)
      expect([...resources.closings.values()].filter((times) => times !== 1)).toEqual([])
      expect(resources.errors.filter((error) => !received.has(error))).toEqual([])
      expect(clock.timers).toBe(0)
    }),
    { numRuns: 500 },
  )
})
