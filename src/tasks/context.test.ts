/** Contexts that are taken along: CV-06, and TG-40 for tasks that run in one. */
import {
  CancelScope,
  captureContext,
  checkpoint,
  ContextVar,
  currentScope,
  currentTask,
  sleep,
  TaskGroup,
  within,
} from 'withal'
import type { Context } from 'withal'
import { describe, expect, test } from 'vitest'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

const variable = new ContextVar<string>('variable', { default: 'default' })
const contextWith = (value: string): Promise<Context> => within(variable.bind(value), () => captureContext())

describe('a captured context', () => {
  test('CV-06 has the variables of where it was captured', async () => {
    const context = await contextWith('there')
    expect(context.run(() => variable.get())).toBe('there')
    expect(variable.get()).toBe('default')
  })

  test('CV-06 passes the result of the work on, and what it throws', async () => {
    const context = await contextWith('there')
    expect(await context.run(async () => (await Promise.resolve(), variable.get()))).toBe('there')
    const failure = new Error('no')
    const thrown = thrownAtOnceBy(() =>
      context.run(() => {
        throw failure
      }),
    )
    expect(thrown).toBe(failure)
  })

  test('CV-06 of outside of everything takes work out of everything', async () => {
    const context = captureContext()
    const seen = await within(variable.bind('here'), new CancelScope(), (_, scope) => {
      scope.cancel()
      return context.run(async () => (await checkpoint(), [variable.get(), currentScope().cancelled]))
    })
    expect(seen).toEqual(['default', false])
  })

  test('CV-06 has the scope and the task, too', async () => {
    const scope = new CancelScope()
    const seen = await within(scope, new TaskGroup(), async (_, group) => {
      const context = await group.spawn(() => captureContext(), { name: 'worker' }).result
      scope.cancel('enough')
      return await thrownBy(() => context.run(() => sleep(1)))
    })
    expect(seen).toMatchObject({ reason: 'enough' })
  })

  test('CV-06 rule G: whose scope has ended stands for the nearest one around that has not', async () => {
    await within(new CancelScope(), async () => {
      const inner = new CancelScope()
      let context = captureContext()
      await within(inner, () => {
        context = captureContext()
      })
      inner.cancel()
      await context.run(() => checkpoint())
      expect(context.run(() => currentScope().signal)).toBe(currentScope().signal)
    })
  })

  test('CV-06 can be used any number of times, also at the same time', async () => {
    const [a, b] = [await contextWith('a'), await contextWith('b')]
    const seen = await Promise.all(
      [a, b, a].map((context) => context.run(async () => (await Promise.resolve(), variable.get()))),
    )
    expect(seen).toEqual(['a', 'b', 'a'])
  })
})

describe('a task that is given a context', () => {
  test('TG-40 has its variables, before and after its waits', async () => {
    const context = await contextWith('there')
    const seen = await within(variable.bind('here'), new TaskGroup(), (_, group) => {
      const work = async (): Promise<string[]> => [variable.get(), await sleep(1).then(() => variable.get())]
      return group.spawn(work, { context }).result
    })
    expect(seen).toEqual(['there', 'there'])
  })

  test.for([true, false])('TG-40 is a task of its group all the same (eager: %s)', async (eager) => {
    const context = captureContext()
    const seen = await within(new TaskGroup(), async (group) => {
      const task = group.spawn(async () => [currentTask()?.name, await thrownBy(() => sleep(Infinity))], {
        name: 'child',
        context,
        eager,
      })
      await checkpoint({ macrotask: true })
      group.cancel('enough')
      return await task.result
    })
    expect(seen).toEqual(['child', expect.objectContaining({ reason: 'enough' })])
  })

  test('TG-40 may be started, adopted or queued with one', async () => {
    const context = await contextWith('there')
    const seen: string[] = []
    await within(new TaskGroup({ limit: 1 }), async (group) => {
      await group.start(async (started: () => void) => (seen.push(variable.get()), started()), { context })
      group.spawn(() => sleep(1))
      group.spawn(() => seen.push(variable.get()), { context })
      group.adopt(Promise.resolve(), { context })
    })
    expect(seen).toEqual(['there', 'there'])
  })

  test('TG-40 without one it has those of who spawns it, who keeps his own', async () => {
    const context = await contextWith('there')
    const seen = await within(variable.bind('here'), new TaskGroup(), async (_, group) => {
      group.spawn(async () => {}, { context })
      return [variable.get(), await group.spawn(async () => variable.get()).result]
    })
    expect(seen).toEqual(['here', 'here'])
  })

  test.for([[{}], [null], ['context']])('TG-40 %j is no context, and is refused', async ([context]) => {
    await within(new TaskGroup(), (group) => {
      const thrown = thrownAtOnceBy(() => group.spawn(() => {}, { context: context as never }))
      expect(thrown).toMatchObject({
        code: 'WITHAL_INVALID_ARGUMENT',
        message: expect.stringContaining('captureContext') as string,
      })
      expect(group.size).toBe(0)
    })
  })
})
