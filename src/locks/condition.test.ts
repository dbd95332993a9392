import { CancelScope, Condition, moveOnAfter, Mutex, sleep, StateError, TaskGroup, TimeoutError, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'
import { settled } from '../../test/hand-clock.ts'
import { thrownAtOnceBy, thrownBy } from '../../test/thrown.ts'

/** Begins a wait in a block of its own, and logs when it goes on. */
async function waiterOf(condition: Condition, log: string[], name: string): Promise<void> {
  await within(condition, async () => {
    await condition.wait()
    expect(condition.locked).toBe(true)
    log.push(name)
  })
}

describe('a condition', () => {
  test('LK-10 refuses to wait and to notify while nobody holds its lock', async () => {
    const condition = new Condition({ name: 'stock' })
    const errors = [
      await thrownBy(() => condition.wait()),
      await thrownBy(() => condition.waitFor(() => true)),
      thrownAtOnceBy(() => condition.notify()),
      thrownAtOnceBy(() => condition.notifyAll()),
    ]
    for (const error of errors) {
      expect(error).toBeInstanceOf(StateError)
      expect(error).toMatchObject({ code: 'WITHAL_NOT_HELD' })
    }
    expect(String(errors[0])).toContain('`wait` of the condition "stock"')
  })

  test('LK-10 lets go of the lock while it waits, and holds it again when it returns', async () => {
    const condition = new Condition()
    const log: string[] = []
    const waiting = waiterOf(condition, log, 'woken')
    await settled()
    expect([condition.locked, condition.waiting]).toEqual([false, 1])
    await within(condition, async () => {
      condition.notify()
      await settled()
      expect(log).toEqual([]) // the lock is held here
    })
    await waiting
    expect(log).toEqual(['woken'])
    expect(condition.locked).toBe(false)
  })

  test.for(['cancelled', 'timed out', 'aborted'] as const)(
    'LK-10 holds the lock again also when its wait was %s, even if somebody has it meanwhile',
    async (how) => {
      await within(new TestClock(), new CancelScope(), async (clock, scope) => {
        const condition = new Condition()
        const controller = new AbortController()
        const log: string[] = []
        const block = within(condition, async () => {
          const error = await thrownBy(() => condition.wait({ timeout: 50, signal: controller.signal }))
          log.push('held again')
          expect(condition.locked).toBe(true)
          return error
        })
        await settled()
        const other = await condition.lock.acquire()
        if (how === 'cancelled') scope.cancel()
        else if (how === 'aborted') controller.abort('enough')
        else await clock.advance(50)
        await settled()
        expect(log).toEqual([])
        other.release()
        const error = await block
        if (how === 'timed out') expect(error).toBeInstanceOf(TimeoutError)
        else expect(error).toBe(how === 'aborted' ? 'enough' : scope.signal.reason)
        expect([condition.locked, condition.waiting]).toEqual([false, 0])
      })
    },
  )

  test('LK-11 who is cancelled in the turn of its notification returns, and the notification is not lost', async () => {
    const condition = new Condition()
    const log: string[] = []
    const scope = new CancelScope()
    const first = within(scope, () =>
      within(condition, async () => {
        await condition.wait()
        log.push('first')
        log.push(((await thrownBy(() => sleep(1))) as Error).name)
      }),
    )
    await settled()
    await within(condition, () => {
      condition.notify()
      scope.cancel()
    })
    await first
    expect(log).toEqual(['first', 'AbortError'])
  })

  test('LK-11 who is cancelled before the notification leaves it to the next', async () => {
    const condition = new Condition()
    const log: string[] = []
    const scope = new CancelScope()
    const first = within(scope, () => waiterOf(condition, log, 'first'))
    await settled()
    const second = waiterOf(condition, log, 'second')
    await settled()
    await within(condition, () => {
      scope.cancel()
      condition.notify()
    })
    await Promise.all([first, second])
    expect(log).toEqual(['second'])
  })

  test('LK-12 notifies so many, or all, in the order of waiting', async () => {
    const condition = new Condition()
    const log: string[] = []
    const waiting: Promise<void>[] = []
    for (const name of ['a', 'b', 'c', 'd']) {
      waiting.push(waiterOf(condition, log, name))
      await settled()
    }
    await within(condition, () => condition.notify(2))
    await settled()
    expect(log).toEqual(['a', 'b'])
    await within(condition, () => condition.notifyAll())
    await Promise.all(waiting)
    expect(log).toEqual(['a', 'b', 'c', 'd'])
  })

  test('LK-12 `waitFor` asks again after each notification, and gives what the predicate gave', async () => {
    const condition = new Condition()
    const items: string[] = []
    const value = await within(new TaskGroup(), async (group) => {
      const taken = group.spawn(() => within(condition, () => condition.waitFor(() => items[1])))
      for (const item of ['one', 'two']) {
        await settled()
        await within(condition, () => {
          items.push(item)
          condition.notifyAll()
        })
      }
      return await taken.result
    })
    expect(value).toBe('two')
  })

  test('LK-12 `waitFor` has one limit for all its waits', async () => {
    const condition = new Condition()
    await within(new TestClock(), async (clock) => {
      const waiting = thrownBy(() => within(condition, () => condition.waitFor(() => false, { timeout: 100 })))
      for (let i = 0; i < 3; i++) {
        await clock.advance(40)
        if (i < 2) await within(condition, () => condition.notify())
      }
      expect(await waiting).toBeInstanceOf(TimeoutError)
      expect(condition.locked).toBe(false)
    })
  })

  test('LK-12 `waitFor` with a timeout of 0 asks once', async () => {
    const condition = new Condition()
    expect(await within(condition, () => condition.waitFor(() => 'there', { timeout: 0 }))).toBe('there')
    expect(await thrownBy(() => within(condition, () => condition.waitFor(() => 0, { timeout: 0 })))).toBeInstanceOf(
      TimeoutError,
    )
  })

  test('LK-13 a lock that is given is shared', async () => {
    const lock = new Mutex()
    const [filled, emptied] = [new Condition({ lock }), new Condition({ lock })]
    using _held = await lock.acquire()
    expect([filled.locked, emptied.locked]).toEqual([true, true])
    expect(filled.lock).toBe(emptied.lock)
    filled.notify()
  })

  test('a block that is left by a limit of time in a wait ends with the lock free', async () => {
    const condition = new Condition()
    await within(new TestClock({ autoAdvance: true }), async () => {
      await within(moveOnAfter(30), () => within(condition, () => condition.wait()))
    })
    expect([condition.locked, condition.waiting]).toEqual([false, 0])
  })

  test('is acquired like its lock', async () => {
    const condition = new Condition()
    {
      using _permit = await condition.acquire()
      expect(condition.lock.locked).toBe(true)
    }
    expect(condition.locked).toBe(false)
  })
})
