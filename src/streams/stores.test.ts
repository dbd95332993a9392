/** The stores under the queues, against arrays. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RankedStore } from './ranked-store.ts'
import { Pile, Ring } from './ring.ts'
import type { Store } from './store.ts'

type Step = { readonly does: 'add' | 'take' | 'dropOldest' | 'clear' | 'putBack'; readonly item: number }

/** What a store does, said by an array in the order of putting, and where in it the next item is. */
interface Kind {
  readonly name: string
  make(): Store<number>
  next(items: readonly number[]): number
  /** Where an item is that was put back, if it is not where it was. */
  readonly backAt?: number
}

const kinds: readonly Kind[] = [
  { name: 'first in, first out', make: () => new Ring<number>(), next: () => 0 },
  { name: 'last in, first out', make: () => new Pile<number>(), next: (items) => items.length - 1 },
  {
    name: 'ranked',
    make: () => new RankedStore<number, number>(rankOf, (a, b) => a - b),
    next: (items) => items.findIndex((item) => rankOf(item) === Math.min(...items.map(rankOf))),
    backAt: 0,
  },
]

/** Few ranks, so that there are equals; items of one rank are told apart by the rest. */
function rankOf(item: number): number {
  return item % 3
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: stepOf('add') },
  { weight: 4, arbitrary: stepOf('take') },
  { weight: 2, arbitrary: stepOf('putBack') },
  { weight: 2, arbitrary: stepOf('dropOldest') },
  stepOf('clear'),
)

function stepOf(does: Step['does']): fc.Arbitrary<Step> {
  return fc.record({ does: fc.constant(does), item: fc.nat(99) })
}

describe.each(kinds)('$name', ({ make, next, backAt }) => {
  test('QU-01 QU-05 in any order of calls it gives what an array would give', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const store = make()
        const items: number[] = []
        for (const { does, item } of steps) {
          const place = next(items)
          if (does === 'add') {
            store.add(item)
            items.push(item)
          }
          if (does === 'clear') {
            store.clear()
            items.length = 0
          }
          if (items.length > 0 && does === 'dropOldest') {
            store.dropOldest()
            items.shift()
          }
          if (items.length > 0 && does === 'take') expect(store.take()).toBe(items.splice(place, 1)[0])
          if (items.length > 0 && does === 'putBack') {
            const taken = store.take()
            expect(taken).toBe(items[place])
            store.putBack(taken)
            items.splice(backAt ?? place, 0, ...items.splice(place, 1))
          }
          expect(store.size).toBe(items.length)
          if (items.length > 0) expect(store.peek()).toBe(items[next(items)])
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe.each([
  ['first in, first out', () => new Ring<object>()],
  ['last in, first out', () => new Pile<object>()],
] as const)('%s', (_, make) => {
  test('it lets go of the items that were taken, and of the room for them', async () => {
    const store: Store<object> = make()
    const many = 200_000
    const before = await heapUsed()
    for (let item = 0; item < many; item++) store.add({ item, text: `item ${item}` })
    expect(await heapUsed()).toBeGreaterThan(before + 5_000_000)
    while (store.size > 1) store.take()
    expect(await heapUsed()).toBeLessThan(before + 500_000)
    expect(store.size).toBe(1)
  })
})

async function heapUsed(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    globalThis.gc?.()
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
  return process.memoryUsage().heapUsed
}
