import { expectTypeOf } from 'expect-type'
import { mapAhead, within } from 'withal'
import type { Mapped } from 'withal'

declare const numbers: AsyncIterable<number>

// The results are what the function gives, whether it waits or not.
expectTypeOf(mapAhead([1], async (item) => `${item}`, { concurrency: 2 })).toEqualTypeOf<Mapped<string>>()
expectTypeOf(mapAhead(numbers, (item, index) => item + index, { concurrency: 2 })).toEqualTypeOf<Mapped<number>>()
expectTypeOf(mapAhead(numbers, (_item, _index, signal) => signal, { concurrency: 1 })).toEqualTypeOf<
  Mapped<AbortSignal>
>()
expectTypeOf(mapAhead([1], (item) => item, { concurrency: 1 }).next()).toEqualTypeOf<
  Promise<IteratorResult<number, undefined>>
>()
expectTypeOf(
  within(
    mapAhead([1], (item) => item, { concurrency: 1 }),
    (results) => results,
  ),
).toEqualTypeOf<Promise<Mapped<number>>>()

// @ts-expect-error -- how many at a time has to be said: what is lazy is not unbounded by accident
mapAhead([1], (item) => item)
// @ts-expect-error -- nor by leaving it out
mapAhead([1], (item) => item, { buffer: 3 })
// @ts-expect-error -- not iterable
mapAhead(7, (item) => item, { concurrency: 1 })
