/** What development diagnostics say about sides of channels and subscriptions that were forgotten. */
import { setImmediate } from 'node:timers/promises'
import { broadcast, channel, diagnose } from 'withal'
import type { Diagnostic } from 'withal'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { collectUntil } from '../../test/collect.ts'

const heard: Diagnostic[] = []
let stop: () => void
beforeEach(() => {
  heard.length = 0
  stop = diagnose((diagnostic) => heard.push(diagnostic))
})
afterEach(() => stop())

/** The subjects of what was told: `a sender of the channel`. */
async function forgotten(work: () => unknown, expected: number): Promise<string[]> {
  await work()
  await setImmediate() // what the job above holds may go
  await collectUntil(() => heard.length >= expected)
  return heard.map(({ message }) => message.replace(/ was never closed.*/s, '')).toSorted()
}

function forgetChannel(): void {
  channel<number>(1, { name: 'lines' })
}

function forgetClones(): void {
  const [sender, receiver] = channel<number>(1, { name: 'lines' })
  sender.clone()
  receiver.clone()
  sender.close()
  receiver.close()
}

function forgetSubscription(): void {
  topic.subscribe()
}
const topic = broadcast<number>({ name: 'prices' })

test('QU-18 sides of a channel that were not closed are named, with the place where they were made', async () => {
  const expected = ['a receiver of the channel "lines"', 'a sender of the channel "lines"']
  expect(await forgotten(forgetChannel, 2)).toEqual(expected)
  for (const { code, openedAt } of heard) {
    expect(code).toBe('WITHAL_NEVER_CLOSED')
    expect(openedAt).toMatch(/^ +at forgetChannel .*unclosed\.test\.ts/)
  }
})

test('QU-18 clones that were not closed are named, with the place where they were cloned', async () => {
  const expected = ['a receiver of the channel "lines"', 'a sender of the channel "lines"']
  expect(await forgotten(forgetClones, 2)).toEqual(expected)
  for (const { openedAt } of heard) expect(openedAt).toMatch(/^ +at forgetClones .*unclosed\.test\.ts/)
})

test('QU-18 a subscription that was not closed is named, though its broadcast lives on', async () => {
  expect(await forgotten(forgetSubscription, 1)).toEqual(['a subscription to the broadcast "prices"'])
  expect(heard[0]!.openedAt).toMatch(/^ +at forgetSubscription .*unclosed\.test\.ts/)
  expect(topic.subscribers).toBe(1) // nothing is closed by being collected
})

test('QU-18 what was closed is not named', async () => {
  let gone = 0
  const collected = new FinalizationRegistry<undefined>(() => gone++)
  const closeAll = (): void => {
    for (const closed of [...channel<number>(), topic.subscribe()]) {
      collected.register(closed, undefined)
      closed.close()
    }
  }
  closeAll()
  await collectUntil(() => gone === 3)
  await setImmediate() // one registry may be called a turn before another
  expect([gone, heard]).toEqual([3, []])
})
