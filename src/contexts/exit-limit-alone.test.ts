/** Rule H where nothing is loaded that opens scopes, as in a small bundle: so nothing here may be imported from the root. */
import { expect, test } from 'vitest'
import { HandClock } from '../../test/hand-clock.ts'
import { thrownBy } from '../../test/thrown.ts'
import { contextManager } from './generator-manager.ts'
import type { AsyncContextManager } from './protocol.ts'
import { within } from './within.ts'

function opened(exitTimeout: number, exit: () => Promise<unknown>): AsyncContextManager<void> {
  async function* slow(): AsyncGenerator<void, void, undefined> {
    try {
      yield
    } finally {
      await exit()
    }
  }
  return contextManager(slow, { exitTimeout })()
}

test('ACM-11 without scopes an exit has its limit all the same', async () => {
  const clock = new HandClock()
  const late = Promise.withResolvers<void>()
  const error = clock.run(() =>
    thrownBy(() =>
      within(
        opened(100, () => late.promise),
        () => {},
      ),
    ),
  )
  await clock.turn(100)
  late.resolve()
  expect(await error).toMatchObject({ name: 'ExitTimeoutError', allowed: 100 })
  expect(clock.timers).toBe(0)
})

test('rule H without scopes, too, the clock of an exit stands while one inside it has a limit of its own', async () => {
  const clock = new HandClock()
  const inner = (): Promise<void> =>
    within(
      opened(1000, async () => await new Promise<void>((resolve) => void clock.setTimer(500, resolve))),
      () => {},
    )
  const running = clock.run(() => within(opened(100, inner), () => 'result'))
  await clock.turn(600)
  expect(await running).toBe('result')
  expect(clock.timers).toBe(0)
})
