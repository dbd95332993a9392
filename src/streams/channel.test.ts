import { CancelScope, channel, FullError, hold, sleep, TimeoutError, UsageError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('a channel', () => {
  test('QU-10 carries items from its sender to its receiver, in order', async () => {
    const [sender, receiver] = channel<number>(2)
    for (const item of [1, 2]) await sender.send(item)
    expect([await receiver.receive(), receiver.tryReceive(), receiver.tryReceive()]).toEqual([
      1,
      { value: 2 },
      undefined,
    ])
  })

  test('QU-10 without a buffer is where both meet', async () => {
    const [sender, receiver] = channel<string>()
    expect([sender.trySend('a'), receiver.tryReceive()]).toEqual([false, undefined])
    const log: string[] = []
    const sending = sender.send('b').then(() => log.push('sent'))
    await settled()
    expect(log).toEqual([])
    expect(await receiver.receive()).toBe('b')
    await sending
    const receiving = receiver.receive()
    expect(sender.trySend('c')).toBe(true)
    expect(await receiving).toBe('c')
  })

  test('QU-10 with a buffer makes senders wait only when that is full', async () => {
    const [sender, receiver] = channel<number>(1)
    await sender.send(1)
    const sending = sender.send(2)
    expect(sender.statistics()).toEqual({
      size: 1,
      capacity: 1,
      senders: 1,
      receivers: 1,
      sending: 1,
      receiving: 0,
      dropped: 0,
    })
    expect([await receiver.receive(), await receiver.receive()]).toEqual([1, 2])
    await sending
  })

  test('QU-10 with an infinite buffer never makes senders wait', async () => {
    const [sender, receiver] = channel<number>(Infinity)
    for (let item = 0; item < 100; item++) expect(sender.trySend(item)).toBe(true)
    expect([receiver.statistics().size, await receiver.receive()]).toEqual([100, 0])
  })

  test.for([NaN, -1, 0.5, '1'])('QU-10 refuses a capacity of %s', (capacity) => {
    const error = thrownAtOnceBy(() => channel(capacity as number))
    expect(error).toBeInstanceOf(UsageError)
    expect(String(error)).toContain('`capacity` is')
  })

  test('QU-10 has sides that can be cloned: each item goes to one receiver', async () => {
    const [sender, receiver] = channel<number>(4)
    const other = sender.clone()
    const second = receiver.clone()
    await sender.send(1)
    await other.send(2)
    expect([await second.receive(), await receiver.receive()]).toEqual([1, 2])
    expect(sender.statistics()).toMatchObject({ senders: 2, receivers: 2 })
  })

  test('QU-10 has sides that are closed by `using`, by `within`, and when they are held', async () => {
    const [sender, receiver] = channel<number>()
    const clones = [sender.clone(), sender.clone(), receiver.clone()] as const
    {
      using _first = clones[0]
      await using _second = clones[1]
      await using _third = await hold(clones[2])
    }
    expect(clones.map(({ closed }) => closed)).toEqual([true, true, true])
    await within(sender, receiver, () => expect(sender.statistics()).toMatchObject({ senders: 1, receivers: 1 }))
    expect([sender.closed, receiver.closed]).toEqual([true, true])
  })

  test('QU-01 serves those who wait on either side in the order in which they came', async () => {
    const [sender, receiver] = channel<number>()
    const received = [1, 2, 3].map(() => receiver.receive())
    for (const item of [1, 2, 3]) await sender.send(item)
    expect(await Promise.all(received)).toEqual([1, 2, 3])
    const sent = [4, 5, 6].map((item) => sender.send(item))
    expect([await receiver.receive(), await receiver.receive(), await receiver.receive()]).toEqual([4, 5, 6])
    await Promise.all(sent)
  })

  test('QU-03 loses no item to who is cancelled', async () => {
    const [sender, receiver] = channel<number>()
    const scope = new CancelScope()
    const cancelled = within(scope, () => Promise.all([receiver.receive(), sleep(1_000)]))
    scope.cancel()
    await cancelled
    const sending = sender.send(1)
    expect(await receiver.receive()).toBe(1)
    await sending
  })

  test('QU-03 keeps no item of who is cancelled', async () => {
    const [sender, receiver] = channel<number>()
    const scope = new CancelScope()
    const cancelled = within(scope, () => sender.send(1))
    scope.cancel()
    await cancelled
    expect(receiver.tryReceive()).toBe(undefined)
  })

  test('QU-03 has limits of time on both sides', async () => {
    const [sender, receiver] = channel<number>(0, { name: 'lines' })
    await within(new TestClock(), async (clock) => {
      const receiving = thrownBy(() => receiver.receive({ timeout: 10 }))
      await clock.advance(10)
      expect(await receiving).toMatchObject({
        message: 'the channel "lines" gave no item within 10 ms: it holds 0 of 0, 0 waiting to put, 1 to get.',
      })
      const sending = thrownBy(() => sender.send(1, { timeout: 10 }))
      await clock.advance(10)
      expect(await sending).toBeInstanceOf(TimeoutError)
    })
    expect(sender.statistics()).toMatchObject({ sending: 0, receiving: 0 })
  })

  test.for([
    ['dropNewest', [1]],
    ['dropOldest', [3]],
  ] as const)('QU-15 can drop items when it is full: %s', async ([overflow, kept]) => {
    const [sender, receiver] = channel<number>(1, { overflow })
    for (const item of [1, 2, 3]) await sender.send(item)
    expect([receiver.tryReceive(), receiver.statistics().dropped]).toEqual([{ value: kept[0] }, 2])
  })

  test('QU-15 can refuse items when it is full', async () => {
    const [sender] = channel<number>(1, { overflow: 'error' })
    await sender.send(1)
    expect(await thrownBy(() => sender.send(2))).toBeInstanceOf(FullError)
  })
})
