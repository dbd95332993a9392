/** All deadlines of a clock, against a list that is searched from end to end. */
import fc from 'fast-check'
import { onLateError } from 'withal'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../clock.ts'
import { Deadlines } from './deadlines.ts'
import type { Deadline, DueList } from './deadlines.ts'

class Due implements Deadline {
  dueList: DueList | undefined
  dueBefore: Deadline | undefined
  dueAfter: Deadline | undefined
  readonly #called: () => void
  constructor(called: () => void) {
    this.#called = called
  }
  expired(): void {
    this.#called()
  }
}

/** A clock with at most one timer, which is what `Deadlines` needs; it counts how often it was set. */
class OneTimer implements Clock {
  time = 0
  sets = 0
  timer: { readonly due: number; readonly callback: () => void } | undefined

  now(): number {
    return this.time
  }

  setTimer(delay: number, callback: () => void): () => void {
    expect(this.timer, 'a second timer').toBeUndefined()
    this.sets++
    this.timer = { due: this.time + delay, callback }
    return () => {
      this.timer = undefined
    }
  }

  /** Lets time pass; the timer is late by so much. */
  pass(duration: number, late = 0): void {
    const end = this.time + duration
    for (let next = this.timer; next !== undefined && next.due <= end; next = this.timer) {
      this.time = Math.max(this.time, Math.min(end, next.due + late))
      this.timer = undefined
      next.callback()
    }
    this.time = end
  }
}

/** The plain model: what is due, in the order of its millisecond and then of its adding. */
class SortedDeadlines {
  #waiting: { readonly id: number; readonly tick: number }[] = []

  add(id: number, due: number): void {
    if (due === Infinity) return
    this.#waiting = [...this.#waiting, { id, tick: Math.ceil(due) }].toSorted((a, b) => a.tick - b.tick)
  }

  remove(id: number): void {
    this.#waiting = this.#waiting.filter((entry) => entry.id !== id)
  }

  due(now: number): number[] {
    const due = this.#waiting.filter(({ tick }) => tick <= now).map(({ id }) => id)
    this.#waiting = this.#waiting.filter(({ tick }) => tick > now)
    return due
  }
}

const command = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), in: fc.oneof(fc.integer({ min: -3, max: 20 }), fraction(), never()) }),
  fc.record({ kind: fc.constant('remove' as const), index: fc.nat() }),
  fc.record({ kind: fc.constant('move' as const), index: fc.nat(), in: fraction() }),
  fc.record({ kind: fc.constant('pass' as const), duration: fc.oneof(fc.nat(6), fraction()), late: fc.nat(3) }),
)

function fraction(): fc.Arbitrary<number> {
  return fc.double({ min: 0, max: 20, noNaN: true })
}

function never(): fc.Arbitrary<number> {
  return fc.constant(Infinity)
}

describe('deadlines', () => {
  test('one that throws is reported late, and stops none of those behind it', () => {
    const clock = new OneTimer()
    const deadlines = new Deadlines(clock)
    const called: number[] = []
    const late: unknown[] = []
    const failure = new Error('a deadline failed')
    const remove = onLateError((error) => (late.push(error), 'handled'))
    deadlines.add(
      new Due(() => {
        throw failure
      }),
      5,
    )
    deadlines.add(new Due(() => called.push(1)), 5)
    deadlines.add(new Due(() => called.push(2)), 9)
    clock.pass(6)
    deadlines.add(new Due(() => called.push(3)), 8)
    clock.pass(6)
    remove()
    expect(late).toEqual([failure])
    expect(called).toEqual([1, 3, 2])
  })

  test('CS-47 are each called once, never early, and in order, like a sorted list', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60, size: 'max' }), (commands) => {
        const clock = new OneTimer()
        const deadlines = new Deadlines(clock)
        const model = new SortedDeadlines()
        const entries: { readonly deadline: Due; due: number }[] = []
        const called: number[] = []
        const add = (id: number, due: number): void => {
          entries[id]!.due = due
          deadlines.add(entries[id]!.deadline, due)
          model.add(id, due)
        }
        for (const step of commands) {
          const id = 'index' in step && entries.length > 0 ? step.index % entries.length : entries.length
          if (step.kind === 'add') {
            const deadline = new Due(() => {
              expect(clock.time).toBeGreaterThanOrEqual(entries[id]!.due)
              called.push(id)
            })
            entries.push({ deadline, due: 0 })
            add(id, clock.time + step.in)
          } else if (step.kind === 'pass') {
            clock.pass(step.duration, step.late)
            expect(called.splice(0)).toEqual(model.due(clock.time))
          } else if (id < entries.length) {
            deadlines.remove(entries[id]!.deadline)
            model.remove(id)
            if (step.kind === 'move') add(id, clock.time + step.in)
          }
        }
        clock.pass(100)
        expect(called).toEqual(model.due(clock.time))
        expect(clock.timer).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  test('CS-47 that are added by one that is called are called in their turn', () => {
    const clock = new OneTimer()
    const deadlines = new Deadlines(clock)
    const called: string[] = []
    const first = new Due(() => {
      called.push('first')
      deadlines.add(new Due(() => called.push('past')), 1)
      deadlines.add(new Due(() => called.push('later')), 20)
    })
    deadlines.add(first, 10)
    deadlines.add(new Due(() => called.push('second')), 10)
    clock.pass(10)
    expect(called).toEqual(['first', 'past', 'second'])
    clock.pass(10)
    expect(called.at(-1)).toBe('later')
  })

  test('CS-47 one that is called may remove the next', () => {
    const clock = new OneTimer()
    const deadlines = new Deadlines(clock)
    const called: string[] = []
    const second = new Due(() => called.push('second'))
    deadlines.add(new Due(() => deadlines.remove(second)), 10)
    deadlines.add(second, 10)
    clock.pass(20)
    expect(called).toEqual([])
  })

  test('CS-56 that are moved ten thousand times keep one timer, and what they were due at is forgotten', async () => {
    const clock = new OneTimer()
    const deadlines = new Deadlines(clock)
    const deadline = new Due(() => {})
    const lists: WeakRef<DueList>[] = []
    for (let round = 0; round < 10_000; round++) {
      deadlines.remove(deadline)
      deadlines.add(deadline, 1000 + round)
      lists.push(new WeakRef(deadline.dueList!)) // it has just been added
    }
    expect(clock.sets).toBe(1)
    await new Promise((resolve) => setImmediate(resolve)) // a WeakRef is kept until the job has ended
    globalThis.gc?.()
    expect(lists.filter((list) => list.deref() !== undefined).length).toBeLessThan(300)
    clock.pass(11_000)
    expect(clock.timer).toBeUndefined()
  })
})
