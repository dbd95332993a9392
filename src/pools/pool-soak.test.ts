/**
 * A pool that works for long, with everything going wrong from time to time: what is on the heap after it is what was there before.
 * `WITHAL_CYCLES=5000000` borrows that often.
 */
import { CancelScope, moveOnAfter, Pool, within } from 'withal'
import { expect, test } from 'vitest'

const cycles = Number(process.env['WITHAL_CYCLES'] ?? 100_000)
const megabyte = 2 ** 20

/** The same failures in the same order each time (a linear congruential generator; Numerical Recipes). */
class Dice {
  #state = 1
  oneIn(sides: number): boolean {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return this.#state / 2 ** 32 < 1 / sides
  }
}

test(
  `R10 ${cycles} borrowings with failures of every kind leave nothing on the heap`,
  { timeout: 1_200_000 },
  async () => {
    const dice = new Dice()
    let alive = 0
    let served = 0
    const failAt = (sides: number, what: string): void => {
      if (dice.oneIn(sides)) throw new Error(what)
    }
    const pool = new Pool(
      async () => {
        failAt(20, 'create')
        alive++
        return { bytes: new Uint8Array(64) }
      },
      {
        max: 10,
        acquireTimeout: 60_000,
        backoff: { initial: 0, max: 1 },
        validateAfterIdle: 0,
        maxUses: 500,
        validate: async () => failAt(200, 'validate'),
        reset: async () => failAt(200, 'reset'),
        destroy: async () => {
          alive--
          failAt(50, 'destroy')
        },
      },
    )
    const borrower = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) {
        try {
          const [isCancelled, isLate] = [dice.oneIn(50), dice.oneIn(50)]
          if (isCancelled) await cancelled()
          else if (isLate) await within(moveOnAfter(0), pool.lease(), () => {})
          else
            await pool.use(() => {
              served++
              failAt(100, 'body')
            })
        } catch {
          // Every kind of failure is meant to happen.
        }
      }
    }
    const cancelled = (): Promise<unknown> =>
      within(new CancelScope(), async (scope) => {
        const waiting = pool.acquire()
        scope.cancel()
        await (await waiting).release()
      })
    const borrowAll = (times: number): Promise<unknown> =>
      Promise.all(Array.from({ length: 50 }, () => borrower(Math.ceil(times / 50))))

    await borrowAll(Math.min(cycles, 50_000))
    const before = await heap()
    await borrowAll(cycles)
    const after = await heap()

    expect(served).toBeGreaterThan(cycles / 2)
    expect(pool.statistics()).toMatchObject({ leased: 0, waiting: 0, size: alive })
    expect(after - before).toBeLessThan(megabyte)
    await pool.close()
    expect(alive).toBe(0)
  },
)

async function heap(): Promise<number> {
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    globalThis.gc?.()
  }
  return process.memoryUsage().heapUsed
}
