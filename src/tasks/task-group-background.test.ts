/** Work in the background: whole groups that belong to a resource, and single children (rule D). */
import {
  CancelScope,
  checkpoint,
  currentScope,
  currentTask,
  hold,
  isCancelled,
  leaves,
  moveOnAfter,
  sleep,
  TaskGroup,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { stoppingSlowly } from '../../test/slow-stop.ts'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })
const background = (): TaskGroup => new TaskGroup({ background: true, name: 'keeper' })

describe('a background group', () => {
  test('rule D is not ambient: the body keeps the frame around it', async () => {
    const scope = new CancelScope()
    await within(scope, async () => {
      const outside = currentScope().signal
      await within(background(), () => {
        expect(currentScope().signal).toBe(outside)
        expect(currentTask()).toBeUndefined()
      })
    })
  })

  test.each([
    ['completes', async () => 'value'],
    ['fails', () => Promise.reject(new Error('body'))],
  ])('rule D cancels its children and waits for them when the body %s', async (_, body) => {
    const events: string[] = []
    await within(clock(), background(), async (_clock, group) => {
      group.spawn(() => stoppingSlowly(() => events.push('stopped')))
      await sleep(5)
      return await body()
    })
      .catch(() => {})
      .finally(() => events.push('left'))
    expect(events).toEqual(['stopped', 'left'])
  })

  test('rule D does so when it is held and left, too', async () => {
    const stopped = vi.fn<() => void>()
    await within(clock(), async () => {
      await using group = await hold(background())
      group.value.spawn(() => sleep(Infinity).finally(stopped))
      await sleep(5)
      group.complete()
    })
    expect(stopped).toHaveBeenCalledOnce()
  })

  test('rule D lets the error of the body pass bare', async () => {
    const failure = new Error('body')
    expect(await thrownBy(() => within(background(), () => Promise.reject(failure)))).toBe(failure)
  })

  test('rule D is shielded from outside, until its own exit', async () => {
    const events: string[] = []
    await within(clock(), moveOnAfter(10), background(), async (_, _scope, group) => {
      group.spawn(() => sleep(Infinity).finally(() => events.push('child')))
      await sleep(Infinity).catch(() => {})
      expect([currentScope().cancelled, group.signal.aborted]).toEqual([true, false])
      events.push('body')
    })
    expect(events).toEqual(['body', 'child'])
  })

  test('rule D a failing child cancels the scope the group was entered in, and its error comes out of the exit', async () => {
    const failure = new Error('child')
    const scope = new CancelScope()
    const met = vi.fn<(error: unknown) => void>()
    const thrown = await thrownBy(() =>
      within(clock(), scope, async () => {
        await within(background(), async (group) => {
          group.spawn(() => sleep(10).then(() => Promise.reject(failure)), { name: 'listener' })
          await sleep(Infinity).catch(met)
        })
      }),
    )
    expect(isCancelled(met.mock.calls[0]?.[0])).toBe(true)
    expect(met.mock.calls[0]?.[0]).toMatchObject({ source: 'sibling', task: 'listener', reason: failure })
    expect(leaves(thrown)).toEqual([failure])
  })

  test('rule D outside of any scope a failing child cancels nothing else, and the error comes out of the exit', async () => {
    const failure = new Error('child')
    const reached = vi.fn<() => void>()
    const thrown = await thrownBy(() =>
      within(clock(), background(), async (_, group) => {
        group.spawn(() => Promise.reject(failure))
        await sleep(10)
        reached()
      }),
    )
    expect(reached).toHaveBeenCalledOnce()
    expect(leaves(thrown)).toEqual([failure])
  })

  test('rule D the error of a child that fails during the exit comes out of it', async () => {
    const failure = new Error('cleanup')
    const thrown = await thrownBy(() =>
      within(background(), async (group) => {
        group.spawn(() => sleep(Infinity).catch(() => Promise.reject(failure)))
        await checkpoint()
      }),
    )
    expect(leaves(thrown)).toEqual([failure])
  })

  test('rule D the error of the body and those of the children both come out', async () => {
    const [ofBody, ofChild] = [new Error('body'), new Error('cleanup')]
    const thrown = await thrownBy(() =>
      within(background(), async (group) => {
        group.spawn(() => sleep(Infinity).catch(() => Promise.reject(ofChild)))
        await checkpoint()
        throw ofBody
      }),
    )
    expect(leaves(thrown, { causes: true })).toEqual(expect.arrayContaining([ofBody, ofChild]))
  })

  test('rule D a failing child cancels its siblings', async () => {
    const stopped = vi.fn<() => void>()
    await thrownBy(() =>
      within(clock(), background(), async (_, group) => {
        group.spawn(() => sleep(Infinity).finally(stopped))
        group.spawn(() => sleep(5).then(() => Promise.reject(new Error('child'))))
        await sleep(10)
        expect(stopped).toHaveBeenCalledOnce()
      }),
    )
  })

  test('R7 nested ones end last in, first out', async () => {
    const events: string[] = []
    const stopping = (name: string) => (): Promise<unknown> => stoppingSlowly(() => events.push(name))
    await within(clock(), moveOnAfter(10), background(), background(), async (_, _scope, pool, server) => {
      pool.spawn(stopping('pool'))
      server.spawn(stopping('server'))
      await sleep(Infinity)
    })
    expect(events).toEqual(['server', 'pool'])
  })
})

