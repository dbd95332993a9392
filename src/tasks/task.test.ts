/** What `spawn` gives: a task, its name, its result, its end. */
import {
  checkpoint,
  ContextVar,
  currentTask,
  gather,
  isCancelled,
  onLateError,
  shield,
  sleep,
  TaskCancelledError,
  TaskGroup,
  taskOf,
  within,
} from 'withal'
import type { Task } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test, vi } from 'vitest'
import { stoppingSlowly } from '../../test/slow-stop.ts'
import { thrownBy } from '../../test/thrown.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })

/** The error of the only child of a group, which waits for it. */
async function fail(body: (group: TaskGroup) => unknown): Promise<unknown> {
  return ((await thrownBy(() => within(new TaskGroup(), body))) as AggregateError).errors[0]
}

describe('cancelling one child', () => {
  test('TG-09 ends that child alone; the group goes on, and its exit is clean', async () => {
    const value = await within(clock(), new TaskGroup(), async (_, group) => {
      const [cancelled, sibling] = [group.spawn(() => sleep(Infinity)), group.spawn(() => sleep(20).then(() => 'done'))]
      await cancelled.cancel('enough')
      expect([cancelled.running, sibling.running]).toEqual([false, true])
      return await sibling.result
    })
    expect(value).toBe('done')
  })

  test('TG-09 rule I who waits for it gets a TaskCancelledError, with the Cancelled as its cause', async () => {
    await within(new TaskGroup(), async (group) => {
      const task = group.spawn(() => sleep(Infinity), { name: 'worker' })
      await task.cancel('enough')
      const error = (await thrownBy(() => task.result)) as Error
      expect(error).toBeInstanceOf(TaskCancelledError)
      expect(isCancelled(error)).toBe(false)
      expect(error.message).toContain('"worker"')
      expect(error.cause).toMatchObject({ name: 'AbortError', reason: 'enough' })
    })
  })

  test('TG-09 waits until its cleanup has ended', async () => {
    const events: string[] = []
    await within(clock(), new TaskGroup(), async (_, group) => {
      const task = group.spawn(() => stoppingSlowly(() => events.push('cleaned')))
      await checkpoint({ macrotask: true })
      await task.cancel()
      events.push('cancelled')
    })
    expect(events).toEqual(['cleaned', 'cancelled'])
  })

  test('TG-09 throws what its cleanup throws, which the group has, too', async () => {
    const failure = new Error('cleanup')
    const caught = vi.fn<(error: unknown) => void>()
    const error = await fail(async (group) => {
      const task = group.spawn(() => sleep(Infinity).catch(() => Promise.reject(failure)))
      await checkpoint({ macrotask: true })
      await shield(() => task.cancel()).catch(caught)
    })
    expect(caught.mock.calls).toEqual([[failure]])
    expect(error).toBe(failure)
  })

  test('TG-09 a child that does not let itself be stopped has its value all the same', async () => {
    await within(new TaskGroup(), async (group) => {
      const task = group.spawn(() => sleep(Infinity).catch(() => 'value'))
      await checkpoint({ macrotask: true })
      await task.cancel()
      expect(await task.result).toBe('value')
    })
  })

  test('TG-09 a child that cancels itself does not wait for itself', async () => {
    const stopped = vi.fn<() => void>()
    await within(new TaskGroup(), (group) => {
      group.spawn(() => currentTask()!.cancel().finally(stopped)) // it runs in a task
    })
    expect(stopped).toHaveBeenCalledOnce()
  })

  test('TG-09 cancelling one that has ended does nothing', async () => {
    await within(new TaskGroup(), async (group) => {
      const task = group.spawn(() => 'value')
      await task.result
      await task.cancel()
      expect(await task.result).toBe('value')
    })
  })
})

describe('the result', () => {
  test('TG-23 is what the child gives, also when it is read late or twice', async () => {
    await within(new TaskGroup(), async (group) => {
      const task = group.spawn(async () => ({ the: 'value' }))
      await checkpoint({ macrotask: true })
      expect(task.running).toBe(false)
      expect(await task.result).toBe(await task.result)
    })
  })

  test('TG-23 is the very error of the child, also when it is read after the group has ended', async () => {
    const failure = new Error('child')
    const tasks: Task<never>[] = []
    const error = await fail((group) => void tasks.push(group.spawn(() => Promise.reject(failure))))
    expect(error).toBe(failure)
    expect(await thrownBy(() => tasks[0]?.result)).toBe(failure)
  })

  test('rule C a task is not thenable: awaiting it gives the task', async () => {
    await within(new TaskGroup(), async (group) => {
      const task = group.spawn(() => 'value')
      expect('then' in task).toBe(false)
      expect(await Promise.resolve(task)).toBe(task)
    })
  })
})

