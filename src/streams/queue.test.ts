import { CancelScope, Queue, sleep, TaskGroup, TimeoutError, UsageError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('a queue', () => {
  test('QU-01 gives items in the order in which they were put', async () => {
    const queue = new Queue<number>()
    for (const item of [1, 2, 3]) await queue.put(item)
    expect([await queue.get(), await queue.get(), await queue.get()]).toEqual([1, 2, 3])
  })

  test('QU-01 holds as many as there are, if it has no capacity', async () => {
    const queue = new Queue<number>()
    for (let item = 0; item < 1_000; item++) await queue.put(item)
    expect([queue.capacity, queue.size]).toEqual([Infinity, 1_000])
    for (let item = 0; item < 1_000; item++) expect(await queue.get()).toBe(item)
    expect(queue.size).toBe(0)
  })

  test('QU-01 makes who puts wait while it is full, and lets him in when an item is got', async () => {
    const queue = new Queue<string>({ capacity: 1 })
    await queue.put('a')
    const log: string[] = []
    const putting = queue.put('b').then(() => log.push('b is in'))
    await settled()
    expect([log, queue.size, queue.waiting]).toEqual([[], 1, 1])
    expect(await queue.get()).toBe('a')
    await putting
    expect([log, queue.size, queue.waiting]).toEqual([['b is in'], 1, 0])
    expect(await queue.get()).toBe('b')
  })

  test('QU-01 makes who gets wait while it is empty, and hands him the next item', async () => {
    const queue = new Queue<string>()
    const getting = queue.get()
    expect(queue.waiting).toBe(1)
    await queue.put('a')
    expect([queue.size, queue.waiting]).toEqual([0, 0])
    expect(await getting).toBe('a')
  })

  test('QU-01 serves those who wait in the order in which they came', async () => {
    const queue = new Queue<number>({ capacity: 1 })
    const got = [1, 2, 3].map(async (getter) => `${getter} got ${await queue.get()}`)
    for (const item of [10, 20, 30]) await queue.put(item)
    expect(await Promise.all(got)).toEqual(['1 got 10', '2 got 20', '3 got 30'])

    const put = [1, 2, 3].map((item) => queue.put(item))
    expect([await queue.get(), await queue.get(), await queue.get()]).toEqual([1, 2, 3])
    await Promise.all(put)
  })

  test('QU-01 lets nobody overtake: an item goes to who waits, and room to who waits for it', async () => {
    const queue = new Queue<string>({ capacity: 1 })
    const first = queue.get()
    await queue.put('a')
    expect(queue.tryGet()).toBe(undefined) // it has been handed over
    await queue.put('b')
    const waiting = queue.put('c')
    expect(queue.tryPut('d')).toBe(false)
    expect(await queue.get()).toBe('b')
    expect(queue.tryPut('d')).toBe(false) // there is room for an instant only, and `c` has it
    await waiting
    expect([await first, await queue.get()]).toEqual(['a', 'c'])
  })

  test('QU-01 of capacity 0 holds nothing: who puts waits until somebody gets', async () => {
    const queue = new Queue<string>({ capacity: 0 })
    expect([queue.tryPut('a'), queue.tryGet()]).toEqual([false, undefined])
    const putting = queue.put('a')
    expect([queue.size, queue.waiting]).toEqual([0, 1])
    expect(await queue.get()).toBe('a')
    await putting
    const getting = queue.get()
    expect(queue.tryPut('b')).toBe(true)
    expect(await getting).toBe('b')
  })

  test('QU-02 `tryPut` never waits, and tells whether the item is in the queue', () => {
    const queue = new Queue<number>({ capacity: 1 })
    expect([queue.tryPut(1), queue.tryPut(2), queue.size]).toEqual([true, false, 1])
  })

  test('QU-02 `tryGet` never waits, and tells an item that is undefined from none', () => {
    const queue = new Queue<undefined>()
    queue.tryPut(undefined)
    expect([queue.tryGet(), queue.tryGet(), queue.waiting]).toEqual([{ value: undefined }, undefined, 0])
  })

  test('QU-02 `tryGet` lets in who waits for room', async () => {
    const queue = new Queue<number>({ capacity: 1 })
    await queue.put(1)
    const putting = queue.put(2)
    expect([queue.tryGet(), queue.size]).toEqual([{ value: 1 }, 1])
    await putting
  })

  test('QU-03 a get that is cancelled takes no item', async () => {
    const queue = new Queue<number>()
    const scope = new CancelScope()
    const cancelled = within(scope, () => queue.get())
    const patient = queue.get()
    scope.cancel()
    expect(queue.waiting).toBe(1)
    await queue.put(1)
    expect([await cancelled, await patient]).toEqual([undefined, 1])
  })

  test('QU-03 a get that is cancelled in the turn in which it was handed an item returns with it', async () => {
    const queue = new Queue<number>()
    await within(new CancelScope(), async (scope) => {
      const getting = queue.get()
      queue.tryPut(1)
      scope.cancel()
      expect(await getting).toBe(1)
      expect(await thrownBy(() => sleep(1))).toBe(scope.signal.reason) // its next wait meets the cancellation
    })
  })

  test('QU-03 a put that is cancelled leaves its item nowhere, and takes no room', async () => {
    const queue = new Queue<string>({ capacity: 1 })
    await queue.put('a')
    const scope = new CancelScope()
    const cancelled = within(scope, () => queue.put('b'))
    const patient = queue.put('c')
    scope.cancel()
    await cancelled
    expect([await queue.get(), await queue.get(), queue.size]).toEqual(['a', 'c', 0])
    await patient
  })

  test('QU-03 a put that is cancelled in the turn in which it was let in has put its item', async () => {
    const queue = new Queue<string>({ capacity: 1 })
    await queue.put('a')
    await within(new CancelScope(), async (scope) => {
      const putting = queue.put('b')
      queue.tryGet()
      scope.cancel()
      await putting
    })
    expect(queue.tryGet()).toEqual({ value: 'b' })
  })

  test('QU-03 a get whose time is up takes no item, and says why', async () => {
    const queue = new Queue<number>({ name: 'orders' })
    await within(new TestClock(), async (clock) => {
      const getting = thrownBy(() => queue.get({ timeout: 250 }))
      await clock.advance(250)
      const error = await getting
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error).toMatchObject({
        allowed: 250,
        message: 'the queue "orders" gave no item within 250 ms: it holds 0, 0 waiting to put, 1 to get.',
      })
    })
    await queue.put(1)
    expect([queue.size, queue.waiting]).toEqual([1, 0])
  })

  test('QU-03 a put whose time is up leaves its item nowhere, and says why', async () => {
    const queue = new Queue<number>({ capacity: 1 })
    await within(new TestClock(), async (clock) => {
      await queue.put(1)
      const putting = thrownBy(() => queue.put(2, { timeout: 250 }))
      await clock.advance(250)
      expect(await putting).toMatchObject({
        message: 'the queue had no room within 250 ms: it holds 1 of 1, 1 waiting to put, 0 to get.',
      })
    })
    expect([queue.takeAll(), queue.waiting]).toEqual([[1], 0])
  })

  test('QU-03 a timeout of 0 tries once', async () => {
    const queue = new Queue<number>({ capacity: 1 })
    await queue.put(1, { timeout: 0 })
    expect(await thrownBy(() => queue.put(2, { timeout: 0 }))).toBeInstanceOf(TimeoutError)
    expect(await queue.get({ timeout: 0 })).toBe(1)
    expect(await thrownBy(() => queue.get({ timeout: 0 }))).toBeInstanceOf(TimeoutError)
    expect(queue.waiting).toBe(0)
  })

  test('QU-04 20,000 waiters that are cancelled are gone at once, and the others keep their order', async () => {
    const many = 20_000
    const queue = new Queue<number>()
    const scope = new CancelScope()
    const leaving = within(scope, () => Promise.all(Array.from({ length: many }, () => queue.get())))
    const staying = Promise.all(Array.from({ length: many }, () => queue.get()))
    scope.cancel()
    expect(queue.waiting).toBe(many)
    await leaving
    for (let item = 0; item < many; item++) queue.tryPut(item)
    expect(await staying).toEqual(Array.from({ length: many }, (_, item) => item))
  })

  test('QU-04 20,000 puts that are cancelled are gone at once', async () => {
    const queue = new Queue<number>({ capacity: 1 })
    await queue.put(0)
    const scope = new CancelScope()
    const leaving = within(scope, () => Promise.all(Array.from({ length: 20_000 }, () => queue.put(1))))
    scope.cancel()
    expect(queue.waiting).toBe(0)
    await leaving
    expect(queue.takeAll()).toEqual([0])
  })

  test('an item that is a promise is awaited by `get`, and given as it is by `tryGet`', async () => {
    const queue = new Queue<Promise<number>>()
    const promised = Promise.resolve(1)
    for (let time = 0; time < 2; time++) queue.tryPut(promised)
    expect(await queue.get()).toBe(1)
    expect(queue.tryGet()?.value).toBe(promised)
    const handed = queue.get()
    queue.tryPut(promised)
    expect(await handed).toBe(1)
  })

  test('tells its state', async () => {
    const queue = new Queue<number>({ capacity: 2 })
    await queue.put(1)
    await queue.get()
    for (const item of [2, 3]) await queue.put(item)
    const putting = queue.put(4)
    expect(queue.statistics()).toEqual({
      size: 2,
      capacity: 2,
      unfinished: 3,
      putting: 1,
      getting: 0,
      joining: 0,
      dropped: 0,
      closed: false,
    })
    await queue.get()
    await putting
  })

  test('can be made anywhere, and used by the tasks of any group', async () => {
    const queue = new Queue<number>({ capacity: 3 })
    const got: number[] = []
    await within(new TaskGroup(), (group) => {
      for (let producer = 0; producer < 5; producer++) {
        group.spawn(async () => {
          for (let item = 0; item < 10; item++) await queue.put(10 * producer + item)
        })
        group.spawn(async () => {
          for (let item = 0; item < 10; item++) got.push(await queue.get())
        })
      }
    })
    expect(got.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, item) => item))
  })

  test.for([
    ['NaN', { capacity: NaN }, '`capacity` is NaN (number)'],
    ['a negative number', { capacity: -1 }, '`capacity` is -1'],
    ['a broken number', { capacity: 1.5 }, '`capacity` is 1.5'],
    ['a text', { capacity: '3' as unknown as number }, '`capacity` is 3 (string)'],
    ['an unknown overflow', { overflow: 'drop' as 'wait' }, '`overflow` is drop'],
  ] as const)('refuses %s', ([, options, says]) => {
    const error = thrownAtOnceBy(() => new Queue(options))
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain(says)
  })
})
