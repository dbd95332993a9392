/** Rule I: who waits for a task, and is stopped by the same cancellation as that task, has met his own cancellation. */
import {
  cancellable,
  CancelScope,
  gather,
  isCancellation,
  moveOnAfter,
  onLateError,
  run,
  sleep,
  TaskCancelledError,
  TaskGroup,
  timeout,
  within,
} from 'withal'
import type { Task } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

const forever = (): Promise<void> => sleep(Infinity)

/** Ways to wait for a task that a limit around the group stops. */
const waits: readonly (readonly [string, (group: TaskGroup) => unknown])[] = [
  ['the body', async (group) => await group.spawn(forever).result],
  ['another child', (group) => waitIn(group, group.spawn(forever))],
  ['a child of a child', (group) => waitIn(group, waitIn(group, group.spawn(forever)))],
  ['a group in it', (group) => within(new TaskGroup(), (inner) => waitIn(inner, group.spawn(forever)))],
  ['several at once', (group) => Promise.all([group.spawn(forever).result, group.spawn(forever).result])],
  ['`gather`', (group) => gather([() => group.spawn(forever).result])],
  ['`cancellable`', (group) => cancellable(group.spawn(forever).result)],
]

function waitIn(group: TaskGroup, task: Task<unknown>): Task<unknown> {
  return group.spawn(() => task.result)
}

describe.each(waits)('when %s waits for a child that is cancelled with it', (_, work) => {
  test('rule I CS-34 a limit that just leaves does so', async () => {
    await within(new TestClock({ autoAdvance: true }), async () => {
      const limit = moveOnAfter(10)
      expect(await within(limit, () => within(new TaskGroup(), work))).toBeUndefined()
      expect(limit.caught).toBe(true)
    })
  })

  test('rule I CS-33 a limit that throws throws its TimeoutError', async () => {
    await within(new TestClock({ autoAdvance: true }), async () => {
      const error = await thrownBy(() => within(timeout(10), () => within(new TaskGroup(), work)))
      expect(error).toMatchObject({ name: 'TimeoutError', allowed: 10 })
    })
  })

  test('TG-10 the group passes the cancellation on bare', async () => {
    const thrown: unknown[] = []
    await within(new CancelScope(), async (scope) => {
      await within(new TaskGroup(), async (group) => {
        group.spawn(() => scope.cancel())
        await work(group)
        await forever()
      }).catch((error: unknown) => {
        thrown.push(error)
        throw error
      })
    })
    expect(thrown.map(isCancellation)).toEqual([true])
  })

  test('TG-07 the failure of a sibling is the only one', async () => {
    const failure = new Error('boom')
    const error = await thrownBy(() =>
      within(new TaskGroup(), async (group) => {
        group.spawn(async () => {
          await sleep(1)
          throw failure
        })
        await work(group)
      }),
    )
    expect(error).toMatchObject({ errors: [failure] })
  })
})

test('rule I a child that waits for its sibling is cancelled with it by the group', async () => {
  await within(new TaskGroup(), async (group) => {
    waitIn(group, group.spawn(forever))
    await sleep(1)
    group.cancel()
  })
})

test('rule I a child that waits for one that has no place yet is cancelled with it', async () => {
  await within(new TestClock({ autoAdvance: true }), async () => {
    const work = (group: TaskGroup): Promise<unknown> =>
      group.spawn(() => group.spawn(() => 'never begun').result).result
    expect(await within(moveOnAfter(10), () => within(new TaskGroup({ limit: 1 }), work))).toBeUndefined()
  })
})

test('rule I a program that is cancelled while it waits for a task throws what has cancelled it', async () => {
  const controller = new AbortController()
  const running = run(
    async (group) => {
      const task = group.spawn(forever)
      controller.abort('enough')
      await task.result
    },
    { signal: controller.signal },
  )
  expect(await thrownBy(() => running)).toBe('enough')
})

test('rule I the one that was cancelled alone is an error for who waits, also when he is cancelled later', async () => {
  const late: unknown[] = []
  const remove = onLateError((error) => (late.push(error), 'handled'))
  const error = await thrownBy(() =>
    within(new CancelScope(), (scope) =>
      within(new TaskGroup(), async (group) => {
        const task = group.spawn(forever)
        waitIn(group, task)
        await sleep(1)
        task.cancel().catch(() => {})
        scope.cancel()
        await forever()
      }),
    ),
  )
  remove()
  expect(error).toMatchObject({ errors: [expect.any(TaskCancelledError)] })
  expect(late).toEqual([])
})
