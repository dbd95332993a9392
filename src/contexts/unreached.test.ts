/** What is given to `within` and not reached, since something before it failed, holds nothing afterwards. */
import { AsyncExitStack, contextManager, hold, nullContext, onLateError, within } from 'withal'
import { describe, expect, onTestFinished, test } from 'vitest'

const failing = contextManager(async function* failing() {
  await Promise.reject(new RangeError('no lock'))
  yield 'lock'
})

function disposable(events: string[]): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => void events.push('disposed'),
  }
}

describe('given behind a manager that fails', () => {
  test('a disposable is disposed before the failure comes out', async () => {
    const events: string[] = []
    await expect(within(failing(), disposable(events), () => 'body')).rejects.toThrow('no lock')
    expect(events).toEqual(['disposed'])
  })

  test('a handle is exited, and told the failure', async () => {
    const told: string[] = []
    const manager = {
      '~enterAsync': () => 1,
      '~exitAsync': (outcome: { status: string }) => void told.push(outcome.status),
    }
    await expect(within(failing(), await hold(manager), () => 'body')).rejects.toThrow('no lock')
    expect(told).toEqual(['failed'])
  })

  test('a promised disposable is disposed when it comes', async () => {
    const events: string[] = []
    const coming = Promise.withResolvers<AsyncDisposable>()
    await expect(within(failing(), coming.promise, () => 'body')).rejects.toThrow('no lock')
    coming.resolve(disposable(events))
    await expect.poll(() => events).toEqual(['disposed'])
  })

  test('a promise that fails is a late error, and not an unhandled rejection', async () => {
    const late: unknown[] = []
    onTestFinished(onLateError((error) => (late.push(error), 'handled')))
    const refused = new Error('ECONNREFUSED')
    const connecting: Promise<Disposable> = Promise.reject(refused)
    await expect(within(failing(), connecting, () => 'body')).rejects.toThrow('no lock')
    await expect.poll(() => late).toEqual([refused])
  })

  test('a manager that was not entered is left alone', async () => {
    const events: string[] = []
    const manager = { '~enter': () => events.push('entered'), '~exit': () => void events.push('exited') }
    await expect(within(failing(), manager, () => 'body')).rejects.toThrow('no lock')
    expect(events).toEqual([])
  })
})

test('a promise that fails before its turn comes is met at its turn', async () => {
  const slow = contextManager(async function* slow() {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    yield 'lock'
  })
  const refused = new Error('ECONNREFUSED')
  const connecting: Promise<Disposable> = Promise.reject(refused)
  await expect(within(slow(), connecting, () => 'body')).rejects.toBe(refused)
})

test.for([NaN, 'soon', null])('an exit limit of %s is refused before anything is entered', async (limit) => {
  const events: string[] = []
  const manager = {
    '~exitTimeout': limit as number,
    '~enterAsync': () => events.push('entered'),
    '~exitAsync': () => void events.push('exited'),
  }
  await expect(within(manager, () => 'body')).rejects.toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
  await expect(within(nullContext(), manager, () => 'body')).rejects.toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
  await expect(hold(manager)).rejects.toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
  await expect(new AsyncExitStack().enter(manager)).rejects.toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
  expect(events).toEqual([])
})
