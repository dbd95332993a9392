/**
 * Random programs on broadcasts, against a model: those who publish and those who receive wait, are served, cancelled, aborted and out of
 * time; subscribers come and go. Everybody gets everything once, in order; nobody is forgotten, and nothing is left behind.
 * `WITHAL_PROGRAMS=20000` runs that many.
 */
import fc from 'fast-check'
import { broadcast } from 'withal'
import type { ItemIterator, Overflow, Subscription } from 'withal'
import { expect, test } from 'vitest'
import { calling, Callers, anyHappening } from '../../test/callers.ts'
import type { Calling, Happening } from '../../test/callers.ts'
import { endedNow, ExchangeModel, failure, ignoreFailure } from '../../test/exchange-model.ts'
import type { Caller, Ended, Iteration } from '../../test/exchange-model.ts'

const programs = Number(process.env['WITHAL_PROGRAMS'] ?? 300)

interface Bounds {
  readonly capacity: number
  readonly overflow: Overflow
}

type Step =
  | Happening
  | { readonly does: 'publish'; readonly how: Calling; readonly times: number }
  | { readonly does: 'tryPublish' | 'close' | 'fail' }
  | { readonly does: 'subscribe'; readonly bounds: Bounds | undefined }
  | { readonly does: 'receive' | 'next'; readonly how: Calling; readonly which: number; readonly times: number }
  | { readonly does: 'tryReceive' | 'leave'; readonly which: number }

const constant = <const V extends string>(value: V): fc.Arbitrary<V> => fc.constant(value)
const times = fc.integer({ min: 1, max: 3 })
const which = fc.nat(3)
const bounds: fc.Arbitrary<Bounds> = fc.record({
  capacity: fc.constantFrom(0, 1, 1, 2, Infinity),
  overflow: fc.constantFrom<Overflow>('wait', 'wait', 'wait', 'dropNewest', 'dropOldest', 'error'),
})

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: anyHappening },
  { weight: 8, arbitrary: fc.record({ does: constant('publish'), how: calling, times }) },
  { weight: 2, arbitrary: fc.record({ does: constant('tryPublish') }) },
  { weight: 4, arbitrary: fc.record({ does: constant('subscribe'), bounds: fc.option(bounds, { nil: undefined }) }) },
  {
    weight: 10,
    arbitrary: fc.record({ does: fc.constantFrom('receive' as const, 'next' as const), how: calling, which, times }),
  },
  { weight: 4, arbitrary: fc.record({ does: constant('tryReceive'), which }) },
  { weight: 2, arbitrary: fc.record({ does: constant('leave'), which }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constantFrom('close' as const, 'fail' as const) }) },
)

interface Subscribed {
  readonly model: ExchangeModel
  readonly real: Subscription<number>
  readonly iterator: ItemIterator<number>
  readonly iteration: Iteration
  isClosed: boolean
}

/** One run of a program, and what a broadcast is said to do. */
class Run {
  readonly topic
  readonly callers: Callers
  readonly bounds: Bounds
  readonly all: Subscribed[] = []
  publishers: Caller[] = []
  ended: { readonly put: Ended; readonly get: Ended } | undefined
  #item = 0

  constructor(usual: Bounds) {
    this.bounds = usual
    this.topic = broadcast<number>(usual)
    this.callers = new Callers(
      (caller) => this.#leave(caller),
      (now) => this.#timePasses(now),
    )
  }

  get open(): Subscribed[] {
    return this.all.filter(({ isClosed }) => !isClosed)
  }

  async do(step: Step): Promise<void> {
    const subscribed = 'which' in step ? this.all[step.which % Math.max(1, this.all.length)] : undefined
    switch (step.does) {
      case 'publish':
        for (let time = 0; time < step.times; time++) this.#publish(step.how)
        break
      case 'tryPublish': {
        const item = ++this.#item
        const isPossible = this.publishers.length === 0 && this.#whoIsFull() === undefined
        if (this.ended === undefined && isPossible) this.#deliver(item)
        expect(endedNow(() => this.topic.tryPublish(item))).toBe(this.ended?.put ?? isPossible)
        break
      }
      case 'subscribe':
        this.#subscribe(step.bounds)
        break
      case 'receive':
      case 'next':
        for (let time = 0; time < step.times; time++) {
          if (subscribed === undefined) break
          if (step.does === 'receive') this.#receive(step.how, subscribed)
          else this.#next(step.how, subscribed)
        }
        break
      case 'tryReceive':
        if (subscribed !== undefined) this.#tryReceive(subscribed)
        break
      case 'leave':
        if (subscribed !== undefined) this.#close(subscribed)
        break
      case 'close':
        this.#end('closed', 'closed')
        this.topic.close()
        break
      case 'fail':
        expect(this.#end('broken', 'failed')).toBe(this.topic.fail(failure))
        break
      default:
        await this.callers.happen(step)
    }
    this.#compare()
  }

  async finish(): Promise<void> {
    for (const subscribed of this.all) this.#close(subscribed)
    this.#compare()
    await this.callers.finish()
    expect(this.topic.statistics()).toMatchObject({ subscribers: 0, publishing: 0 })
  }

  #publish(how: Calling): void {
    const item = ++this.#item
    this.callers.call(
      { ...how, item },
      (caller) => {
        if (this.ended !== undefined) caller.expected = this.ended.put
        else {
          this.publishers.push(caller)
          this.#roomCame()
        }
      },
      async (options) => (await this.topic.publish(item, options), 'put'),
    )
  }

