/**
 * Random programs on channels, against a model: sides that are cloned and closed, sends and receives that wait, are served, cancelled,
 * aborted and out of time, and a failure. No item is lost or comes twice, first come is first served, everybody is told, nothing is
 * left behind. `WITHAL_PROGRAMS=20000` runs that many.
 */
import fc from 'fast-check'
import { channel } from 'withal'
import type { ItemIterator, Overflow, Receiver, Sender } from 'withal'
import { expect, test } from 'vitest'
import { calling, Callers, anyHappening } from '../../test/callers.ts'
import type { Calling, Happening } from '../../test/callers.ts'
import { endedNow, ExchangeModel, failure, ignoreFailure } from '../../test/exchange-model.ts'
import type { Iteration } from '../../test/exchange-model.ts'

const programs = Number(process.env['WITHAL_PROGRAMS'] ?? 300)

type Step =
  | Happening
  | {
      readonly does: 'send' | 'receive' | 'next'
      readonly how: Calling
      readonly side: number
      readonly times: number
    }
  | {
      readonly does:
        | 'trySend'
        | 'tryReceive'
        | 'return'
        | 'clone sender'
        | 'clone receiver'
        | 'close sender'
        | 'close receiver'
        | 'fail'
      readonly side: number
    }

const side = fc.nat(3)
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: anyHappening },
  {
    weight: 12,
    arbitrary: fc.record({
      does: fc.constantFrom('send' as const, 'send' as const, 'receive' as const, 'receive' as const, 'next' as const),
      how: calling,
      side,
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constantFrom('trySend' as const, 'tryReceive' as const, 'return' as const), side }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constantFrom(
        'clone sender' as const,
        'clone receiver' as const,
        'close sender' as const,
        'close receiver' as const,
      ),
      side,
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('fail' as const), side }) },
)

const bounds = fc.record({
  capacity: fc.constantFrom(0, 0, 1, 2, Infinity),
  overflow: fc.constantFrom<Overflow>('wait', 'wait', 'wait', 'dropNewest', 'dropOldest', 'error'),
})

interface ReceiverPair {
  readonly real: Receiver<number>
  readonly iterator: ItemIterator<number>
  readonly iteration: Iteration
}

/** One run of a program. */
class Run {
  readonly model: ExchangeModel
  readonly callers: Callers
  readonly senders: Sender<number>[]
  readonly receivers: ReceiverPair[]
  readonly closed = new Set<object>()
  #item = 0

  constructor(capacity: number, overflow: Overflow) {
    const model = new ExchangeModel(capacity, overflow)
    this.model = model
    this.callers = new Callers(
      (caller) => model.leave(caller),
      (now) => model.timePasses(now),
    )
    const [sender, receiver] = channel<number>(capacity, { overflow })
    this.senders = [sender]
    this.receivers = [pairOf(receiver)]
  }

  async do(step: Step): Promise<void> {
    if (!('side' in step)) await this.callers.happen(step)
    else {
      const sender = this.senders[step.side % this.senders.length]! // there is one
      const receiver = this.receivers[step.side % this.receivers.length]! // likewise
      const times = 'times' in step ? step.times : 1
      for (let time = 0; time < times; time++) await this.#doOn(step, sender, receiver)
    }
    this.#compare()
  }

