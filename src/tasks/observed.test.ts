/** What observers hear of tasks and scopes. */
import {
  CancelScope,
  diagnose,
  gather,
  hold,
  isCancelled,
  moveOnAfter,
  observe,
  sleep,
  TaskGroup,
  timeout,
  within,
} from 'withal'
import type { Observation, ScopeMessage, Task, TaskMessage } from 'withal'
import { TestClock } from 'withal/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

const heard: Observation[] = []
let stop: () => void
beforeEach(() => {
  heard.length = 0
  stop = observe((message) => heard.push(message))
})
afterEach(() => stop())

const clock = (): TestClock => new TestClock({ autoAdvance: true })
const tasks = (): TaskMessage[] => heard.filter((message) => message.type.startsWith('task-')) as TaskMessage[] // by their type
const scopes = (): ScopeMessage[] => heard.filter((message) => message.type.startsWith('scope-')) as ScopeMessage[] // by their type

/** What was heard of tasks, in words. */
function told(): string[] {
  return tasks().map((message) => {
    const { type, task } = message
    if (type === 'task-started') return `${task.name} started in ${message.group}`
    if (type === 'task-cancelled') return `${task.name} cancelled: ${message.cancelled.source}`
    return `${task.name} ended: ${message.status}`
  })
}

describe('of a task', () => {
  test('an observer hears when it has started and ended', async () => {
    await within(new TaskGroup({ name: 'workers' }), async (group) => {
      group.spawn(async () => 1, { name: 'one' })
      await group.adopt(Promise.resolve(2), { name: 'two' }).result
      await group.start(async (started: () => void) => started(), { name: 'three' })
    })
    expect(told().toSorted()).toEqual([
      'one ended: completed',
      'one started in workers',
      'three ended: completed',
      'three started in workers',
      'two ended: completed',
      'two started in workers',
    ])
  })

  test('an observer hears that it is cancelled when it is, before it has ended', async () => {
    const scope = new CancelScope()
    await within(clock(), scope, new TaskGroup(), async (_, __, group) => {
      group.spawn(() => sleep(Infinity), { name: 'child' })
      await sleep(1)
      scope.cancel()
      heard.push({ type: 'late-error' } as Observation)
    })
    expect(
      heard.filter(({ type }) => type.startsWith('task-') || type === 'late-error').map(({ type }) => type),
    ).toEqual(['task-started', 'task-cancelled', 'late-error', 'task-ended'])
    expect(told().at(-1)).toBe('child ended: cancelled')
  })

  const cancellations: [string, (group: TaskGroup) => void][] = [
    ['explicit', (group) => group.cancel()],
    ['sibling', (group) => void group.spawn(() => Promise.reject(new Error('failed')), { name: 'other' })],
  ]
  test.for(cancellations)('an observer hears why it is cancelled: %s', async ([source, cancel]) => {
    await within(new TaskGroup(), (group) => {
      group.spawn(() => sleep(Infinity), { name: 'child' })
      cancel(group)
    }).catch(() => {})
    expect(told()).toContain(`child cancelled: ${source}`)
  })

  test('that is cancelled from the start an observer hears so', async () => {
    await within(new TaskGroup(), (group) => {
      group.cancel()
      group.spawn(() => sleep(Infinity), { name: 'child' })
    })
    expect(told()).toEqual(['child started in task group', 'child cancelled: explicit', 'child ended: cancelled'])
  })

  test('an observer hears the error that it has failed with', async () => {
    const failure = new Error('no such page')
    await thrownBy(() => within(new TaskGroup(), (group) => void group.spawn(() => Promise.reject(failure))))
    expect(tasks().at(-1)).toMatchObject({ type: 'task-ended', status: 'failed', error: failure })
  })

  test('that gives a value an observer hears of no error', async () => {
    await within(new TaskGroup(), (group) => void group.spawn(async () => 1))
    expect(tasks().at(-1)).not.toHaveProperty('error')
  })

  test('that is dropped while it waits for its place an observer hears the end', async () => {
    await within(new TaskGroup({ limit: 1 }), (group) => {
      group.spawn(() => sleep(Infinity), { name: 'running' })
      group.spawn(() => sleep(Infinity), { name: 'waiting' })
      group.cancel()
    })
    expect(told()).toContain('waiting ended: cancelled')
  })

  test('the messages have the very task that spawn gives', async () => {
    let task: Task<void> | undefined
    await within(new TaskGroup(), (group) => {
      task = group.spawn(async () => {})
    })
    expect(tasks().map((message) => message.task === task)).toEqual([true, true])
  })
})

