/**
 * Random programs on queues, against a model: puts and gets of all kinds that wait, are served, cancelled, aborted and out of time; items
 * marked done; ends of all kinds. No item is lost or comes twice, first come is first served, everybody is told, nothing is left
 * behind. `WITHAL_PROGRAMS=20000` runs that many of each.
 */
import fc from 'fast-check'
import { LifoQueue, PriorityQueue, Queue } from 'withal'
import type { ItemIterator, Overflow, QueueItem, QueueOptions } from 'withal'
import { describe, expect, test } from 'vitest'
import { calling, Callers, anyHappening } from '../../test/callers.ts'
import type { Calling, Happening } from '../../test/callers.ts'
import { endedNow, ExchangeModel, failure, ignoreFailure } from '../../test/exchange-model.ts'
import type { Iteration } from '../../test/exchange-model.ts'

const programs = Number(process.env['WITHAL_PROGRAMS'] ?? 300)

type Step =
  | Happening
  | { readonly does: 'put' | 'get'; readonly how: Calling; readonly times: number }
  | { readonly does: 'next'; readonly how: Calling; readonly iterator: number }
  | { readonly does: 'join'; readonly how: Calling }
  | { readonly does: 'tryPut' | 'tryGet' | 'peek' | 'takeAll' | 'fail' }
  | { readonly does: 'takeUpTo' | 'done'; readonly count: number }
  | { readonly does: 'return'; readonly iterator: number }
  | { readonly does: 'shut down'; readonly immediate: boolean }

const constant = <const V extends string>(value: V): fc.Arbitrary<V> => fc.constant(value)
const count = fc.integer({ min: 0, max: 3 })
const iterator = fc.nat(2)

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: anyHappening },
  {
    weight: 10,
    arbitrary: fc.record({
      does: fc.constantFrom('put' as const, 'get' as const),
      how: calling,
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: constant('next'), how: calling, iterator }) },
  { weight: 2, arbitrary: fc.record({ does: constant('join'), how: calling }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('tryPut' as const, 'tryGet' as const, 'peek' as const) }) },
  { weight: 4, arbitrary: fc.record({ does: fc.constantFrom('takeUpTo' as const, 'done' as const), count }) },
  fc.record({ does: constant('takeAll') }),
  fc.record({ does: constant('return'), iterator }),
)
const ending: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: constant('shut down'), immediate: fc.boolean() }),
  fc.record({ does: constant('fail') }),
)
/** A queue ends at some time, and things happen to it after that. */
const program = fc
  .tuple(
    fc.array(anyStep, { maxLength: 40, size: 'max' }),
    ending,
    fc.array(fc.oneof({ weight: 6, arbitrary: anyStep }, ending), { maxLength: 8 }),
  )
  .map(([before, end, after]) => [...before, end, ...after])

const bounds = fc.record({
  capacity: fc.constantFrom(0, 1, 2, 3, Infinity),
  overflow: fc.constantFrom<Overflow>('wait', 'wait', 'wait', 'dropNewest', 'dropOldest', 'error'),
})

/** Items are numbers, ranked by their last digit, so that there are equals. */
const rankOf = (item: number): number => item % 3

const kinds: readonly {
  readonly name: string
  make(options: QueueOptions): Queue<number>
  next(items: readonly number[]): number
}[] = [
  { name: 'Queue', make: (options) => new Queue(options), next: () => 0 },
  { name: 'LifoQueue', make: (options) => new LifoQueue(options), next: (items) => items.length - 1 },
  {
    name: 'PriorityQueue',
    make: (options) => new PriorityQueue({ ...options, key: rankOf }),
    next: (items) => items.findIndex((item) => rankOf(item) === Math.min(...items.map(rankOf))),
  },
]

/** One run of a program. */
class Run {
  readonly model: ExchangeModel
  readonly queue: Queue<number>
  readonly callers: Callers
  /** Two iterate the queue, one its items. */
  readonly iterators: readonly (readonly [ItemIterator<number | QueueItem<number>>, Iteration])[]
  #item = 0

  constructor(model: ExchangeModel, queue: Queue<number>) {
    this.model = model
    this.queue = queue
    this.callers = new Callers(
      (caller) => model.leave(caller),
      (now) => model.timePasses(now),
    )
    this.iterators = [
      [queue[Symbol.asyncIterator](), { isOver: false }],
      [queue[Symbol.asyncIterator](), { isOver: false }],
      [queue.items(), { isOver: false }],
    ]
  }

