/**
 * Locks in random interleavings, with holders and waiters that are cancelled, fail and run out of time: what a lock promises holds all
 * the while, everybody settles, and in the end everything is as at the beginning. `WITHAL_PROGRAMS=20000` runs that many of each.
 */
import fc from 'fast-check'
import {
  Barrier,
  BrokenError,
  CancelScope,
  CapacityLimiter,
  Condition,
  Flag,
  isCancelled,
  KeyedLock,
  ReadWriteLock,
  TimeoutError,
  within,
} from 'withal'
import { expect, test } from 'vitest'
import { HandClock } from '../../test/hand-clock.ts'

const programs = Number(process.env['WITHAL_PROGRAMS'] ?? 200)

interface Actor {
  readonly does: number
  readonly times: number
  readonly ends: 'well' | 'failing' | 'cancelled' | 'out of time'
}
const actors = (most: number): fc.Arbitrary<readonly Actor[]> =>
  fc.array(
    fc.record({
      does: fc.nat(most),
      times: fc.integer({ min: 1, max: 3 }),
      ends: fc.constantFrom('well', 'well', 'failing', 'cancelled', 'out of time'),
    }),
    { minLength: 2, maxLength: 6 },
  )

/** What each actor has: pauses in which the others go on, and the time that its waits may take. */
interface Stage {
  pause(label: string): Promise<void>
  readonly timeout: number
}
type Play = (actor: Actor, stage: Stage) => Promise<void>

/** Runs all actors at the same time, in any order; those that are to be cancelled are, at some moment. */
async function perform(scheduler: fc.Scheduler, cast: readonly Actor[], play: Play): Promise<void> {
  const clock = new HandClock()
  const pause = (label: string): Promise<void> => scheduler.schedule(Promise.resolve(), label)
  const all = cast.map(async (actor, number) => {
    const stage = { pause, timeout: actor.ends === 'out of time' ? 5 : 1_000 }
    for (let time = 0; time < actor.times; time++) {
      await pause(`${number} comes`)
      try {
        await within(new CancelScope(), async (scope) => {
          const cancelling =
            actor.ends === 'cancelled' ? pause(`cancel ${number}`).then(() => scope.cancel()) : Promise.resolve()
          try {
            await clock.run(() => play(actor, stage))
            if (actor.ends === 'failing') throw new RangeError('meant to fail')
          } finally {
            await cancelling
          }
        })
      } catch (error) {
        const isMeant = error instanceof RangeError || error instanceof TimeoutError || error instanceof BrokenError
        if (!isMeant && !isCancelled(error)) throw error
      }
    }
  })
  const state = { isOver: false }
  const ended = Promise.all(all).finally(() => {
    state.isOver = true
  })
  ended.catch(() => {}) // looked at below
  for (let round = 0; round < 500 && !state.isOver; round++) {
    await scheduler.waitAll()
    await clock.turn(10)
  }
  expect(state.isOver).toBe(true)
  await ended
  expect(clock.timers).toBeLessThanOrEqual(1) // the one that all deadlines share
}

function inAnyOrder(name: string, most: number, make: () => { readonly play: Play; readonly end: () => void }): void {
  test(name, async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), actors(most), async (scheduler, cast) => {
        const { play, end } = make()
        await perform(scheduler, cast, play)
        end()
      }),
      { numRuns: programs },
    )
  })
}

inAnyOrder('LK-10 LK-11 a condition loses no item and no notification, and its lock excludes all others', 1, () => {
  const condition = new Condition()
  const items: number[] = []
  const taken: number[] = []
  let made = 0
  let inside = 0
  const enter = (): void => expect(++inside).toBe(1)
  const play: Play = async ({ does }, { pause, timeout }) => {
    await within(condition, async () => {
      enter()
      try {
        await pause('inside')
        if (does === 0) {
          items.push(made++)
          condition.notify()
          return
        }
        inside--
        try {
          await condition.waitFor(() => items.length > 0, { timeout })
        } finally {
          enter()
        }
        taken.push(items.shift()!) // just looked
      } finally {
        inside--
      }
    })
  }
  return {
    play,
    end: () => {
      expect([...taken, ...items]).toEqual(Array.from({ length: made }, (_, number) => number))
      expect([condition.locked, condition.waiting]).toEqual([false, 0])
    },
  }
})

