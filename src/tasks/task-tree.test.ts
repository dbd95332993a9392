/** TG-44: what is running, listed and printed. */
import { CancelScope, diagnose, formatTaskTree, run, runMain, shield, sleep, TaskGroup, taskTree, within } from 'withal'
import type { TaskTreeEntry } from 'withal'
import { TestClock } from 'withal/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'

const clock = (): TestClock => new TestClock({ autoAdvance: true })
let stop = (): void => {}
afterEach(() => stop())

/** The entries in words, one inside the other. */
function told(tree: readonly TaskTreeEntry[] = taskTree()): unknown[] {
  return tree.map(({ kind, name, state, children }) =>
    children.length === 0 ? `${kind} ${name} ${state}` : [`${kind} ${name} ${state}`, ...told(children)],
  )
}

describe('TG-44 the tree', () => {
  test('TG-44 has the groups and tasks around the caller, in the order in which they began', async () => {
    const seen = await within(clock(), new TaskGroup({ name: 'server' }), async (_, group) => {
      group.spawn(() => sleep(10), { name: 'one' })
      group.spawn(
        () => within(new TaskGroup({ name: 'inner' }), (inner) => void inner.spawn(() => sleep(10), { name: 'deep' })),
        { name: 'two' },
      )
      const third = group.spawn(async () => (await sleep(1), told()), { name: 'three' })
      return await third.result
    })
    expect(seen).toEqual([
      [
        'group server open',
        'task one running',
        ['task two running', ['group inner closing', 'task deep running']],
        'task three running',
      ],
    ])
  })

  test('TG-44 passes over scopes that are neither', async () => {
    const seen = await within(new CancelScope(), new TaskGroup({ name: 'outer' }), () =>
      within(new CancelScope(), () => within(new TaskGroup({ name: 'inner' }), () => told())),
    )
    expect(seen).toEqual([['group outer open', 'group inner open']])
  })

  test('TG-44 tells which tasks wait for a place, and which are cancelled', async () => {
    const seen: unknown[] = []
    await within(new TaskGroup({ name: 'workers', limit: 1 }), async (group) => {
      const stubborn = Promise.withResolvers<void>()
      group.spawn(() => stubborn.promise, { name: 'stubborn' })
      group.spawn(() => {}, { name: 'waiting' })
      seen.push(told())
      group.cancel()
      seen.push(told())
      stubborn.resolve()
    })
    expect(seen).toEqual([
      [['group workers open', 'task stubborn running', 'task waiting queued']],
      [['group workers cancelled', 'task stubborn cancelled']],
    ])
  })

  test('TG-44 has background groups, too', async () => {
    const seen = await within(new TaskGroup({ name: 'program' }), () =>
      within(new TaskGroup({ name: 'keepers', background: true }), (keepers) => {
        keepers.spawn(() => sleep(Infinity), { name: 'keeper' })
        return told()
      }),
    )
    expect(seen).toEqual([['group program open', ['group keepers open', 'task keeper running']]])
  })

  test('TG-44 has nothing of what has ended', async () => {
    const seen = await within(new TaskGroup({ name: 'outer' }), async (group) => {
      await group.spawn(async () => {}).result
      await within(new TaskGroup({ name: 'inner' }), () => {})
      return told()
    })
    expect(seen).toEqual(['group outer open'])
    expect(taskTree()).toEqual([])
  })

  test('TG-44 is that of the program of the process for who stands outside', async () => {
    const seen: unknown[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const running = runMain(() => promise, { exit: () => {} })
    await settled()
    seen.push(told())
    resolve()
    await running
    expect([...seen, told()]).toEqual([['group program open'], []])
  })

  test('TG-44 of groups nested by the thousand does not overflow', async () => {
    const nested = (depth: number): Promise<string> =>
      within(new TaskGroup(), async () => {
        await Promise.resolve() // the stack is not to grow with it
        return depth === 0 ? formatTaskTree() : await nested(depth - 1)
      })
    expect((await nested(2_000)).split('\n')).toHaveLength(2_001)
  })
})

describe('TG-44 with diagnostics on', () => {
  test('TG-44 it is told where things were opened, where tasks wait, and who has asked for whose result', async () => {
    stop = diagnose(() => {})
    const [workers] = await within(clock(), new TaskGroup({ name: 'workers' }), async (_, group) => {
      const one = group.spawn(() => sleep(10), { name: 'one' })
      group.spawn(() => one.result, { name: 'two' })
      group.spawn(() => one.result, { name: 'three' })
      await sleep(1)
      return taskTree()
    })
    expect(workers?.openedAt).toMatch(/task-tree\.test\.ts/)
    expect(workers?.children.map(({ openedAt }) => openedAt?.split('\n')[0])).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/^ +at .*task-tree\.test\.ts/)),
    )
    expect(workers?.children.map(({ askedForBy }) => askedForBy)).toEqual([['two', 'three'], [], []])
    expect(workers?.children[0]?.waitsAt).toEqual([expect.stringMatching(/^ +at .*task-tree\.test\.ts/)])
  })

  test('TG-44 who asked and has ended is not told', async () => {
    stop = diagnose(() => {})
    const seen = await within(clock(), new TaskGroup(), async (_, group) => {
      const one = group.spawn(() => sleep(10), { name: 'one' })
      await group.spawn(() => void one.result, { name: 'two' }).result
      return taskTree()
    })
    expect(seen[0]?.children.map(({ askedForBy }) => askedForBy)).toEqual([[]])
  })

  test('TG-44 groups elsewhere are found: outside of any program, and in shielded cleanup', async () => {
    stop = diagnose(() => {})
    const { promise, resolve } = Promise.withResolvers<void>()
    const cleaning = {
      '~enterAsync': () => {},
      '~exitAsync': () => within(new TaskGroup({ name: 'cleanup' }), () => promise),
    }
    const elsewhere = within(new TaskGroup({ name: 'elsewhere' }), () => promise)
    const program = within(new TaskGroup({ name: 'program' }), () => within(cleaning, () => {}))
    await settled()
    const seen = told()
    resolve()
    await Promise.all([elsewhere, program])
    expect(seen).toEqual(['group elsewhere open', ['group program open', 'group cleanup open']])
    expect(taskTree()).toEqual([])
  })

  test('TG-44 without them nothing of it is known', async () => {
    const [workers] = await within(clock(), new TaskGroup(), async (_, group) => {
      group.spawn(() => sleep(10))
      await sleep(1)
      return taskTree()
    })
    expect(workers?.children[0]).toMatchObject({ openedAt: undefined, waitsAt: [], askedForBy: [] })
  })
})

