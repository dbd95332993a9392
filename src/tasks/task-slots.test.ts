/** TG-43: tasks under names. */
import { captureContext, checkpoint, ContextVar, sleep, TaskCancelledError, TaskGroup, TaskSlots, within } from 'withal'
import type { Task } from 'withal'
import { TestClock } from 'withal/testing'
import { expect, test, vi } from 'vitest'
import { stoppingSlowly } from '../../test/slow-stop.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

/** Runs a body with slots on a clock that turns itself. */
function withSlots<R>(body: (slots: TaskSlots, group: TaskGroup) => R | PromiseLike<R>): Promise<R> {
  return within(new TestClock({ autoAdvance: true }), new TaskGroup(), (_, group) => body(new TaskSlots(group), group))
}

test('TG-43 a task is started under its name, which is free again when it has ended', async () => {
  await withSlots(async (slots) => {
    const task = slots.spawn('one', () => sleep(10).then(() => 'result'))
    expect([task.name, slots.size, slots.get('one') === task, slots.get('two')]).toEqual(['one', 1, true, undefined])
    expect(await task.result).toBe('result')
    expect([slots.size, slots.get('one')]).toEqual([0, undefined])
  })
})

test('TG-43 replacing cancels the one that runs, and begins when that has ended', async () => {
  const events: string[] = []
  await withSlots(async (slots) => {
    const first = slots.spawn('one', () => stoppingSlowly(() => events.push('first has stopped')))
    await sleep(1)
    const second = slots.spawn('one', async () => void events.push('second begins'))
    expect(slots.get('one')).toBe(first)
    await second.result
    expect(await thrownBy(() => first.result)).toBeInstanceOf(TaskCancelledError)
  })
  expect(events).toEqual(['first has stopped', 'second begins'])
})

test('TG-43 replacing again leaves out what has not begun, and still waits for the one that runs', async () => {
  const events: string[] = []
  await withSlots(async (slots) => {
    slots.spawn('one', () => stoppingSlowly(() => events.push('first has stopped')))
    await sleep(1)
    slots.spawn('one', () => events.push('second begins'))
    await slots.spawn('one', () => events.push('third begins')).result
  })
  expect(events).toEqual(['first has stopped', 'third begins'])
})

test('TG-43 keeping gives the one that runs, and calls nothing', async () => {
  const second = vi.fn<() => void>()
  await withSlots(async (slots) => {
    const first = slots.spawn('one', () => sleep(10))
    expect(slots.spawn('one', second, { ifRunning: 'keep' })).toBe(first)
    await first.result
    await slots.spawn('one', second, { ifRunning: 'keep' }).result
  })
  expect(second).toHaveBeenCalledOnce()
})

test('TG-43 waiting begins one after another, in the order in which they were started', async () => {
  const events: string[] = []
  const work = (name: string) => async (): Promise<void> => {
    events.push(`${name} begins`)
    await sleep(10)
    events.push(`${name} ends`)
  }
  await withSlots(async (slots) => {
    const tasks = ['first', 'second', 'third'].map((name) => slots.spawn('one', work(name), { ifRunning: 'wait' }))
    await tasks.at(-1)?.result
  })
  expect(events).toEqual(['first begins', 'first ends', 'second begins', 'second ends', 'third begins', 'third ends'])
})

test('TG-43 one that waits begins also when the one before it was cancelled', async () => {
  await withSlots(async (slots) => {
    const first = slots.spawn('one', () => sleep(Infinity))
    const second = slots.spawn('one', () => 'result', { ifRunning: 'wait' })
    await first.cancel()
    expect(await second.result).toBe('result')
  })
})

test('TG-43 names do not disturb each other', async () => {
  await withSlots(async (slots) => {
    const one = slots.spawn('one', () => sleep(10).then(() => 1))
    const two = slots.spawn('two', () => sleep(5).then(() => 2))
    expect([await one.result, await two.result]).toEqual([1, 2])
  })
})

test('TG-43 cancelling a name stops its task and those that wait for it, and waits until they have', async () => {
  const events: string[] = []
  await withSlots(async (slots) => {
    slots.spawn('one', () => stoppingSlowly(() => events.push('stopped')))
    slots.spawn('one', () => events.push('begun'), { ifRunning: 'wait' })
    const other = slots.spawn('two', () => sleep(60_000))
    await sleep(1)
    await slots.cancel('one')
    events.push('cancelled')
    expect([slots.size, other.running]).toEqual([1, true])
    await slots.cancel('nobody')
  })
  expect(events).toEqual(['stopped', 'cancelled'])
})

test('TG-43 all are cancelled, and waited for, when the group is closed; they do not keep it open', async () => {
  const stopped = vi.fn<() => void>()
  await withSlots(async (slots, group) => {
    for (const name of ['one', 'two']) slots.spawn(name, () => stoppingSlowly(stopped))
    slots.spawn('two', () => sleep(Infinity), { ifRunning: 'wait' })
    group.spawn(() => sleep(5))
    await checkpoint()
  })
  expect(stopped).toHaveBeenCalledTimes(2)
})

test('TG-43 what one throws is a failure of the group', async () => {
  const failure = new Error('poller')
  const thrown = await thrownBy(() =>
    withSlots(async (slots) => {
      slots.spawn('one', () => Promise.reject(failure))
      await sleep(10)
    }),
  )
  expect(thrown).toMatchObject({ errors: [failure] })
})

test('TG-43 one may replace itself', async () => {
  const events: string[] = []
  await withSlots(async (slots) => {
    let next: Task<unknown> | undefined
    await thrownBy(
      () =>
        slots.spawn('one', async () => {
          next = slots.spawn('one', () => events.push('next'))
          await sleep(1).finally(() => events.push('stopped'))
        }).result,
    )
    await next?.result
  })
  expect(events).toEqual(['stopped', 'next'])
})

test('TG-43 one that asks for it gets its signal, and the variables of a context', async () => {
  const variable = new ContextVar<string>('variable')
  const context = await within(variable.bind('there'), () => captureContext())
  const seen = await withSlots(
    (slots) => slots.spawn('one', (signal) => [signal.aborted, variable.get()], { context }).result,
  )
  expect(seen).toEqual([false, 'there'])
})

test('TG-43 what makes no sense is refused, and the one that runs goes on', async () => {
  await withSlots(async (slots) => {
    const task = slots.spawn('one', () => sleep(5))
    expect(thrownAtOnceBy(() => slots.spawn('one', 'work' as never))).toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
    const odd = { ifRunning: 'later' as never }
    expect(thrownAtOnceBy(() => slots.spawn('one', () => {}, odd))).toMatchObject({ code: 'WITHAL_INVALID_ARGUMENT' })
    await task.result
  })
  const slots = new TaskSlots(new TaskGroup())
  expect(thrownAtOnceBy(() => slots.spawn('one', () => {}))).toMatchObject({ code: 'WITHAL_NOT_ENTERED' })
  expect(slots.size).toBe(0)
})