describe('a background child', () => {
  test('rule D is cancelled when the body and all other children have ended', async () => {
    const events: string[] = []
    await within(clock(), new TaskGroup(), async (_, group) => {
      group.spawn(() => sleep(Infinity).finally(() => events.push('keeper')), { background: true })
      group.spawn(() => sleep(20).then(() => events.push('worker')))
      await sleep(10)
      events.push('body')
    })
    expect(events).toEqual(['body', 'worker', 'keeper'])
  })

  test('rule D may be started', async () => {
    const stopped = vi.fn<() => void>()
    await within(new TaskGroup(), async (group) => {
      const serve = (started: (port: number) => void): Promise<void> => {
        started(8080)
        return sleep(Infinity).finally(stopped)
      }
      expect(await group.start(serve, { background: true })).toBe(8080)
    })
    expect(stopped).toHaveBeenCalledOnce()
  })

  test('rule D fails the group like any other', async () => {
    const failure = new Error('keeper')
    const thrown = await thrownBy(() =>
      within(new TaskGroup(), async (group) => {
        group.spawn(() => Promise.reject(failure), { background: true })
        await sleep(Infinity)
      }),
    )
    expect(thrown).toMatchObject({ errors: [failure] })
  })

  test('rule D that spawns another one while it stops leaves none behind', async () => {
    const stopped = vi.fn<() => void>()
    await within(clock(), new TaskGroup(), (_, group) => {
      const another = (): unknown => group.spawn(() => sleep(Infinity).finally(stopped), { background: true })
      group.spawn(() => sleep(Infinity).finally(another), { background: true })
    })
    expect(stopped).toHaveBeenCalledOnce()
  })

  test('TG-41 needs no place', async () => {
    const finished = vi.fn<() => void>()
    await within(clock(), new TaskGroup({ limit: 1 }), (_, group) => {
      group.spawn(() => sleep(Infinity), { background: true })
      group.spawn(() => sleep(10).then(() => finished()))
    })
    expect(finished).toHaveBeenCalledOnce()
  })

  test('join in the body does not wait for it', async () => {
    await within(clock(), new TaskGroup(), async (_, group) => {
      const keeper = group.spawn(() => sleep(Infinity), { background: true })
      const worker = group.spawn(() => sleep(10))
      await group.join()
      expect([keeper.running, worker.running]).toEqual([true, false])
    })
  })
})
