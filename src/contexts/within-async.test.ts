/** ACM-19 has no counterpart: closing a generator throws nothing into it in JavaScript; see GM-21. */
// oxlint-disable unicorn/no-thenable -- what is thenable is what is tested
import { nullContext, within } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { asyncManager, syncManager, waitingForms } from '../../test/scripted-managers.ts'
import { thrownBy } from '../../test/thrown.ts'

const asyncForms = waitingForms.filter(({ form }) => form !== 'within a sync manager')

describe.each(asyncForms)('$form', ({ run }) => {
  test('ACM-07 an exit that is rejected with another error passes that bare, with the one of the body as its cause', async () => {
    const [newer, older] = [new RangeError('exit'), new Error('body')]
    expect(await thrownBy(() => run({ exit: () => Promise.reject(newer) }, () => Promise.reject(older)))).toBe(newer)
    expect(newer.cause).toBe(older)
  })

  test('ACM-07 an exit that is rejected with the error it was told lets it pass bare', async () => {
    const error = new Error('body')
    expect(await thrownBy(() => run({ exit: () => Promise.reject(error) }, () => Promise.reject(error)))).toBe(error)
    expect('cause' in error).toBe(false)
  })

  test('ACM-08 an exit whose promise gives exactly `true` swallows the error', async () => {
    const exit = (): Promise<true> => new Promise((resolve) => setImmediate(resolve, true))
    expect(await run({ exit }, () => Promise.reject(new Error('body')))).toBeUndefined()
  })

  test.each([1, 'true', {}, Promise.resolve(1)])(
    'ACM-08 an exit whose promise gives %s lets it pass',
    async (answer) => {
      const error = new Error('body')
      expect(await thrownBy(() => run({ exit: async () => answer }, () => Promise.reject(error)))).toBe(error)
    },
  )
})

describe('the asynchronous form', () => {
  test('ACM-01 waits for enter, for the body and for exit, one after another', async () => {
    const events: string[] = []
    const step = async (name: string): Promise<void> => {
      events.push(`${name} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      events.push(`${name} ends`)
    }
    const manager = { '~enterAsync': () => step('enter'), '~exitAsync': () => step('exit') }
    await within(manager, () => step('body'))
    expect(events).toEqual(['enter', 'body', 'exit'].flatMap((name) => [`${name} begins`, `${name} ends`]))
  })

  test('ACM-14 hands a thenable value to the body untouched', async () => {
    const thenable = { then: vi.fn<() => void>() }
    const seen: unknown[] = []
    await within(nullContext(thenable), (value) => void seen.push(value))
    await within(nullContext(), nullContext(thenable), (_, value) => void seen.push(value))
    expect(seen.map((value) => value === thenable)).toEqual([true, true])
    expect(thenable.then).not.toHaveBeenCalled()
  })

  test.each([1, 2])('ACM-15 a body of %s that throws at once gives a rejection, after exit has run', async (number) => {
    const exit = vi.fn<() => void>()
    const manager = asyncManager({ exit })
    const result = number === 1 ? within(manager, throws('at once')) : within(nullContext(), manager, throws('at once'))
    expect(result).toBeInstanceOf(Promise)
    expect(await thrownBy(() => result)).toBe('at once')
    expect(exit).toHaveBeenCalledOnce()
  })

  test('ACM-15 an enter that throws at once gives a rejection', async () => {
    const result = within({ '~enterAsync': throws('at once'), '~exitAsync': () => {} }, () => {})
    expect(await thrownBy(() => result)).toBe('at once')
  })

  test('ACM-15 a body that is not async may give a plain value', async () => {
    expect(await within(asyncManager({}), () => 'plain')).toBe('plain')
  })

  test.each([undefined, 'body', {}, nullContext()])('refuses %s in the place of the body', async (given) => {
    const error = await thrownBy(() => within(nullContext(), given as never))
    expect(error).toMatchObject({ name: 'UsageError', code: 'WITHAL_INVALID_ARGUMENT' })
    expect((error as Error).message).toMatch(/`within` got (undefined|"body"|an object) as its last .*Give a function/)
  })

  test('enters nothing when there is no body', async () => {
    const enter = vi.fn<() => void>()
    await thrownBy(() => within(syncManager({ enter }), nullContext(), null as never))
    expect(enter).not.toHaveBeenCalled()
  })
})

function throws(error: unknown): () => never {
  return () => {
    throw error
  }
}
