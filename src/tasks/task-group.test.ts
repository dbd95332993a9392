/**
 * What a group gives: it waits for its children, runs them, and refuses what makes no sense. TG-45 and TG-46 have no
 * counterpart: there is neither SystemExit nor reference counting. Not there yet: TG-40 (a context for spawn), TG-43 (named
 * slots), TG-44 (a listing of the tree).
 */
import { checkpoint, currentScope, currentTask, sleep, StateError, TaskGroup, UsageError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

describe('waiting for children', () => {
  test('TG-01 a group waits for its children after the body, and gives the value of the body', async () => {
    const events: string[] = []
    const value = await within(clock(), new TaskGroup(), async (_, group) => {
      group.spawn(() => sleep(20).then(() => events.push('slow child')))
      group.spawn(() => sleep(10).then(() => events.push('fast child')))
      events.push('body')
      return 'value'
    })
    expect(value).toBe('value')
    expect(events).toEqual(['body', 'fast child', 'slow child'])
  })

  test('TG-01 each task has the result of its function', async () => {
    const results = await within(new TaskGroup(), async (group) => {
      const [one, two] = [group.spawn(async () => 1), group.spawn(() => 'two')]
      return [await one.result, await two.result]
    })
    expect(results).toEqual([1, 'two'])
  })

  test('TG-02 children that are spawned by children, while the group waits, are waited for', async () => {
    const events: string[] = []
    await within(clock(), new TaskGroup(), (_, group) => {
      const generation = async (number: number): Promise<void> => {
        await sleep(10)
        events.push(`child ${number}`)
        if (number < 3) group.spawn(() => generation(number + 1))
      }
      group.spawn(() => generation(1))
    })
    expect(events).toEqual(['child 1', 'child 2', 'child 3'])
  })

  test('TG-02 a child that is spawned by the last one as it ends is waited for', async () => {
    let ended = false
    await within(new TaskGroup(), (group) => {
      const last = group.spawn(() => checkpoint())
      const spawnAnother = (): unknown => group.spawn(() => checkpoint().then(() => (ended = true)))
      group.spawn(() => last.result.then(spawnAnother))
    })
    expect(ended).toBe(true)
  })

  test('TG-34 an empty group is left in a turn, also in a cancelled scope', async () => {
    const value = await within(new TaskGroup(), (outer) => {
      outer.cancel()
      return outer.spawn(() => within(new TaskGroup(), () => 'value')).result
    })
    expect(value).toBe('value')
  })

  test('TG-35 a group keeps nothing of children that have ended', async () => {
    const collected = await within(new TaskGroup(), async (group) => {
      const results: WeakRef<object>[] = []
      for (let child = 0; child < 10; child++) {
        const spawned = group.spawn(async () => ({ big: 'result' }))
        results.push(new WeakRef(spawned), new WeakRef(await spawned.result))
      }
      await checkpoint({ macrotask: true })
      globalThis.gc?.()
      expect(group.size).toBe(0)
      return results.slice(0, -2).every((result) => result.deref() === undefined)
    })
    expect(collected).toBe(true)
  })

  test('TG-35 the size of a group is the number of children that have not ended', async () => {
    await within(clock(), new TaskGroup({ limit: 1 }), async (_, group) => {
      const tasks = [1, 2, 3].map(() => group.spawn(() => sleep(10)))
      expect(group.size).toBe(3)
      await tasks[0]!.result
      expect(group.size).toBe(2)
    })
  })

  test('two that join at the same time both go on', async () => {
    const joined = vi.fn<() => void>()
    await within(clock(), new TaskGroup(), new TaskGroup(), async (_, observers, group) => {
      const child = group.spawn(() => sleep(10))
      observers.spawn(() => group.join().then(joined))
      observers.spawn(() => group.join().then(joined))
      await child.result
    })
    expect(joined).toHaveBeenCalledTimes(2)
  })
})

describe('refusals', () => {
  const methods = [
    ['spawn', (group: TaskGroup) => group.spawn(() => {})],
    ['start', (group: TaskGroup) => group.start(() => {})],
    ['adopt', (group: TaskGroup) => group.adopt(Promise.resolve())],
    ['join', (group: TaskGroup) => group.join()],
    ['signal', (group: TaskGroup) => group.signal],
  ] as const

  test.for(methods)('TG-16 %s on a group that has not been entered is refused', async ([name, call]) => {
    const error = await thrownBy(() => call(new TaskGroup({ name: 'workers' })))
    expect(error).toBeInstanceOf(StateError)
    expect(error).toMatchObject({
      code: 'WITHAL_NOT_ENTERED',
      message: expect.stringContaining(`\`${name}\``) as string,
    })
    expect(String(error)).toContain('workers that has not been entered')
  })

  test.for(methods)('TG-16 %s on a group that has ended is refused', async ([, call]) => {
    const group = new TaskGroup()
    await within(group, () => {})
    expect(await thrownBy(() => call(group))).toMatchObject({ code: 'WITHAL_ENDED' })
  })

  test('TG-16 a refused function is not called', async () => {
    const work = vi.fn<() => void>()
    expect(thrownAtOnceBy(() => new TaskGroup().spawn(work))).toBeInstanceOf(StateError)
    await checkpoint({ macrotask: true })
    expect(work).not.toHaveBeenCalled()
  })

  test('TG-17 a group is entered once', async () => {
    const group = new TaskGroup({ name: 'workers' })
    await within(group, () => {})
    const again = await thrownBy(() => within(group, () => {}))
    expect(again).toMatchObject({
      code: 'WITHAL_ALREADY_ENTERED',
      message: expect.stringContaining('workers') as string,
    })
  })

  test('TG-17 a group nested in itself is refused, and the outer one is not disturbed', async () => {
    const group = new TaskGroup()
    const value = await within(group, async () => {
      expect(await thrownBy(() => within(group, () => {}))).toMatchObject({ code: 'WITHAL_ALREADY_ENTERED' })
      return await group.spawn(async () => 'still works').result
    })
    expect(value).toBe('still works')
  })

  test.each([
    ['a running promise', Promise.resolve(), /has begun already.*`adopt`/],
    ['a number', 7, /7, not a function/],
    ['nothing', undefined, /undefined, not a function/],
  ])('TG-22 spawn refuses %s', async (_, given, says) => {
    await within(new TaskGroup(), (group) => {
      const error = thrownAtOnceBy(() => group.spawn(given as never))
      expect(error).toBeInstanceOf(UsageError)
      expect(String(error)).toMatch(says)
      expect(group.size).toBe(0)
    })
  })

  test('TG-22 spawn refuses a task', async () => {
    await within(new TaskGroup(), (group) => {
      const task = group.spawn(() => {})
      expect(thrownAtOnceBy(() => group.spawn(task as never))).toBeInstanceOf(TypeError)
    })
  })

  test('TG-22 adopt refuses what is no promise', async () => {
    await within(new TaskGroup(), (group) => {
      expect(String(thrownAtOnceBy(() => group.adopt((() => {}) as never)))).toContain('`spawn`')
    })
  })

  test.each([0, -1, 1.5, Number.NaN, '2'])('TG-41 a limit of %s is refused', (limit) => {
    expect(thrownAtOnceBy(() => new TaskGroup({ limit: limit as number }))).toBeInstanceOf(UsageError)
  })
})

describe('running children', () => {
  test('TG-18 a child starts one microtask after it was spawned', async () => {
    await within(new TaskGroup(), async (group) => {
      const work = vi.fn<() => void>()
      group.spawn(work)
      expect(work).not.toHaveBeenCalled()
      await Promise.resolve()
      expect(work).toHaveBeenCalledOnce()
    })
  })

  test('TG-20 an eager child has run to its first await when spawn returns', async () => {
    const events: string[] = []
    await within(new TaskGroup(), (group) => {
      group.spawn(
        async () => {
          events.push(`starts in ${currentTask()?.name}`)
          await checkpoint()
          events.push(`goes on in ${currentTask()?.name}`)
        },
        { eager: true, name: 'eager' },
      )
      events.push('spawned')
    })
    expect(events).toEqual(['starts in eager', 'spawned', 'goes on in eager'])
  })

  test('TG-20 an eager child leaves the frame of its spawner as it was', async () => {
    await within(new TaskGroup(), (group) => {
      const before = currentScope().signal
      group.spawn(() => checkpoint(), { eager: true })
      expect(currentScope().signal).toBe(before)
      expect(currentTask()).toBeUndefined()
    })
  })

  test('TG-20 the failure of an eager child is delivered after spawn has returned', async () => {
    const failure = new Error('at once')
    const error = await thrownBy(() =>
      within(new TaskGroup(), (group) => {
        const task = group.spawn(
          () => {
            throw failure
          },
          { eager: true },
        )
        expect([task.running, group.size, group.signal.aborted]).toEqual([true, 1, false])
      }),
    )
    expect(error).toMatchObject({ errors: [failure] })
  })

  test('TG-20 an eager child that ends at once leaves the group consistent', async () => {
    await within(new TaskGroup(), async (group) => {
      const task = group.spawn(() => 'value', { eager: true })
      expect(await task.result).toBe('value')
      expect([task.running, group.size]).toEqual([false, 0])
    })
  })

  test('TG-22 an adopted promise is waited for', async () => {
    const promised = Promise.withResolvers<string>()
    const events: string[] = []
    const running = within(new TaskGroup(), (group) => {
      const task = group.adopt(promised.promise)
      group.spawn(() => task.result.then((value) => events.push(value)))
    }).then(() => events.push('left'))
    await checkpoint({ macrotask: true })
    promised.resolve('value')
    await running
    expect(events).toEqual(['value', 'left'])
  })

  test('TG-22 an adopted promise cannot be cancelled: the group waits for it', async () => {
    const promised = Promise.withResolvers<string>()
    const left = vi.fn<() => void>()
    const running = within(new TaskGroup(), (group) => {
      group.adopt(promised.promise)
      group.cancel()
    }).then(left)
    await checkpoint({ macrotask: true })
    expect(left).not.toHaveBeenCalled()
    promised.resolve('value')
    await running
  })

  test('TG-22 an adopted promise that fails is a failure of the group, also where no place is free', async () => {
    const failure = new Error('adopted')
    const running = within(new TaskGroup({ limit: 1 }), async (group) => {
      group.spawn(() => sleep(Infinity))
      group.adopt(Promise.reject(failure))
      await sleep(Infinity)
    })
    expect(await thrownBy(() => running)).toMatchObject({ errors: [failure] })
  })
})
