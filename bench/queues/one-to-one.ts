import { PassThrough } from 'node:stream'
import { Channel } from 'async-channel'
import { Effect, Queue as EffectQueue } from 'effect'
import { channel, Queue } from 'withal'
import type { Contestant, Row } from '../rows.ts'
import { HandQueue } from './by-hand.ts'

/** Of one operation; figures are for one of them. */
const items = 100_000
const capacity = 64

/** Who puts begins, so both always find what they need, and nobody waits in the queue. */
export const inStep: Row = {
  name: 'capacity 64, one producer, one consumer, 100k items, all awaited',
  contestants: () => [byHand(), withal(), withalChannel(), iterated(), asyncChannel(), passThrough(), effect()],
}

/** Who only waits when he has to. */
export const ahead: Row = {
  name: 'capacity 64, one producer, one consumer, 100k items, awaited when there is no other way',
  contestants: () => [byHand(), trying()],
}

/** Who gets begins, so he waits in the queue each time, and is handed the item. */
export const met: Row = {
  name: 'capacity 64, 100k items, each handed to a consumer that waits for it',
  contestants: () => [byHand(true), withal(true), asyncChannel(true)],
}

/** What both ends of a queue do. */
interface Ends {
  produce(): Promise<void>
  consume(): Promise<number>
}

/** Sends the numbers from 1 on, and gives 1 if their sum has come out. */
function transfer({ produce, consume }: Ends, consumerFirst: boolean): () => Promise<number> {
  const expected = (items * (items + 1)) / 2
  return async () => {
    const consuming = consumerFirst ? consume() : undefined
    const producing = produce()
    const sum = await (consuming ?? consume())
    await producing
    return sum === expected ? 1 : 0
  }
}

function byHand(consumerFirst = false): Contestant {
  const queue = new HandQueue()
  const ends: Ends = {
    produce: async () => {
      for (let item = 1; item <= items; item++) await queue.put(item)
    },
    consume: async () => {
      let sum = 0
      for (let item = 1; item <= items; item++) sum += await queue.get()
      return sum
    },
  }
  return { name: 'by hand', role: 'limit', pieces: items, operation: transfer(ends, consumerFirst) }
}

function withal(consumerFirst = false): Contestant {
  const queue = new Queue<number>({ capacity })
  const ends: Ends = {
    produce: async () => {
      for (let item = 1; item <= items; item++) await queue.put(item)
    },
    consume: async () => {
      let sum = 0
      for (let item = 1; item <= items; item++) sum += await queue.get()
      return sum
    },
  }
  const contestant: Contestant = {
    name: 'Queue',
    role: 'library',
    pieces: items,
    operation: transfer(ends, consumerFirst),
  }
  return consumerFirst ? contestant : { ...contestant, goal: { ratio: 1.2 } }
}

function withalChannel(): Contestant {
  const [sender, receiver] = channel<number>(capacity)
  const ends: Ends = {
    produce: async () => {
      for (let item = 1; item <= items; item++) await sender.send(item)
    },
    consume: async () => {
      let sum = 0
      for (let item = 1; item <= items; item++) sum += await receiver.receive()
      return sum
    },
  }
  return { name: 'channel', role: 'library', pieces: items, operation: transfer(ends, false), goal: { ratio: 1.2 } }
}

function iterated(): Contestant {
  const queue = new Queue<number>({ capacity })
  const ends: Ends = {
    produce: async () => {
      for (let item = 1; item <= items; item++) await queue.put(item)
    },
    consume: async () => {
      let sum = 0
      let left = items
      for await (const item of queue) {
        sum += item
        if (--left === 0) break
      }
      return sum
    },
  }
  return { name: 'Queue, iterated', role: 'library', pieces: items, operation: transfer(ends, false) }
}

function trying(): Contestant {
  const queue = new Queue<number>({ capacity })
  const ends: Ends = {
    produce: async () => {
      for (let item = 1; item <= items; item++) if (!queue.tryPut(item)) await queue.put(item)
    },
    consume: async () => {
      let sum = 0
      for (let item = 1; item <= items; item++) {
        const next = queue.tryGet()
        sum += next === undefined ? await queue.get() : next.value
      }
      return sum
    },
  }
  return {
    name: 'Queue, tryPut and tryGet',
    role: 'library',
    pieces: items,
    operation: transfer(ends, false),
    goal: { ratio: 0.35 },
  }
}

function asyncChannel(consumerFirst = false): Contestant {
  const queue = new Channel<number>(capacity)
  const ends: Ends = {
    produce: async () => {
      for (let item = 1; item <= items; item++) await queue.push(item)
    },
    consume: async () => {
      let sum = 0
      for (let item = 1; item <= items; item++) sum += await queue.get()
      return sum
    },
  }
  return { name: 'async-channel', role: 'peer', pieces: items, operation: transfer(ends, consumerFirst) }
}

/** A new one each time, since it is iterated to its end. */
function passThrough(): Contestant {
  const operation = (): Promise<number> => {
    const stream = new PassThrough({ objectMode: true, highWaterMark: capacity })
    const produce = async (): Promise<void> => {
      for (let item = 1; item <= items; item++) {
        if (!stream.write(item)) await new Promise((resolve) => stream.once('drain', resolve))
      }
      stream.end()
    }
    const consume = async (): Promise<number> => {
      let sum = 0
      for await (const item of stream as AsyncIterable<number>) sum += item
      return sum
    }
    return transfer({ produce, consume }, false)()
  }
  return { name: 'PassThrough (objectMode)', role: 'peer', pieces: items, operation }
}

function effect(): Contestant {
  const program = Effect.gen(function* () {
    const queue = yield* EffectQueue.bounded<number>(capacity)
    let sum = 0
    const produce = Effect.gen(function* () {
      for (let item = 1; item <= items; item++) yield* EffectQueue.offer(queue, item)
    })
    const consume = Effect.gen(function* () {
      for (let item = 1; item <= items; item++) sum += yield* EffectQueue.take(queue)
    })
    yield* Effect.all([produce, consume], { concurrency: 'unbounded', discard: true })
    return sum
  })
  const expected = (items * (items + 1)) / 2
  const operation = async (): Promise<number> => ((await Effect.runPromise(program)) === expected ? 1 : 0)
  return { name: 'Effect Queue', role: 'peer', pieces: items, operation }
}
