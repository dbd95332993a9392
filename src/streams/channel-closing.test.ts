/** How a channel ends: its sides are closed, or a sender fails it. */
import { BrokenError, CancelScope, channel, ClosedError, onLateError, TaskGroup, within } from 'withal'
import { describe, expect, test } from 'vitest'
import { collectUntil } from '../../test/collect.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

describe('closing', () => {
  test('QU-11 the last sender: receivers get what is left, then the end', async () => {
    const [sender, receiver] = channel<number>(2)
    for (const item of [1, 2]) await sender.send(item)
    sender.close()
    expect([await receiver.receive(), await receiver.receive()]).toEqual([1, 2])
    const error = await thrownBy(() => receiver.receive())
    expect(error).toBeInstanceOf(ClosedError)
    expect(error).toMatchObject({
      message: 'the channel has ended: all its senders have been closed, and nothing is left.',
    })
    expect(thrownAtOnceBy(() => receiver.tryReceive())).toBeInstanceOf(ClosedError)
    expect(receiver.closed).toBe(false)
  })

  test('QU-11 the last sender ends iterating, and wakes who waits to receive', async () => {
    const [sender, receiver] = channel<number>(2)
    const other = receiver.clone()
    const items: number[] = []
    const iterating = (async () => {
      for await (const item of receiver) items.push(item)
    })()
    const receiving = thrownBy(() => other.receive())
    await sender.send(1)
    sender.close()
    await iterating
    expect(await receiving).toBeInstanceOf(ClosedError)
    expect(items).toEqual([1])
  })

  test('QU-11 the last receiver: sending fails with "broken", and what was left is dropped', async () => {
    const [sender, receiver] = channel<number>(1, { name: 'lines' })
    await sender.send(1)
    const sending = thrownBy(() => sender.send(2))
    receiver.close()
    for (const error of [
      await sending,
      await thrownBy(() => sender.send(3)),
      thrownAtOnceBy(() => sender.trySend(4)),
    ]) {
      expect(error).toBeInstanceOf(BrokenError)
      expect(error).toMatchObject({
        message: 'the channel "lines" has no open receiver any more: nobody will get what is sent.',
      })
    }
    expect(sender.statistics()).toMatchObject({ size: 0, dropped: 1, receivers: 0 })
  })

  test('QU-11 a side makes it unusable, and the others stay as they are', async () => {
    const [sender, receiver] = channel<number>(1)
    const otherSender = sender.clone()
    const otherReceiver = receiver.clone()
    sender.close()
    receiver.close()
    for (const use of [() => sender.send(1), () => receiver.receive(), () => receiver[Symbol.asyncIterator]().next()])
      expect(await thrownBy(use)).toBeInstanceOf(ClosedError)
    for (const use of [() => sender.trySend(1), () => receiver.tryReceive(), () => sender.fail(new Error('late'))])
      expect(thrownAtOnceBy(use)).toBeInstanceOf(ClosedError)
    await otherSender.send(1)
    expect(await otherReceiver.receive()).toBe(1)
  })

  test('QU-11 a side wakes those who wait on it, and nobody else', async () => {
    const [sender, receiver] = channel<number>()
    const otherReceiver = receiver.clone()
    const receiving = thrownBy(() => receiver.receive())
    const iterating = thrownBy(() => receiver[Symbol.asyncIterator]().next())
    const others = otherReceiver.receive()
    receiver.close()
    for (const error of await Promise.all([receiving, iterating])) {
      expect(error).toBeInstanceOf(ClosedError)
      expect(String(error)).toContain('This receiver of the channel has been closed.')
    }
    await sender.send(1)
    expect(await others).toBe(1)

    const otherSender = sender.clone()
    const sending = thrownBy(() => sender.send(2))
    const otherSends = otherSender.send(3)
    sender.close()
    const error = await sending
    expect(error).toBeInstanceOf(ClosedError)
    expect(String(error)).toContain('This sender of the channel has been closed.')
    expect(await otherReceiver.receive()).toBe(3)
    await otherSends
  })

  test('QU-11 in a cancelled scope is not asked for: the cancellation comes first', async () => {
    const [sender, receiver] = channel<number>()
    sender.close()
    receiver.close()
    await within(new CancelScope(), async (scope) => {
      scope.cancel()
      for (const use of [() => sender.send(1), () => receiver.receive(), () => receiver[Symbol.asyncIterator]().next()])
        expect(await thrownBy(use)).toBe(scope.signal.reason)
    })
  })

  test('QU-12 a side twice changes nothing', async () => {
    const [sender, receiver] = channel<number>(1)
    const otherSender = sender.clone()
    const otherReceiver = receiver.clone()
    for (const side of [sender, receiver]) {
      side.close()
      side.close()
      side[Symbol.dispose]()
      await side[Symbol.asyncDispose]()
    }
    expect(otherSender.statistics()).toMatchObject({ senders: 1, receivers: 1 })
    await otherSender.send(1)
    expect(await otherReceiver.receive()).toBe(1)
  })

  test('QU-12 a side makes cloning it an error', () => {
    const [sender, receiver] = channel<number>()
    for (const side of [sender, receiver]) {
      side.close()
      expect(thrownAtOnceBy(() => side.clone())).toBeInstanceOf(ClosedError)
    }
    expect(sender.statistics()).toMatchObject({ senders: 0, receivers: 0 })
  })

  test('QU-13 all clones of the sender ends the stream, for all clones of the receiver', async () => {
    const [sender, receiver] = channel<string>()
    const received: string[] = []
    await within(new TaskGroup(), (group) => {
      for (const name of ['a', 'b']) {
        const own = sender.clone()
        group.spawn(() =>
          within(own, async () => {
            for (const number of [1, 2, 3]) await own.send(`${name}${number}`)
          }),
        )
      }
      sender.close()
      for (let consumer = 0; consumer < 3; consumer++) {
        const own = receiver.clone()
        group.spawn(() =>
          within(own, async () => {
            for await (const item of own) received.push(item)
          }),
        )
      }
      receiver.close()
    })
    expect(received.toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
    expect(sender.statistics()).toMatchObject({ senders: 0, receivers: 0, dropped: 0 })
  })
})

describe('a channel that has failed', () => {
  const failure = new Error('the source is gone')

  test('QU-14 gives what is left, and then throws the error at every receiver', async () => {
    const [sender, receiver] = channel<number>(1)
    const other = receiver.clone()
    await sender.send(1)
    expect(sender.fail(failure)).toBe(true)
    expect(await receiver.receive()).toBe(1)
    expect(await thrownBy(() => receiver.receive())).toBe(failure)
    expect(await thrownBy(() => other[Symbol.asyncIterator]().next())).toBe(failure)
  })

  test('QU-14 throws the error at those who wait, and lets senders know', async () => {
    const [sender, receiver] = channel<number>()
    const other = sender.clone()
    const receiving = thrownBy(() => receiver.receive())
    sender.fail(failure)
    expect(await receiving).toBe(failure)
    for (const error of [await thrownBy(() => other.send(1)), thrownAtOnceBy(() => other.trySend(1))]) {
      expect(error).toBeInstanceOf(BrokenError)
      expect(error).toMatchObject({ cause: failure })
    }
    sender.close()
    expect(await thrownBy(() => receiver.receive())).toBe(failure)
  })

  test('QU-14 is not one that has ended before, or that nobody receives from', () => {
    const [sender, receiver] = channel<number>()
    receiver.close()
    expect(sender.fail(failure)).toBe(false)
  })

  test('QU-14 whose error nobody ever receives hands it to `onLateError`', async () => {
    const late: unknown[] = []
    const remove = onLateError((error, info) => (late.push([error, info]), 'handled'))
    failAlone(failure)
    await collectUntil(() => late.length > 0)
    remove()
    expect(late).toEqual([[failure, { source: 'channel', name: 'the channel "lines"' }]])
  })

  function failAlone(error: Error): void {
    const [sender, receiver] = channel<number>(1, { name: 'lines' })
    sender.fail(error)
    sender.close()
    receiver.close()
  }
})
