/** Which errors come out of a group, in which shape, and what is no error. */
import {
  cancellable,
  ErrorGroup,
  othersOf,
  shield,
  sleep,
  TaskCancelledError,
  TaskGroup,
  throwIfCancelled,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

/** Fails after so many milliseconds. */
async function failing(error: unknown, duration = 0): Promise<never> {
  await sleep(duration)
  throw error
}

/** Fails with an error when it is cancelled. */
async function failingCleanup(error: unknown): Promise<void> {
  try {
    await sleep(Infinity)
  } catch {
    throw error
  }
}

async function errorsOf(body: (group: TaskGroup) => unknown): Promise<unknown[]> {
  const thrown = await thrownBy(() => within(clock(), new TaskGroup(), (_, group) => body(group)))
  expect(thrown).toBeInstanceOf(ErrorGroup)
  return (thrown as ErrorGroup).errors
}

describe('a failing child', () => {
  test('TG-03 R3 cancels its siblings and the body, and the group waits for them', async () => {
    const events: string[] = []
    const slowCleanup = async (name: string): Promise<void> => {
      try {
        await sleep(Infinity)
      } finally {
        await shield(() => sleep(10))
        events.push(`${name} has cleaned up`)
      }
    }
    const failure = new Error('child')
    const errors = await errorsOf(async (group) => {
      group.spawn(() => failing(failure, 5))
      group.spawn(() => slowCleanup('sibling'))
      await slowCleanup('body')
    })
    expect(errors).toEqual([failure])
    expect(events.toSorted()).toEqual(['body has cleaned up', 'sibling has cleaned up'])
  })

  test('TG-04 is in a group although it is alone, which tells the name of the group', async () => {
    const failure = new Error('child')
    const thrown = await thrownBy(() =>
      within(new TaskGroup({ name: 'workers' }), (group) => void group.spawn(() => failing(failure))),
    )
    expect(thrown).toBeInstanceOf(ErrorGroup)
    expect(thrown).toMatchObject({ message: expect.stringContaining('workers failed') as string, errors: [failure] })
  })

  test('TG-04 is thrown bare, with the others attached, by a group that is told to', async () => {
    const [first, second] = [new Error('first'), new Error('second')]
    const thrown = await thrownBy(() =>
      within(clock(), new TaskGroup({ errors: 'first' }), (_, group) => {
        group.spawn(() => failing(first, 5))
        group.spawn(() => failingCleanup(second))
      }),
    )
    expect(thrown).toBe(first)
    expect(othersOf(thrown)).toEqual([second])
  })

  test('TG-06 comes with those that fail while they are cancelled, in order of occurrence', async () => {
    const [first, second, third] = [new Error('1'), new Error('2'), new Error('3')]
    const errors = await errorsOf(async (group) => {
      group.spawn(async () => {
        await failingCleanup(third).catch(async (error: unknown) => {
          await shield(() => sleep(10))
          throw error
        })
      })
      group.spawn(() => failingCleanup(second))
      group.spawn(() => failing(first, 5))
    })
    expect(errors).toEqual([first, second, third])
  })

  test('TG-06 comes with others that fail in the same turn', async () => {
    const [first, second] = [new Error('1'), new Error('2')]
    const throws = (error: unknown) => (): never => {
      throw error
    }
    expect(await errorsOf((group) => [first, second].map((error) => group.spawn(throws(error))))).toEqual([
      first,
      second,
    ])
  })

  test('TG-18 a function that throws at once is a failure of the group, never of spawn', async () => {
    const failure = new Error('at once')
    const spawned = vi.fn<() => void>()
    const errors = await errorsOf((group) => {
      group.spawn(() => {
        throw failure
      })
      spawned()
    })
    expect(errors).toEqual([failure])
    expect(spawned).toHaveBeenCalledOnce()
  })

  test.each([undefined, null, 0, '', 'text'])('D-24 that throws %j is a failure, with that value', async (thrown) => {
    expect(await errorsOf((group) => group.spawn(() => failing(thrown)))).toEqual([thrown])
  })

  test('D-24 values without identity are listed as often as they were thrown', async () => {
    const errors = await errorsOf((group) => {
      group.spawn(() => failing('full', 5))
      group.spawn(() => failingCleanup('full'))
    })
    expect(errors).toEqual(['full', 'full'])
  })

  test('TG-23 whether its result is awaited makes no difference to the group', async () => {
    const failure = new Error('child')
    const errors = await errorsOf(async (group) => {
      const task = group.spawn(() => failing(failure, 5))
      await shield(() => expect(task.result).rejects.toBe(failure))
    })
    expect(errors).toEqual([failure])
  })

  test('TG-24 R3 that nobody waits for is no unhandled rejection', async () => {
    const unhandled = vi.fn<() => void>()
    process.on('unhandledRejection', unhandled)
    const errors = await errorsOf(async (group) => {
      const task = group.spawn(() => failing(new Error('child')))
      void task.result // oxlint-disable-line typescript/no-floating-promises -- nobody looks at it: that is the test
      await sleep(Infinity)
    })
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', unhandled)
    expect(errors).toHaveLength(1)
    expect(unhandled).not.toHaveBeenCalled()
  })

  test('TG-25 that another child waits for, and lets pass, is in the group once', async () => {
    const failure = new Error('child')
    const errors = await errorsOf((group) => {
      const task = group.spawn(() => failing(failure, 5))
      group.spawn(() => cancellable(task.result))
      group.spawn(() => task.result)
    })
    expect(errors).toEqual([failure])
  })
})

describe('a failing body', () => {
  test('TG-05 cancels the children, and its error comes first in the group, before theirs', async () => {
    const [ofBody, ofChild] = [new Error('body'), new Error('child')]
    const errors = await errorsOf(async (group) => {
      group.spawn(() => failingCleanup(ofChild))
      await failing(ofBody, 5)
    })
    expect(errors).toEqual([ofBody, ofChild])
  })

  test('TG-06 stands among the errors of the children by its time', async () => {
    const [first, ofBody, last] = [new Error('1'), new Error('body'), new Error('3')]
    const errors = await errorsOf(async (group) => {
      group.spawn(() => failing(first, 5))
      group.spawn(() => failingCleanup(last).catch((error: unknown) => shield(() => failing(error, 10))))
      await failingCleanup(ofBody)
    })
    expect(errors).toEqual([first, ofBody, last])
  })

  test('TG-12 that turns its Cancelled into another error has failed with that', async () => {
    const [ofChild, translated] = [new Error('child'), new Error('translated')]
    const errors = await errorsOf(async (group) => {
      group.spawn(() => failing(ofChild, 5))
      await failingCleanup(translated)
    })
    expect(errors).toEqual([ofChild, translated])
  })
})

describe('cancellations that are errors, and that are none', () => {
  test('TG-07 a child that ends with the Cancelled of its group adds no error', async () => {
    const failure = new Error('child')
    const errors = await errorsOf((group) => {
      group.spawn(() => failing(failure, 5))
      group.spawn(() => sleep(Infinity))
      group.spawn(async (signal) => {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
      })
    })
    expect(errors).toEqual([failure])
  })

  test('TG-08 an abort error of a foreign signal is an error like any other', async () => {
    const foreign = AbortSignal.abort()
    const errors = await errorsOf((group) => group.spawn(() => foreign.throwIfAborted()))
    expect(errors).toEqual([foreign.reason])
  })

  test('TG-08 the Cancelled of a scope elsewhere is an error like any other', async () => {
    const errors = await errorsOf(async (group) => {
      const other = new TaskGroup()
      await within(other, async () => {
        other.cancel()
        const foreign: unknown = other.signal.reason
        group.spawn(() => failing(foreign))
        await sleep(0)
      })
    })
    expect(errors).toMatchObject([{ name: 'AbortError', source: 'explicit' }])
  })

  test('TG-08 a child that waits for a cancelled one, and lets that pass, has failed', async () => {
    const errors = await errorsOf((group) => {
      const cancelled = group.spawn(() => sleep(Infinity), { name: 'cancelled one' })
      group.spawn(() => cancelled.result)
      group.spawn(() => cancelled.cancel())
    })
    expect(errors).toHaveLength(1)
    expect(errors[0]).toBeInstanceOf(TaskCancelledError)
    expect(String(errors[0])).toContain('cancelled one')
  })
})

describe('nested groups', () => {
  test('TG-13 an inner group that is cancelled by an outer child adds nothing of its own', async () => {
    const failure = new Error('outer child')
    const errors = await errorsOf(async (outer) => {
      outer.spawn(() => failing(failure, 5))
      await within(new TaskGroup(), async (inner) => {
        inner.spawn(() => sleep(Infinity))
        await sleep(Infinity)
      })
    })
    expect(errors).toEqual([failure])
  })

  test('TG-13 the error of an inner group is one member of the outer one', async () => {
    const [ofInner, ofOuter] = [new Error('inner'), new Error('outer')]
    const errors = await errorsOf((outer) => {
      outer.spawn(() => within(new TaskGroup(), (inner) => void inner.spawn(() => failing(ofInner, 5))))
      outer.spawn(() => failingCleanup(ofOuter))
    })
    expect(errors).toMatchObject([{ errors: [ofInner] }, ofOuter])
    expect(errors[0]).toBeInstanceOf(ErrorGroup)
  })

  test('TG-14 the error of an inner group that the outer body handles leaves the outer one alone', async () => {
    const value = await within(clock(), new TaskGroup(), async (_, outer) => {
      const sibling = outer.spawn(() => sleep(20).then(() => 'undisturbed'))
      await thrownBy(() => within(new TaskGroup(), (inner) => void inner.spawn(() => failing(new Error('inner'), 5))))
      return await sibling.result
    })
    expect(value).toBe('undisturbed')
  })

  test('TG-15 after a group has failed, its caller is not cancelled', async () => {
    await within(clock(), async () => {
      await thrownBy(() => within(new TaskGroup(), (group) => void group.spawn(() => failing(new Error('child')))))
      throwIfCancelled()
      await sleep(10)
    })
  })
})
