// oxlint-disable unicorn/no-thenable -- what is thenable is what is tested
/** TG-23, TG-24: the result of a task, whenever it is read, however it ends, and whatever its function gives. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { checkpoint, currentTask, sleep, TaskCancelledError, TaskGroup, within } from 'withal'
import type { Task } from 'withal'
import { describe, expect, test } from 'vitest'
import { thrownBy } from '../../test/thrown.ts'

/** How a result settled, in a word and a value. */
async function settledAs(result: Promise<unknown>): Promise<readonly [string, unknown]> {
  return await result.then(
    (value) => ['value', value] as const,
    (error: unknown) => ['error', error] as const,
  )
}

const moments: readonly (readonly [string, (task: Task<unknown>) => Promise<void>])[] = [
  ['before it begins', async () => {}],
  ['while it runs', () => checkpoint({ macrotask: true })],
  ['when it has ended', (task) => task.cancel().catch(() => {})],
]

describe.each(moments)('a result that is read %s', (_, moment) => {
  test('TG-23 is the value, the same promise each time', async () => {
    await within(new TaskGroup(), async (group) => {
      const task = group.spawn(() => sleep(Infinity).catch(() => 'value'))
      await moment(task)
      const { result } = task
      await task.cancel()
      expect(await settledAs(result)).toEqual(['value', 'value'])
      expect(task.result).toBe(result)
    })
  })

  test('TG-23 TG-24 rejects with its own error, and never counts as unhandled', async () => {
    const failure = new Error('child')
    const group = new TaskGroup({ supervise: true })
    const seen: unknown[] = []
    await thrownBy(() =>
      within(group, async () => {
        const task = group.spawn(() => sleep(Infinity).catch(() => Promise.reject(failure)))
        await moment(task)
        const { result } = task
        await task.cancel().catch(() => {})
        await checkpoint({ macrotask: true }) // an unhandled rejection would be declared here
        seen.push(await settledAs(result), task.result === result)
      }),
    )
    expect(seen).toEqual([['error', failure], true])
  })

  test('TG-09 rule I rejects with a TaskCancelledError when it was cancelled', async () => {
    await within(new TaskGroup(), async (group) => {
      const task = group.spawn(() => sleep(Infinity))
      await moment(task)
      const { result } = task
      await task.cancel()
      await checkpoint({ macrotask: true }) // as above
      expect(await settledAs(result)).toEqual(['error', expect.any(TaskCancelledError)])
      expect(task.result).toBe(result)
    })
  })
})

describe('what a child gives', () => {
  test.each([
    ['a value', () => 'value'],
    ['a promise', async () => 'value'],
    ['a thenable', () => ({ then: (resolve: (value: string) => void) => resolve('value') })],
    ['a promise of another kind', () => Impatient.resolve('value')],
  ])('TG-23 may be %s', async (_, fn: () => unknown) => {
    expect(await within(new TaskGroup(), (group) => group.spawn(fn).result)).toBe('value')
  })

  test('TG-23 a thenable that is settled in the frame of another child ends its own', async () => {
    const seen: unknown[] = []
    await within(new TaskGroup(), async (group) => {
      let settle = (_value: string): void => {}
      const thenable = { then: (resolve: (value: string) => void) => void (settle = resolve) }
      const first = group.spawn(() => thenable as unknown as PromiseLike<string>) // as much of one as is needed
      const second = group.spawn(async () => {
        await checkpoint({ macrotask: true })
        settle('from the second')
        seen.push(first.running, currentTask() === second)
      })
      expect(await first.result).toBe('from the second')
    })
    expect(seen).toEqual([false, true])
  })
})

/** A promise that the platform did not make. */
class Impatient<T> extends Promise<T> {
  override then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return super.then(onValue, onError)
  }
}

describe("what others keep for the running code (another library's storage)", () => {
  const traces = new AsyncLocalStorage<string>()

  test('TG-40 is that of the spawner in a child', async () => {
    await within(new TaskGroup(), async (group) => {
      const [first, second] = ['first', 'second'].map((trace) =>
        traces.run(trace, () => group.spawn(async () => (await checkpoint(), traces.getStore()))),
      ) as [Task<string>, Task<string>] // two of them
      expect([await first.result, await second.result, traces.getStore()]).toEqual(['first', 'second', undefined])
    })
  })

  test('TG-40 TG-41 is that of the spawner in a child that had to wait for a place', async () => {
    await within(new TaskGroup({ limit: 1 }), async (group) => {
      traces.run('first', () => group.spawn(() => checkpoint({ macrotask: true })))
      const second = traces.run('second', () => group.spawn(() => traces.getStore()))
      expect(await second.result).toBe('second')
    })
  })
})
