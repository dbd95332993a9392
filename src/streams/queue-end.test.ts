/** How a queue ends: by `shutdown`, or by `fail`. */
import { setImmediate } from 'node:timers/promises'
import { BrokenError, ClosedError, onLateError, Queue } from 'withal'
import { describe, expect, test } from 'vitest'
import { collectUntil } from '../../test/collect.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

async function queueOf(...items: number[]): Promise<Queue<number>> {
  const queue = new Queue<number>({ capacity: Math.max(1, items.length), name: 'orders' })
  for (const item of items) await queue.put(item)
  return queue
}

describe('a queue that was shut down', () => {
  test('QU-07 takes no more items', async () => {
    const queue = await queueOf()
    queue.shutdown()
    expect(queue.closed).toBe(true)
    const error = await thrownBy(() => queue.put(1))
    expect(error).toBeInstanceOf(ClosedError)
    expect(error).toMatchObject({
      message: 'the queue "orders" has been shut down: nothing can be put into it any more.',
    })
    expect(thrownAtOnceBy(() => queue.tryPut(1))).toBeInstanceOf(ClosedError)
  })

  test('QU-07 ends the wait of who wanted to put', async () => {
    const queue = await queueOf(1)
    const putting = [2, 3].map((item) => thrownBy(() => queue.put(item)))
    queue.shutdown()
    expect(await Promise.all(putting)).toEqual([expect.any(ClosedError), expect.any(ClosedError)])
    expect([queue.takeAll(), queue.waiting]).toEqual([[1], 0])
  })

  test('QU-07 gives what it holds, and then fails', async () => {
    const queue = await queueOf(1, 2)
    queue.shutdown()
    expect([await queue.get(), queue.tryGet()]).toEqual([1, { value: 2 }])
    const error = await thrownBy(() => queue.get())
    expect(error).toBeInstanceOf(ClosedError)
    expect(error).toMatchObject({
      message: 'the queue "orders" has been shut down and is empty: there is nothing to get any more.',
    })
    for (const get of [() => queue.tryGet(), () => queue.takeUpTo(1), () => queue.takeAll()])
      expect(thrownAtOnceBy(get)).toBeInstanceOf(ClosedError)
  })

  test('QU-07 ends the wait of who wanted to get', async () => {
    const queue = await queueOf()
    const getting = [1, 2].map(() => thrownBy(() => queue.get()))
    queue.shutdown()
    expect(await Promise.all(getting)).toEqual([expect.any(ClosedError), expect.any(ClosedError)])
  })

  test('QU-07 is joined when what it holds, and what is in work, is done', async () => {
    const queue = await queueOf(1, 2)
    await queue.get()
    queue.shutdown()
    const joining = queue.join()
    queue.done()
    await queue.get()
    expect(queue.statistics().joining).toBe(1)
    queue.done()
    await joining
  })

  test('QU-07 can be shut down again', async () => {
    const queue = await queueOf(1)
    queue.shutdown()
    queue.shutdown()
    expect(await queue.get()).toBe(1)
  })

  test('QU-08 at once drops what it holds, and fails at once', async () => {
    const queue = await queueOf(1, 2)
    const putting = thrownBy(() => queue.put(3))
    queue.shutdown({ immediate: true })
    expect(await putting).toBeInstanceOf(ClosedError)
    expect(await thrownBy(() => queue.get())).toBeInstanceOf(ClosedError)
    expect(queue.statistics()).toMatchObject({ size: 0, dropped: 2, unfinished: 0, closed: true })
  })

  test('QU-08 at once ends the wait of who wanted to get', async () => {
    const queue = await queueOf()
    const getting = thrownBy(() => queue.get())
    queue.shutdown({ immediate: true })
    expect(await getting).toBeInstanceOf(ClosedError)
  })

  test('QU-08 at once counts what it drops as done, and still waits for what is in work', async () => {
    const queue = await queueOf(1, 2, 3)
    await queue.get()
    const joining = queue.join()
    queue.shutdown({ immediate: true })
    expect([queue.unfinished, queue.statistics().joining]).toEqual([1, 1])
    queue.done()
    await joining
  })

  test('QU-08 at once lets those go who wait until all is done', async () => {
    const queue = await queueOf(1, 2)
    const joining = queue.join()
    queue.shutdown({ immediate: true })
    await joining
  })

  test('QU-08 can be shut down at once later', async () => {
    const queue = await queueOf(1)
    queue.shutdown()
    queue.shutdown({ immediate: true })
    expect([queue.size, queue.unfinished]).toEqual([0, 0])
  })
})