describe('of a scope', () => {
  test('an observer hears its kind and its name, and when it is closed', async () => {
    await within(new CancelScope({ name: 'request' }), async () => {
      await within(new TaskGroup({ name: 'workers' }), () => {})
      await gather([async () => 1])
      await within(timeout(1_000), () => {})
    })
    expect(
      scopes().map((message) => (message.type === 'scope-opened' ? [message.kind, message.name] : 'closed')),
    ).toEqual([
      ['scope', 'request'],
      ['group', 'workers'],
      'closed',
      ['combinator', undefined],
      'closed',
      ['scope', undefined],
      'closed',
      'closed',
    ])
  })

  test('both messages have the same object, which tells what the scope is like', async () => {
    const scope = new CancelScope()
    await within(scope, () => {
      const { scope: seen } = scopes()[0]!
      expect([seen.ended, seen.cancelled, seen.shield, seen.deadline]).toEqual([false, undefined, false, Infinity])
      scope.cancel('enough')
      expect(isCancelled(seen.cancelled)).toBe(true)
      scope.shield = true
      scope.shield = false
    })
    const [opened, closed] = scopes()
    expect(closed?.scope).toBe(opened?.scope)
    expect(closed?.scope.ended).toBe(true)
  })

  test('parents lead to the scope it was opened in', async () => {
    await within(new CancelScope({ name: 'outer' }), () => within(moveOnAfter(1_000), () => {}))
    const [outer, inner] = scopes()
    expect(inner?.scope.parent).toBe(outer?.scope)
  })

  test('parents lead from a task to its group, and from the group to the task around', async () => {
    await within(new TaskGroup({ name: 'outer' }), (group) => {
      group.spawn(() => within(new TaskGroup({ name: 'inner' }), (inner) => void inner.spawn(async () => {})))
    })
    const [outerTask, innerTask] = tasks().filter(({ type }) => type === 'task-started')
    const [outer, inner] = scopes().filter(({ type }) => type === 'scope-opened')
    const known = new Set<unknown>([outer?.scope, inner?.scope, outerTask?.task])
    const path: unknown[] = []
    for (let scope = innerTask?.task.parent; scope !== undefined; scope = scope.parent)
      if (known.has(scope)) path.push(scope)
    expect(path).toEqual([inner?.scope, outerTask?.task, outer?.scope])
  })

  test('the task in which it was opened is told', async () => {
    await within(
      new TaskGroup(),
      (group) => void group.spawn(() => within(new CancelScope(), () => {}), { name: 'worker' }),
    )
    expect(scopes()[1]).toMatchObject({ type: 'scope-opened', task: { name: 'worker' } })
  })

  test('that was opened before somebody listened an observer does not hear', async () => {
    stop()
    await within(new CancelScope(), () => {
      stop = observe((message) => heard.push(message))
    })
    expect(scopes()).toEqual([])
  })

  test('that is held an observer hears, too', async () => {
    await using group = await hold(new TaskGroup({ background: true, name: 'keepers' }))
    expect(scopes().at(-1)).toMatchObject({ kind: 'group', name: 'keepers' })
    await group[Symbol.asyncDispose]()
    expect(scopes().map(({ type }) => type)).toEqual(['scope-opened', 'scope-closed'])
  })
})

test('with diagnostics on an observer hears where it was opened or spawned, and without them not', async () => {
  const work = (): Promise<unknown> =>
    within(new CancelScope(), new TaskGroup(), (_, group) => void group.spawn(async () => {}))
  await work()
  const stopDiagnosing = diagnose(() => {})
  await work()
  stopDiagnosing()
  const places = [...scopes(), ...tasks()].map((message) => ('openedAt' in message ? message.openedAt : 'ends'))
  const here = expect.stringMatching(/^ +at .*observed\.test\.ts/) as string
  expect(places.filter((place) => place !== 'ends')).toEqual([undefined, undefined, here, here, undefined, here])
})

test('every task that has started ends, and every scope that was opened is closed, whatever fails', async () => {
  const failing = async (): Promise<never> => {
    await sleep(1)
    throw new Error('failed')
  }
  await within(clock(), () =>
    within(new TaskGroup({ limit: 2 }), (group) => {
      for (let count = 0; count < 5; count++) group.spawn(() => gather([failing, () => sleep(Infinity)]))
    }),
  ).catch(() => {})
  const count = (type: Observation['type']): number => heard.filter((message) => message.type === type).length
  expect([count('task-started'), count('task-ended')]).toEqual([5, 5])
  expect(count('scope-closed')).toBe(count('scope-opened'))
})