inAnyOrder('LK-20 a read-write lock has readers or one writer, and never both', 1, () => {
  const lock = new ReadWriteLock()
  let [readers, writers] = [0, 0]
  const play: Play = async ({ does }, { pause, timeout }) => {
    const isReader = does === 0
    await within((isReader ? lock.reader : lock.writer).acquire({ timeout }), async () => {
      if (isReader) readers++
      else writers++
      try {
        for (let turn = 0; turn < 2; turn++) {
          expect(writers === 0 || (writers === 1 && readers === 0)).toBe(true)
          await pause('holds it')
        }
      } finally {
        if (isReader) readers--
        else writers--
      }
    })
  }
  return { play, end: () => expect(lock.statistics()).toEqual({ readers: 0, writing: false, waiting: 0 }) }
})

inAnyOrder('LK-21 a keyed lock excludes for each key, and forgets all of them', 2, () => {
  const lock = new KeyedLock<number>()
  const holders = new Set<number>()
  const play: Play = async ({ does }, { pause, timeout }) => {
    await within(lock.permit(does, { timeout }), async () => {
      expect(holders.has(does)).toBe(false)
      holders.add(does)
      try {
        await pause('holds it')
      } finally {
        holders.delete(does)
      }
    })
  }
  return { play, end: () => expect(lock.size).toBe(0) }
})

inAnyOrder('LK-18 a limiter lends no more than there are, and never twice to the same', 3, () => {
  const limiter = new CapacityLimiter(2)
  const borrowers = [{}, {}, {}, {}]
  const play: Play = async ({ does }, { pause, timeout }) => {
    const borrower = borrowers[does]!
    const token = await limiter.acquire({ borrower, timeout }).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 'WITHAL_ALREADY_BORROWED') throw error
    })
    if (token === undefined) return
    await within(token, async () => {
      const { borrowed, borrowers: named } = limiter.statistics()
      expect(borrowed).toBeLessThanOrEqual(2)
      expect(new Set(named).size).toBe(named.length)
      await pause('has a token')
    })
  }
  return {
    play,
    end: () => expect(limiter.statistics()).toEqual({ total: 2, borrowed: 0, waiting: 0, borrowers: [] }),
  }
})

inAnyOrder('LK-08 a flag lets nobody pass who came when it was not set and has not been since', 2, () => {
  const flag = new Flag()
  let sets = 0
  const play: Play = async ({ does }, { pause, timeout }) => {
    if (does === 0) {
      sets++
      flag.set()
      await pause('set')
      flag.clear()
    } else {
      const before = flag.isSet ? -1 : sets
      await flag.wait({ timeout })
      expect(sets).toBeGreaterThan(before)
    }
  }
  return { play, end: () => expect(flag.waiting).toBe(0) }
})

inAnyOrder(
  'LK-19 a barrier lets go so many at a time, each with a place of its own, and keeps nobody who has left',
  8,
  () => {
    const barrier = new Barrier(2)
    const places: number[] = []
    const play: Play = async ({ does }, { pause, timeout }) => {
      if (does === 0) barrier.reset()
      else places.push(await barrier.wait({ timeout }))
      await pause('went on')
    }
    return {
      play,
      end: () => {
        expect(places.filter((place) => place === 0)).toHaveLength(places.length / 2)
        expect(places.filter((place) => place === 1)).toHaveLength(places.length / 2)
        expect(barrier.waiting).toBe(0)
      },
    }
  },
)