describe('a queue that has failed', () => {
  const failure = new Error('the source is gone')

  test('QU-14 gives what it holds, and then throws the error at everybody who gets', async () => {
    const queue = await queueOf(1)
    expect(queue.fail(failure)).toBe(true)
    expect(await queue.get()).toBe(1)
    for (let time = 0; time < 2; time++) expect(await thrownBy(() => queue.get())).toBe(failure)
    for (const get of [() => queue.tryGet(), () => queue.takeUpTo(1), () => queue.takeAll()])
      expect(thrownAtOnceBy(get)).toBe(failure)
  })

  test('QU-14 throws the error at all who wait to get', async () => {
    const queue = await queueOf()
    const getting = [1, 2].map(() => thrownBy(() => queue.get()))
    queue.fail(failure)
    expect(await Promise.all(getting)).toEqual([failure, failure])
  })

  test('QU-14 refuses who puts, and who waits to put, with the error as cause', async () => {
    const queue = await queueOf(1)
    const putting = thrownBy(() => queue.put(2))
    queue.fail(failure)
    for (const error of [await putting, await thrownBy(() => queue.put(3)), thrownAtOnceBy(() => queue.tryPut(4))]) {
      expect(error).toBeInstanceOf(BrokenError)
      expect(error).toMatchObject({ cause: failure })
    }
    expect(queue.takeAll()).toEqual([1])
    await thrownBy(() => queue.get())
  })

  test('QU-14 has failed by what it was given, whatever that is', async () => {
    const queue = await queueOf()
    queue.fail(undefined)
    expect(await thrownBy(() => queue.get())).toBe(undefined)
  })

  test('QU-14 keeps to its first end, and tells that', async () => {
    const failed = await queueOf()
    expect([failed.fail(failure), failed.fail(new Error('later'))]).toEqual([true, false])
    failed.shutdown()
    expect(await thrownBy(() => failed.get())).toBe(failure)
    const shut = await queueOf()
    shut.shutdown()
    expect(shut.fail(failure)).toBe(false)
    expect(await thrownBy(() => shut.get())).toBeInstanceOf(ClosedError)
  })

  test('QU-14 whose error nobody ever gets hands it to `onLateError`', async () => {
    const late: unknown[] = []
    const remove = onLateError((error, info) => (late.push([error, info]), 'handled'))
    const lost = new Error('nobody looks')
    await failAlone(lost)
    await collectUntil(() => late.length > 0)
    remove()
    expect(late).toEqual([[lost, { source: 'Queue', name: 'the queue "orders"' }]])
  })

  test.for([
    ['got', (queue: Queue<number>) => queue.get()],
    ['was given as the cause when he put', (queue: Queue<number>) => queue.put(1)],
  ] as const)('QU-14 whose error somebody %s has nothing to report', async ([, call]) => {
    const late: unknown[] = []
    const remove = onLateError((error) => (late.push(error), 'handled'))
    let isGone = false
    const gone = new FinalizationRegistry<undefined>(() => (isGone = true))
    await failHeard(gone, call)
    await collectUntil(() => isGone)
    await setImmediate() // one registry may be called a turn before another
    remove()
    expect([isGone, late]).toEqual([true, []])
  })

  async function failAlone(error: Error): Promise<void> {
    const queue = await queueOf(1)
    queue.fail(error)
  }

  async function failHeard(
    gone: FinalizationRegistry<undefined>,
    call: (queue: Queue<number>) => Promise<unknown>,
  ): Promise<void> {
    const queue = await queueOf()
    queue.fail(new Error('somebody looks'))
    await thrownBy(() => call(queue))
    gone.register(queue, undefined)
  }
})