  async do(step: Step): Promise<void> {
    const { model, queue } = this
    switch (step.does) {
      case 'put':
        for (let time = 0; time < step.times; time++) this.#put(step.how)
        break
      case 'get':
        for (let time = 0; time < step.times; time++) this.#get(step.how)
        break
      case 'next':
        this.#next(step.how, step.iterator)
        break
      case 'join':
        this.#join(step.how)
        break
      case 'tryPut': {
        const item = ++this.#item
        const expected = model.tryPut(item)
        expect(endedNow(() => queue.tryPut(item))).toBe(expected)
        break
      }
      case 'tryGet': {
        const expected = model.tryGet()
        expect(endedNow(() => gotOf(queue.tryGet()))).toBe(expected)
        break
      }
      case 'peek':
        expect(queue.peek()?.value).toBe(model.peek)
        break
      case 'takeUpTo': {
        const expected = model.takeUpTo(step.count)
        expect(endedNow(() => queue.takeUpTo(step.count))).toEqual(expected)
        break
      }
      case 'takeAll': {
        const expected = model.takeUpTo(Infinity)
        expect(endedNow(() => queue.takeAll())).toEqual(expected)
        break
      }
      case 'done':
        if (step.count > model.inWork) expect(() => queue.done(step.count)).toThrow('`done` was called')
        else {
          model.done(step.count)
          queue.done(step.count)
        }
        break
      case 'return': {
        const [real, iteration] = this.iterators[step.iterator]!
        iteration.isOver = true
        model.endWaits((caller) => caller.iteration === iteration, 'end')
        await real.return()
        break
      }
      case 'shut down':
        model.end('closed', 'closed')
        if (step.immediate) model.discard()
        queue.shutdown({ immediate: step.immediate })
        break
      case 'fail': {
        const isFirst = model.end('broken', 'failed')
        expect(queue.fail(failure)).toBe(isFirst)
        break
      }
      default:
        await this.callers.happen(step)
    }
    this.#compare()
  }

  /** Whoever still waits is let go, and nothing is left. */
  async finish(): Promise<void> {
    for (const left of [
      { does: 'shut down', immediate: true },
      { does: 'done', count: this.model.inWork },
    ] as const) {
      await this.do(left)
    }
    await this.callers.finish()
    expect(this.queue.statistics()).toMatchObject({ size: 0, unfinished: 0, putting: 0, getting: 0, joining: 0 })
  }

  #put(how: Calling): void {
    const item = ++this.#item
    this.callers.call(
      { ...how, item },
      (caller) => this.model.put(caller),
      async (options) => (await this.queue.put(item, options), 'put'),
    )
  }

  #get(how: Calling): void {
    this.callers.call(
      how,
      (caller) => this.model.get(caller),
      async (options) => `got ${await this.queue.get(options)}`,
    )
  }

  /** It takes no limit and no signal, only the scope. */
  #next({ isCancelled }: Calling, which: number): void {
    const [real, iteration] = this.iterators[which]! // there are three
    this.callers.call(
      { timeout: Infinity, isCancelled, iteration, ignoresSignal: true },
      (caller) => this.model.get(caller),
      async () => {
        const next = await real.next()
        if (next.done === true) return 'end'
        return `got ${typeof next.value === 'number' ? next.value : next.value.value}`
      },
    )
  }

  #join(how: Calling): void {
    this.callers.call(
      how,
      (caller) => this.model.join(caller),
      async (options) => (await this.queue.join(options), 'joined'),
    )
  }

  #compare(): void {
    const { model } = this
    expect(this.queue.statistics()).toEqual({
      size: model.items.length,
      capacity: model.capacity,
      unfinished: model.unfinished,
      putting: model.putters.length,
      getting: model.getters.length,
      joining: model.joiners.length,
      dropped: model.dropped,
      closed: model.ended !== undefined,
    })
  }
}

function gotOf(got: { readonly value: number } | undefined): string | undefined {
  return got === undefined ? undefined : `got ${got.value}`
}

describe.each(kinds)('$name', ({ make, next }) => {
  test(
    `QU-01 QU-03 QU-04 QU-06 QU-07 QU-08 QU-14 QU-15 ${programs} random programs do what an array does`,
    async () => {
      const remove = ignoreFailure()
      await fc.assert(
        fc.asyncProperty(bounds, program, async ({ capacity, overflow }, steps) => {
          const run = new Run(new ExchangeModel(capacity, overflow, next), make({ capacity, overflow }))
          for (const each of steps) await run.do(each)
          await run.finish()
        }),
        { numRuns: programs },
      )
      remove()
    },
    Math.max(20_000, programs * 20),
  )
})
