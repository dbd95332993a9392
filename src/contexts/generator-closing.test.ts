/** Generator managers that are closed while they are still busy, or by themselves. */
import { contextManager, within, withinSync } from 'withal'
import { expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { thrownBy } from '../../test/thrown.ts'

const completed = { status: 'completed' } as const
const unknown = { status: 'unknown' } as const

test.each([completed, unknown])(
  'GM-18 closing as $status waits for a pending setup, and then closes',
  async (outcome) => {
    const events: string[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const opened = contextManager(async function* () {
      events.push('setup begins')
      await promise
      events.push('setup ends')
      try {
        yield 'value'
      } finally {
        events.push('closed')
      }
    })
    const manager = opened()
    const entering = manager['~enterAsync']()
    const closing = Promise.resolve(manager['~exitAsync'](outcome)).then(() => events.push('exit returns'))
    await settled()
    expect(events).toEqual(['setup begins'])
    resolve()
    expect(await entering).toBe('value')
    await closing
    expect(events).toEqual(['setup begins', 'setup ends', 'closed', 'exit returns'])
  },
)

test('GM-18 closing while a setup fails leaves the failure to who entered', async () => {
  const { promise, reject } = Promise.withResolvers<void>()
  const opened = contextManager(async function* () {
    await promise
    yield
  })
  const manager = opened()
  const entering = manager['~enterAsync']()
  const closing = manager['~exitAsync'](unknown)
  reject(new Error('setup'))
  expect(await thrownBy(() => entering)).toEqual(new Error('setup'))
  expect(await closing).toBeUndefined()
})

test('ACM-13 exited by two callers at once, cleanup runs once and both wait for it', async () => {
  const events: string[] = []
  const opened = contextManager(async function* () {
    yield
    await settled()
    events.push('cleanup')
  })
  const manager = opened()
  await manager['~enterAsync']()
  await Promise.all(
    [1, 2].map(async (number) => (await manager['~exitAsync'](completed), events.push(`caller ${number}`))),
  )
  expect(events).toEqual(['cleanup', 'caller 1', 'caller 2'])
})

test.each(['setup', 'cleanup'])(
  'GM-30 an asynchronous generator that closes itself in its %s is told so',
  async (where) => {
    const opened = contextManager(async function* selfish() {
      if (where === 'setup') await manager['~exitAsync'](unknown)
      try {
        yield
      } finally {
        await manager['~exitAsync'](unknown)
      }
    })
    const manager = opened()
    const error = await thrownBy(() => within(manager, () => {}))
    expect(error).toMatchObject({
      name: 'ContractError',
      code: 'WITHAL_CLOSED_WHILE_RUNNING',
      message: expect.stringMatching(/selfish tried to close itself.*Return from it instead/) as string,
    })
  },
)

test.each(['setup', 'cleanup'])(
  'GM-30 a synchronous generator that closes itself in its %s is told so',
  async (where) => {
    const opened = contextManager(function* selfish() {
      if (where === 'setup') manager['~exit'](unknown)
      try {
        yield
      } finally {
        manager['~exit'](unknown)
      }
    })
    const manager = opened()
    const error = await thrownBy(() => withinSync(manager, () => {}))
    expect(error).toMatchObject({ name: 'ContractError', code: 'WITHAL_CLOSED_WHILE_RUNNING' })
  },
)