describe('which task', () => {
  test('TG-39 a task has the name given, else that of its function', async () => {
    await within(new TaskGroup(), (group) => {
      const fetchPage = (): void => {}
      expect(group.spawn(fetchPage).name).toBe('fetchPage')
      expect(group.spawn(fetchPage, { name: 'page 7' }).name).toBe('page 7')
      expect(group.spawn(() => {}).name).toBe('task')
    })
  })

  test('TG-39 currentTask is the task whose function is running', async () => {
    await within(new TaskGroup(), async (group) => {
      expect(currentTask()).toBeUndefined()
      const task = group.spawn(async () => {
        await checkpoint()
        return currentTask()
      })
      expect(await task.result).toBe(task)
    })
  })

  test('TG-39 an error tells which task it came from, and is not changed by it', async () => {
    const failure = new Error('child')
    const before = Reflect.ownKeys(failure)
    await fail((group) => group.spawn(() => Promise.reject(failure), { name: 'page 7' }))
    expect(taskOf(failure)?.name).toBe('page 7')
    expect(Reflect.ownKeys(failure)).toEqual(before)
  })

  test('TG-39 an error that others let pass came from the first', async () => {
    const failure = new Error('child')
    await fail((group) => {
      const first = group.spawn(() => Promise.reject(failure), { name: 'first' })
      group.spawn(() => first.result, { name: 'second' })
    })
    expect(taskOf(failure)?.name).toBe('first')
  })

  test.each([undefined, null, 'text', 7, new Error('of nobody')])('TG-39 %s came from no task', (error) => {
    expect(taskOf(error)).toBeUndefined()
  })

  test('TG-40 rule B a child has the variables that are bound where it is spawned', async () => {
    const tenant = new ContextVar<string>('tenant')
    const seen = await within(new TaskGroup(), (group) =>
      gather(['a', 'b'].map((name) => () => within(tenant.bind(name), () => group.spawn(() => tenant.get()).result))),
    )
    expect(seen).toEqual(['a', 'b'])
  })
})

describe('supervising', () => {
  test('TG-42 a failing child leaves the others alone; the errors are thrown at the end', async () => {
    const [first, second] = [new Error('1'), new Error('2')]
    const finished = vi.fn<() => void>()
    const thrown = await thrownBy(() =>
      within(clock(), new TaskGroup({ supervise: true }), (_, group) => {
        group.spawn(() => Promise.reject(first))
        group.spawn(() => sleep(10).then(() => Promise.reject(second)))
        group.spawn(() => sleep(20).then(() => finished()))
      }),
    )
    expect(finished).toHaveBeenCalledOnce()
    expect(thrown).toMatchObject({ errors: [first, second] })
  })

  test('TG-42 `onError` is given each failure and its task, and nothing is thrown', async () => {
    const failure = new Error('child')
    const onError = vi.fn<(error: unknown, task: Task<unknown>) => void>()
    await within(new TaskGroup({ supervise: true, onError }), (group) => {
      group.spawn(() => Promise.reject(failure), { name: 'page 7' })
    })
    expect(onError.mock.calls).toEqual([[failure, expect.objectContaining({ name: 'page 7' })]])
  })

  test('TG-42 what `onError` throws is a failure of the group', async () => {
    const [failure, ofHandler] = [new Error('child'), new Error('handler')]
    const late = vi.fn<() => 'handled'>(() => 'handled')
    const remove = onLateError(late)
    const onError = (): never => {
      throw ofHandler
    }
    const thrown = await thrownBy(() =>
      within(new TaskGroup({ supervise: true, onError }), (group) => void group.spawn(() => Promise.reject(failure))),
    )
    remove()
    expect(thrown).toMatchObject({ errors: [ofHandler] })
    expect(late).not.toHaveBeenCalled()
  })
})
