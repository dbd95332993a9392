import { expectTypeOf } from 'expect-type'
import { anyOf, asCompleted, gather, mapConcurrent, race, staggered, wait } from 'withal'
import type { Settled, Task, Winner } from 'withal'

declare const promise: Promise<number>
declare const works: (() => Promise<number>)[]
declare const tasks: Task<number>[]

// The results of a tuple, a list and a record are inferred without annotation.
expectTypeOf(gather([async () => 1, () => 'two', async () => {}])).toEqualTypeOf<Promise<[number, string, void]>>()
expectTypeOf(gather(works)).toEqualTypeOf<Promise<number[]>>()
expectTypeOf(gather([])).toEqualTypeOf<Promise<[]>>()
expectTypeOf(gather({ user: async () => 'Ann', age: () => 41 })).toEqualTypeOf<Promise<{ user: string; age: number }>>()
expectTypeOf(gather([(signal) => signal.aborted])).toEqualTypeOf<Promise<[boolean]>>()

// Settled ones say how each has ended.
expectTypeOf(gather([async () => 1, () => 'two'], { settle: true })).toEqualTypeOf<
  Promise<[Settled<number>, Settled<string>]>
>()
expectTypeOf(gather({ one: async () => 1 }, { settle: true })).toEqualTypeOf<Promise<{ one: Settled<number> }>>()
expectTypeOf(gather(works, { settle: false })).toEqualTypeOf<Promise<number[]>>()

// A running promise is refused, in a list and in a record.
// @ts-expect-error -- Type 'Promise<number>' is not assignable to type 'Work<unknown>'
gather([promise])
// @ts-expect-error -- the same
gather({ one: promise })
// @ts-expect-error -- a value is no work
gather([1])
// @ts-expect-error -- the same for all that take work
race([promise])
// @ts-expect-error -- the same
anyOf([promise])
// @ts-expect-error -- the same
staggered([promise], 10)
// @ts-expect-error -- the same
asCompleted([promise])

// Of those of which one decides, the result is what any of them gives.
expectTypeOf(race([async () => 1, () => 'two'])).toEqualTypeOf<Promise<number | string>>()
expectTypeOf(anyOf([async () => 1, () => 'two'])).toEqualTypeOf<Promise<number | string>>()
expectTypeOf(staggered(works, 10)).toEqualTypeOf<Promise<Winner<number>>>()

// What comes one by one is what each gives; tasks come as themselves.
for await (const value of asCompleted(works)) expectTypeOf(value).toEqualTypeOf<number>()
for await (const task of asCompleted(tasks)) expectTypeOf(task).toEqualTypeOf<Task<number>>()
expectTypeOf(wait(tasks)).resolves.toHaveProperty('done').toEqualTypeOf<Set<Task<number>>>()
// @ts-expect-error -- a word that there is not
wait(tasks, { until: 'some' })

// The items and the results of a mapping are inferred, from sources of either kind.
declare const lines: AsyncIterable<string>
expectTypeOf(
  mapConcurrent([1, 2], async (item) => (expectTypeOf(item).toEqualTypeOf<number>(), `${item}`)),
).toEqualTypeOf<Promise<string[]>>()
expectTypeOf(mapConcurrent(lines, (line, index) => line.length + index)).toEqualTypeOf<Promise<number[]>>()
