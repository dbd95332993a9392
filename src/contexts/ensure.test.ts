/** UT-25: a bare cleanup function as a manager. */
import { AsyncExitStack, ensure, hold, holdSync, onLateError, UsageError, within, withinSync } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { settled } from '../../test/hand-clock.ts'
import { thrownBy } from '../../test/thrown.ts'

const forms: [string, (manager: ReturnType<typeof ensure>, body: () => unknown) => Promise<unknown>][] = [
  ['within', (manager, body) => within(manager, body)],
  ['withinSync', async (manager, body) => withinSync(manager, body)],
]

describe.each(forms)('UT-25 ensure in %s', (_, run) => {
  test('runs the function once, at the end, and tells it the outcome', async () => {
    const cleanup = vi.fn<(outcome: unknown) => void>()
    expect(await run(ensure(cleanup), () => cleanup.mock.calls.length)).toBe(0)
    expect(cleanup.mock.calls).toEqual([[{ status: 'completed' }]])
  })

  test('runs it also when the body fails, and lets the failure pass whatever the function gives', async () => {
    const cleanup = vi.fn<(outcome: unknown) => true>(() => true)
    const error = new Error('body')
    expect(await thrownBy(() => run(ensure(cleanup), throwing(error)))).toBe(error)
    expect(cleanup.mock.calls).toEqual([[{ status: 'failed', error }]])
  })

  test('loses neither failure when the function fails, too', async () => {
    const [body, cleanup] = [new Error('body'), new Error('cleanup')]
    expect(await thrownBy(() => run(ensure(throwing(cleanup)), throwing(body)))).toBe(cleanup)
    expect(cleanup.cause).toBe(body)
  })

  test('runs it once for each time it is entered', async () => {
    const cleanup = vi.fn<() => void>()
    const manager = ensure(cleanup)
    await run(manager, () => {})
    await run(manager, () => {})
    expect(cleanup).toHaveBeenCalledTimes(2)
  })
})

test('UT-25 an asynchronous function is waited for', async () => {
  const events: string[] = []
  await within(
    ensure(() => settled().then(() => events.push('cleanup'))),
    () => events.push('body'),
  )
  expect(events).toEqual(['body', 'cleanup'])
})

test('UT-25 in withinSync the failure of an asynchronous function is reported late', async () => {
  const late: unknown[] = []
  const remove = onLateError((error) => (late.push(error), 'handled'))
  const error = new Error('cleanup')
  withinSync(
    ensure(() => Promise.reject(error)),
    () => {},
  )
  await settled()
  remove()
  expect(late).toEqual([error])
})

test('UT-25 held natively or on a stack, it runs at the end of the block', async () => {
  const told: unknown[] = []
  const note = ensure(({ status }) => told.push(status))
  {
    using sync = holdSync(note)
    await using async = await hold(note)
    await using stack = new AsyncExitStack()
    await stack.enter(note)
    stack.complete()
    told.push(sync.value, async.value)
  }
  expect(told).toEqual([undefined, undefined, 'completed', 'unknown', 'unknown'])
})

test.each([undefined, null, {}, 'cleanup'])('UT-25 %o is refused: it is no function', (given) => {
  expect(() => ensure(given as never)).toThrow(UsageError)
})
