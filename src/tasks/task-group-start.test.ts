/** `start`: a child that says when it is ready, and whose business it is until then. */
import {
  CancelScope,
  checkpoint,
  currentTask,
  isCancelled,
  moveOnAfter,
  sleep,
  StateError,
  TaskCancelledError,
  TaskGroup,
  UsageError,
  within,
} from 'withal'
import { TestClock } from 'withal/testing'
import { expect, test, vi } from 'vitest'
import { stoppingSlowly } from '../../test/slow-stop.ts'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

test('TG-28 start gives what the child says, and the child goes on in the group', async () => {
  const events: string[] = []
  await within(clock(), new TaskGroup(), async (_, group) => {
    const port = await group.start(async (started: (port: number) => void) => {
      await sleep(10)
      started(8080)
      await sleep(10)
      events.push('child ended')
    })
    events.push(`port ${port}`)
  })
  expect(events).toEqual(['port 8080', 'child ended'])
})

test('TG-28 a child may have nothing to say but that it is ready', async () => {
  await within(new TaskGroup(), async (group) => {
    expect(await group.start((started: () => void) => started())).toBeUndefined()
  })
})

test('TG-28 the child has a name, the signal and a task of its own', async () => {
  await within(new TaskGroup(), async (group) => {
    const seen = await group.start(
      (started: (seen: unknown[]) => void, signal) => started([currentTask()?.name, signal.aborted]),
      { name: 'server' },
    )
    expect(seen).toEqual(['server', false])
  })
})

test.each([
  ['at once', async () => {}],
  ['later', () => checkpoint()],
])('TG-29 an error before `started`, %s, is thrown by start, and the group does not notice', async (_, before) => {
  const failure = new Error('not ready')
  const value = await within(new TaskGroup(), async (group) => {
    const starting = group.start(async () => {
      await before()
      throw failure
    })
    expect(await thrownBy(() => starting)).toBe(failure)
    expect(group.signal.aborted).toBe(false)
    return 'undisturbed'
  })
  expect(value).toBe('undisturbed')
})

test('TG-29 an error after `started` is a failure of the group', async () => {
  const failure = new Error('broken later')
  const thrown = await thrownBy(() =>
    within(clock(), new TaskGroup(), async (_, group) => {
      await group.start(async (started: () => void) => {
        started()
        await sleep(10)
        throw failure
      })
      await sleep(Infinity)
    }),
  )
  expect(thrown).toMatchObject({ errors: [failure] })
})

test('TG-30 a child that ends without calling `started` is a mistake that start names', async () => {
  await within(new TaskGroup(), async (group) => {
    const error = await thrownBy(() => group.start(() => {}, { name: 'server' }))
    expect(error).toBeInstanceOf(StateError)
    expect(error).toMatchObject({ code: 'WITHAL_NOT_STARTED', message: expect.stringContaining('"server"') as string })
  })
})

test('TG-30 a second call of `started` throws', async () => {
  const thrown = await thrownBy(() =>
    within(new TaskGroup(), async (group) => {
      await group.start((started: (value: number) => void) => {
        started(1)
        started(2)
      })
    }),
  )
  expect(thrown).toMatchObject({ errors: [{ code: 'WITHAL_ALREADY_STARTED' }] })
})

test('TG-31 a starter that is cancelled takes the child along and waits for it; the group goes on', async () => {
  const events: string[] = []
  await within(clock(), new TaskGroup(), async (_, group) => {
    const sibling = group.spawn(() => sleep(50).then(() => events.push('sibling')))
    await within(moveOnAfter(10), async () => {
      const starting = group.start(() => stoppingSlowly(() => events.push('child')))
      expect(isCancelled(await thrownBy(() => starting))).toBe(true)
      events.push('starter')
    })
    expect(group.signal.aborted).toBe(false)
    await sibling.result
  })
  expect(events).toEqual(['child', 'starter', 'sibling'])
})

test('TG-31 what the cleanup of such a child throws is thrown by start, since nobody else has it', async () => {
  const failure = new Error('cleanup')
  await within(clock(), new TaskGroup(), async (_, group) => {
    const starting = within(moveOnAfter(10), () =>
      group.start(() => sleep(Infinity).catch(() => Promise.reject(failure))),
    )
    expect(await thrownBy(() => starting)).toBe(failure)
  })
})

test('TG-31 a starter that is cancelled after `started` leaves the child to the group', async () => {
  const ended = vi.fn<() => void>()
  await within(clock(), new TaskGroup(), async (_, group) => {
    await within(moveOnAfter(10), async () => {
      await group.start((started: () => void) => {
        started()
        return sleep(50).then(ended)
      })
      await sleep(Infinity)
    })
  })
  expect(ended).toHaveBeenCalledOnce()
})

test('TG-31 a starter whose child is cancelled by the group is not cancelled itself', async () => {
  await within(new TaskGroup(), async (group) => {
    const starting = group.start(() => sleep(Infinity), { name: 'server' })
    await checkpoint({ macrotask: true })
    group.cancel()
    const error = await thrownBy(() => starting)
    expect(error).toBeInstanceOf(TaskCancelledError)
    expect(String(error)).toContain('"server"')
  })
})

test('TG-32 a group stays open for a child that is being started', async () => {
  const events: string[] = []
  await within(clock(), new TaskGroup(), new TaskGroup(), (_, starters, group) => {
    starters.spawn(async () => {
      const value = await group.start(async (started: (value: string) => void) => {
        await sleep(10)
        started('ready')
        await sleep(10)
        events.push('ended')
      })
      events.push(value)
    })
    return checkpoint({ macrotask: true })
  })
  expect(events).toEqual(['ready', 'ended'])
})

test.each([
  ['that has not been entered', async () => new TaskGroup()],
  ['that has ended', () => within(new TaskGroup(), (group) => group)],
])('TG-33 start on a group %s is an error, and nothing is called', async (_, given) => {
  const work = vi.fn<() => void>()
  const group = await given()
  expect(await thrownBy(() => group.start(work))).toBeInstanceOf(StateError)
  await checkpoint({ macrotask: true })
  expect(work).not.toHaveBeenCalled()
})

test('TG-33 start refuses what is no function', async () => {
  await within(new TaskGroup(), async (group) => {
    expect(await thrownBy(() => group.start(Promise.resolve() as never))).toBeInstanceOf(UsageError)
  })
})

test('TG-31 start in a cancelled scope is refused, and nothing is called', async () => {
  const scope = new CancelScope()
  const work = vi.fn<() => void>()
  await within(new TaskGroup(), scope, async (group) => {
    scope.cancel()
    expect(isCancelled(await thrownBy(() => group.start(work)))).toBe(true)
    expect(group.size).toBe(0)
  })
  expect(work).not.toHaveBeenCalled()
})