  #subscribe(chosen: Bounds | undefined): void {
    const { capacity, overflow } = chosen ?? this.bounds
    const real = endedNow(() => this.topic.subscribe(chosen))
    if (this.ended !== undefined || typeof real === 'string') {
      expect(real).toBe(this.ended?.put)
      return
    }
    const model = new ExchangeModel(capacity, overflow)
    const iterator = real[Symbol.asyncIterator]()
    this.all.push({ model, real, iterator, iteration: { isOver: false }, isClosed: false })
  }

  #receive(how: Calling, subscribed: Subscribed): void {
    this.callers.call(
      how,
      (caller) => this.#get(caller, subscribed),
      async (options) => `got ${await subscribed.real.receive(options)}`,
    )
  }

  #next({ isCancelled }: Calling, subscribed: Subscribed): void {
    const { iteration, iterator } = subscribed
    this.callers.call(
      { timeout: Infinity, isCancelled, iteration, ignoresSignal: true },
      (caller) => this.#get(caller, subscribed),
      async () => {
        const next = await iterator.next()
        return next.done === true ? 'end' : `got ${next.value}`
      },
    )
  }

  #get(caller: Caller, { model, isClosed }: Subscribed): void {
    if (isClosed && caller.iteration?.isOver !== true) caller.expected = 'closed'
    else model.get(caller)
    const isMet = caller.expected === 'waiting' && model.capacity === 0 && caller.due > this.callers.now // or he tries once
    if (isMet || caller.expected.startsWith('got')) this.#roomCame()
  }

  #tryReceive({ model, real, isClosed }: Subscribed): void {
    const expected = isClosed ? 'closed' : model.tryGet()
    if (expected?.startsWith('got') === true) this.#roomCame()
    const got = endedNow(() => real.tryReceive())
    expect(typeof got === 'object' ? `got ${got.value}` : got).toBe(expected)
  }

  #close(subscribed: Subscribed): void {
    const { model, real } = subscribed
    if (!subscribed.isClosed) {
      subscribed.isClosed = true
      model.endWaits(() => true, 'closed')
      model.discard()
      this.#roomCame()
    }
    real.close()
  }

  #end(put: Ended, get: Ended): boolean {
    if (this.ended !== undefined) return false
    this.ended = { put, get }
    for (const publisher of this.publishers.splice(0)) publisher.expected = put
    for (const { model } of this.open) model.end(put, get)
    return true
  }

  /** The way in which somebody has no room, if one is not to be left out. */
  #whoIsFull(): Overflow | undefined {
    const full = this.open.filter(({ model }) => !model.hasRoom).map(({ model }) => model.overflow)
    return full.find((overflow) => overflow === 'wait') ?? full.find((overflow) => overflow === 'error')
  }

  #deliver(item: number): void {
    for (const { model } of this.open) model.deliver(item)
  }

  #roomCame(): void {
    for (let full = this.#whoIsFull(); full !== 'wait' && this.publishers.length > 0; full = this.#whoIsFull()) {
      const publisher = this.publishers.shift()! // somebody waits
      publisher.expected = full === 'error' ? 'full' : 'put'
      if (full === undefined) this.#deliver(publisher.item)
    }
  }

  #leave(caller: Caller | undefined): void {
    for (const { model } of this.all) model.leave(caller)
    if (caller?.expected === 'waiting') caller.expected = 'left'
    this.publishers = this.publishers.filter(({ expected }) => expected === 'waiting')
  }

  #timePasses(now: number): void {
    for (const caller of this.callers.all) if (caller.due <= now) this.#leave(caller)
  }

  #compare(): void {
    expect(this.topic.statistics()).toEqual({
      subscribers: this.open.length,
      publishing: this.publishers.length,
      closed: this.ended !== undefined,
    })
    for (const { real, model, isClosed } of this.all) {
      expect(real.statistics()).toEqual({
        size: model.items.length,
        capacity: model.capacity,
        receiving: model.getters.length,
        dropped: model.dropped,
        closed: isClosed,
      })
    }
  }
}

test(
  `QU-03 QU-14 QU-15 QU-17 ${programs} random programs on broadcasts do what an array for each subscriber does`,
  async () => {
    const remove = ignoreFailure()
    await fc.assert(
      fc.asyncProperty(bounds, fc.array(anyStep, { maxLength: 50, size: 'max' }), async (usual, steps) => {
        const run = new Run(usual)
        for (const each of steps) await run.do(each)
        await run.finish()
      }),
      { numRuns: programs },
    )
    remove()
  },
  Math.max(20_000, programs * 20),
)