test('TG-44 as text it is a line for each, indented, with what is known', () => {
  const entry = { openedAt: undefined, waitsAt: [], askedForBy: [], children: [] }
  const place = '    at listen (server.ts:7:3)\n    at main (server.ts:1:1)'
  const tree: TaskTreeEntry[] = [
    {
      ...entry,
      kind: 'group',
      name: 'server',
      state: 'open',
      children: [
        {
          ...entry,
          kind: 'task',
          name: 'listener',
          state: 'running',
          openedAt: place,
          waitsAt: ['    at sleep (sleep.ts:1:1)'],
          askedForBy: ['main', 'other'],
          children: [{ ...entry, kind: 'group', name: 'requests', state: 'closing' }],
        },
        { ...entry, kind: 'task', name: 'keeper', state: 'cancelled', openedAt: place },
      ],
    },
    { ...entry, kind: 'group', name: 'other', state: 'open', openedAt: place },
  ]
  expect(formatTaskTree(tree).split('\n')).toEqual([
    'group "server": open',
    '├─ task "listener": running',
    '│  │  spawned at listen (server.ts:7:3)',
    '│  │  waits at sleep (sleep.ts:1:1)',
    '│  │  asked for by "main", "other"',
    '│  └─ group "requests": closing',
    '└─ task "keeper": cancelled',
    '      spawned at listen (server.ts:7:3)',
    'group "other": open',
    '   entered at listen (server.ts:7:3)',
  ])
})

test('TG-44 the tree of nothing is empty, as text, too', () => {
  expect([taskTree(), formatTaskTree()]).toEqual([[], ''])
})

test('TG-44 what runs in a shield of the caller is found', async () => {
  const seen = await within(new TaskGroup({ name: 'outer' }), () =>
    shield(() => within(new TaskGroup({ name: 'inner' }), () => told())),
  )
  expect(seen).toEqual([['group outer open', 'group inner open']])
})

test('TG-44 inside `run` it is the program', async () => {
  expect(await run(() => told())).toEqual(['group program open'])
})