  async #doOn(step: Step & { readonly side: number }, sender: Sender<number>, receiver: ReceiverPair): Promise<void> {
    switch (step.does) {
      case 'send':
        return this.#send(step.how, sender)
      case 'receive':
        return this.#receive(step.how, receiver)
      case 'next':
        return this.#next(step.how, receiver)
      case 'trySend': {
        const item = ++this.#item
        const expected = this.closed.has(sender) ? 'closed' : this.model.tryPut(item)
        expect(endedNow(() => sender.trySend(item))).toBe(expected)
        return
      }
      case 'tryReceive': {
        const expected = this.closed.has(receiver) ? 'closed' : this.model.tryGet()
        expect(endedNow(() => gotOf(receiver.real.tryReceive()))).toBe(expected)
        return
      }
      case 'return':
        receiver.iteration.isOver = true
        this.model.endWaits((caller) => caller.iteration === receiver.iteration, 'end')
        await receiver.iterator.return()
        return
      case 'clone sender':
        if (this.closed.has(sender)) expect(endedNow(() => sender.clone())).toBe('closed')
        else this.senders.push(sender.clone())
        return
      case 'clone receiver':
        if (this.closed.has(receiver)) expect(endedNow(() => receiver.real.clone())).toBe('closed')
        else this.receivers.push(pairOf(receiver.real.clone()))
        return
      case 'close sender':
        return this.#closeSender(sender)
      case 'close receiver':
        return this.#closeReceiver(receiver)
      case 'fail': {
        const expected = this.closed.has(sender) ? 'closed' : this.model.end('broken', 'failed')
        expect(endedNow(() => sender.fail(failure))).toBe(expected)
      }
    }
  }

  /** Everything is closed, and nothing is left. */
  async finish(): Promise<void> {
    for (const sender of this.senders) this.#closeSender(sender)
    for (const receiver of this.receivers) this.#closeReceiver(receiver)
    this.#compare()
    await this.callers.finish()
  }

  #send(how: Calling, sender: Sender<number>): void {
    const item = ++this.#item
    this.callers.call(
      { ...how, item, side: sender },
      (caller) => {
        if (this.closed.has(sender)) caller.expected = 'closed'
        else this.model.put(caller)
      },
      async (options) => (await sender.send(item, options), 'put'),
    )
  }

  #receive(how: Calling, receiver: ReceiverPair): void {
    this.callers.call(
      { ...how, side: receiver },
      (caller) => {
        if (this.closed.has(receiver)) caller.expected = 'closed'
        else this.model.get(caller)
      },
      async (options) => `got ${await receiver.real.receive(options)}`,
    )
  }

  /** It takes no limit and no signal, only the scope. */
  #next({ isCancelled }: Calling, receiver: ReceiverPair): void {
    const { iteration, iterator } = receiver
    this.callers.call(
      { timeout: Infinity, isCancelled, side: receiver, iteration, ignoresSignal: true },
      (caller) => {
        if (!iteration.isOver && this.closed.has(receiver)) caller.expected = 'closed'
        else this.model.get(caller)
      },
      async () => {
        const next = await iterator.next()
        return next.done === true ? 'end' : `got ${next.value}`
      },
    )
  }

  #closeSender(sender: Sender<number>): void {
    if (!this.closed.has(sender)) {
      this.closed.add(sender)
      this.model.endWaits((caller) => caller.side === sender, 'closed')
      if (this.#open(this.senders) === 0) this.model.end('closed', 'closed')
    }
    sender.close()
  }

  #closeReceiver(receiver: ReceiverPair): void {
    if (!this.closed.has(receiver)) {
      this.closed.add(receiver)
      this.model.endWaits((caller) => caller.side === receiver, 'closed')
      if (this.#open(this.receivers) === 0) {
        this.model.end('broken', 'closed')
        this.model.discard()
      }
    }
    receiver.real.close()
  }

  #open(sides: readonly object[]): number {
    return sides.filter((one) => !this.closed.has(one)).length
  }

  #compare(): void {
    const { model } = this
    expect(this.senders[0]!.statistics()).toEqual({
      size: model.items.length,
      capacity: model.capacity,
      senders: this.#open(this.senders),
      receivers: this.#open(this.receivers),
      sending: model.putters.length,
      receiving: model.getters.length,
      dropped: model.dropped,
    })
  }
}

function pairOf(real: Receiver<number>): ReceiverPair {
  return { real, iterator: real[Symbol.asyncIterator](), iteration: { isOver: false } }
}

function gotOf(got: { readonly value: number } | undefined): string | undefined {
  return got === undefined ? undefined : `got ${got.value}`
}

test(
  `QU-03 QU-10 QU-11 QU-12 QU-13 QU-14 ${programs} random programs on channels do what an array does`,
  async () => {
    const remove = ignoreFailure()
    await fc.assert(
      fc.asyncProperty(
        bounds,
        fc.array(anyStep, { maxLength: 50, size: 'max' }),
        async ({ capacity, overflow }, steps) => {
          const run = new Run(capacity, overflow)
          for (const each of steps) await run.do(each)
          await run.finish()
        },
      ),
      { numRuns: programs },
    )
    remove()
  },
  Math.max(20_000, programs * 20),
)
