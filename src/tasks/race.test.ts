import { anyOf, ErrorGroup, isCancelled, moveOnAfter, onLateError, race, sleep, UsageError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { stoppingSlowly } from '../../test/slow-stop.ts'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })
const failing = (failure: unknown, duration: number) => (): Promise<never> =>
  sleep(duration).then(() => Promise.reject(failure as Error))
const failingCleanup = (failure: unknown) => (): Promise<void> =>
  sleep(Infinity).catch(() => Promise.reject(failure as Error))

/** What went to `onLateError` while something ran. */
async function lateDuring(work: () => Promise<unknown>): Promise<unknown[]> {
  const late: unknown[] = []
  const remove = onLateError((error) => (late.push(error), 'handled'))
  await work().finally(remove)
  return late
}

describe('race', () => {
  test('GA-08 the first to end decides by its value, and the others have stopped when it returns', async () => {
    const stopped = vi.fn<() => void>()
    const value = await within(clock(), async () => {
      const first = await race([() => sleep(10).then(() => 'first'), () => stoppingSlowly(stopped)])
      expect(stopped).toHaveBeenCalledOnce()
      return first
    })
    expect(value).toBe('first')
  })

  test('GA-08 the first to end decides by its error', async () => {
    const failure = new Error('first')
    expect(await thrownBy(() => within(clock(), () => race([failing(failure, 5), () => sleep(10)])))).toBe(failure)
  })

  test('GA-08 what the cleanup of a loser throws is a late error', async () => {
    const failure = new Error('cleanup')
    expect(await lateDuring(() => race([() => 'first', failingCleanup(failure)]))).toEqual([failure])
  })

  test('GA-08 when the caller is cancelled, all have stopped, and its Cancelled passes', async () => {
    await within(clock(), moveOnAfter(5), async () => {
      expect(isCancelled(await thrownBy(() => race([() => sleep(Infinity), () => sleep(Infinity)])))).toBe(true)
    })
  })

  test('GA-08 in a cancelled scope nothing is called', async () => {
    const work = vi.fn<() => void>()
    await within(moveOnAfter(0), () => race([work]))
    expect(work).not.toHaveBeenCalled()
  })

  test('GA-08 a race of nobody is refused', async () => {
    expect(await thrownBy(() => race([]))).toBeInstanceOf(UsageError)
  })
})

describe('anyOf', () => {
  test('GA-09 the first success decides, and failures before it do not count', async () => {
    const stopped = vi.fn<() => void>()
    const late = await lateDuring(async () => {
      const value = await within(clock(), () =>
        anyOf([
          failing(new Error('down'), 1),
          () => sleep(10).then(() => 'mirror'),
          () => sleep(Infinity).finally(stopped),
        ]),
      )
      expect(value).toBe('mirror')
    })
    expect([late, stopped.mock.calls.length]).toEqual([[], 1])
  })

  test('GA-09 when all fail, it throws their errors in the order of the functions', async () => {
    const [slow, fast] = [new Error('slow'), new Error('fast')]
    const thrown = await thrownBy(() => within(clock(), () => anyOf([failing(slow, 10), failing(fast, 5)])))
    expect(thrown).toBeInstanceOf(ErrorGroup)
    expect(thrown).toMatchObject({ errors: [slow, fast] })
  })

  test('GA-09 of nobody it is refused', async () => {
    expect(await thrownBy(() => anyOf([]))).toBeInstanceOf(UsageError)
  })

  test('GA-09 what the cleanup of a loser throws is a late error', async () => {
    const failure = new Error('cleanup')
    expect(await lateDuring(() => anyOf([() => 'first', failingCleanup(failure)]))).toEqual([failure])
  })

  test('GA-09 what cleanup throws when the caller is cancelled is thrown', async () => {
    const failure = new Error('cleanup')
    const attempts = [failing(new Error('down'), 1), failingCleanup(failure)]
    expect(await thrownBy(() => within(clock(), moveOnAfter(5), () => anyOf(attempts)))).toBe(failure)
  })

  test('GA-09 when the caller is cancelled, its Cancelled passes', async () => {
    await within(clock(), moveOnAfter(5), async () => {
      const attempts = [failing(new Error('down'), 1), () => sleep(Infinity)]
      expect(isCancelled(await thrownBy(() => anyOf(attempts)))).toBe(true)
    })
  })
})
