/** EG-28, rule M: two copies of the package in one program know each other's frames, scopes and errors. */
import * as ours from 'withal'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ScopeNode } from '../scope.ts'
import { thrownBy } from '../../test/thrown.ts'

let theirs: typeof ours
beforeAll(async () => {
  vi.resetModules()
  theirs = await import('../index.ts')
})
afterAll(() => vi.resetModules())

test('there are two', () => {
  expect(theirs.CancelScope).not.toBe(ours.CancelScope)
})

const pairs: readonly (readonly [string, () => readonly [typeof ours, typeof ours]])[] = [
  ['a scope of ours round code of theirs', () => [ours, theirs]],
  ['a scope of theirs round code of ours', () => [theirs, ours]],
]

describe.each(pairs)('%s', (_, copies) => {
  test('rule M cancels its waits, and takes the Cancelled', async () => {
    const [outer, inner] = copies()
    const scope = new outer.CancelScope()
    const seen: unknown[] = []
    const result = await outer.within(scope, async () => {
      const waits = [inner.sleep(60_000), inner.cancellable(new Promise(() => {}))]
      queueMicrotask(() => scope.cancel('enough'))
      for (const wait of waits) seen.push(await thrownBy(() => wait))
      await inner.checkpoint()
    })
    expect(seen.map((error) => error === scope.signal.reason)).toEqual([true, true])
    expect([result, scope.caught]).toEqual([undefined, true])
  })

  test('rule M cancels the scopes opened in it, at once', async () => {
    const [outer, inner] = copies()
    await outer.within(new outer.CancelScope(), async (scope) => {
      await inner.within(new inner.CancelScope(), new inner.CancelScope(), async (first, second) => {
        scope.cancel()
        expect([first.cancelled, second.cancelled, second.signal.aborted]).toEqual([true, true, true])
        expect(await thrownBy(() => inner.sleep(1))).toBe(scope.signal.reason)
      })
    })
  })

  test('rule M is a scope that was cancelled before another is opened in it', async () => {
    const [outer, inner] = copies()
    await outer.within(new outer.CancelScope(), async (scope) => {
      scope.cancel()
      await inner.within(new inner.CancelScope(), (opened) => expect(opened.cancelled).toBe(true))
    })
  })

  test('rule M does not cancel what is shielded in it', async () => {
    const [outer, inner] = copies()
    const results: unknown[] = []
    await outer.within(new outer.CancelScope(), async (scope) => {
      scope.cancel()
      results.push(await inner.shield(() => inner.sleep(0).then(() => 'cleaned up')))
      await inner.within(new inner.CancelScope({ shield: true }), (opened) => {
        expect(opened.cancelled).toBe(false)
        opened.shield = false
        expect(opened.cancelled).toBe(true)
      })
    })
    expect(results).toEqual(['cleaned up'])
  })

  test('rule M lets an inner scope take its own, and is not cancelled by it', async () => {
    const [outer, inner] = copies()
    await outer.within(new outer.CancelScope(), async (scope) => {
      const opened = new inner.CancelScope()
      await inner.within(opened, () => (opened.cancel(), inner.sleep(1)))
      expect([opened.caught, scope.cancelled]).toEqual([true, false])
    })
  })

  test('rule M runs tasks that it cancels', async () => {
    const [outer, inner] = copies()
    const scope = new outer.CancelScope()
    await outer.within(scope, () =>
      inner.within(new inner.TaskGroup(), async (group) => {
        const task = group.spawn(() => inner.sleep(60_000))
        await inner.checkpoint({ macrotask: true })
        scope.cancel()
        expect(await thrownBy(() => task.result)).toMatchObject({ code: 'WITHAL_TASK_CANCELLED' })
      }),
    )
  })

  test('rule M a manager of the one is entered and exited by the other', async () => {
    const [outer, inner] = copies()
    expect(await outer.within(inner.moveOnAfter(0), () => inner.sleep(1))).toBeUndefined()
    const error = await thrownBy(() => outer.within(inner.timeout(0), () => inner.sleep(1)))
    expect(error).toMatchObject({ name: 'TimeoutError', code: 'WITHAL_TIMEOUT' })
  })

  test('rule M exits are shielded', async () => {
    const [outer, inner] = copies()
    const events: string[] = []
    const manager = inner.contextManager(async function* () {
      try {
        yield
      } finally {
        await inner.sleep(0)
        events.push('cleaned up')
      }
    })
    await outer.within(new outer.CancelScope(), (scope) => inner.within(manager(), () => scope.cancel()))
    expect(events).toEqual(['cleaned up'])
  })

  test('rule M lets the variables of the inner pass through blocks of the outer', async () => {
    const [outer, inner] = copies()
    const tenant = new inner.ContextVar<string>('tenant')
    const seen = await inner.within(tenant.bind('a'), () =>
      outer.within(new outer.CancelScope(), new outer.ContextVar<string>('other').bind('b'), async () => {
        await outer.sleep(0)
        return tenant.get()
      }),
    )
    expect(seen).toBe('a')
  })

  test('EG-28 errors of the one are recognised by the other', async () => {
    const [outer, inner] = copies()
    const group = new inner.ErrorGroup([new Error('a')], 'all')
    expect(outer.isErrorGroup(group)).toBe(true)
    await inner.within(new inner.CancelScope(), (scope) => {
      scope.cancel()
      expect(outer.isCancelled(scope.signal.reason)).toBe(true)
      expect(scope.signal.reason).toBeInstanceOf(outer.Cancelled)
    })
  })

  test('rule M takes its Cancelled out of a group of the other', async () => {
    const [outer, inner] = copies()
    const real = new Error('real')
    const running = outer.within(new outer.CancelScope(), async (scope) => {
      scope.cancel()
      throw new inner.ErrorGroup([await thrownBy(() => inner.sleep(1)), real], 'all')
    })
    expect(await thrownBy(() => running)).toMatchObject({ name: 'ErrorGroup', errors: [real] })
  })
})

test('rule M a scope of theirs that has ended leaves nothing in ours', async () => {
  const { ScopeNode: TheirNode } = await import('../scope.ts')
  const parent = new ScopeNode(undefined)
  const inner = new TheirNode(parent)
  const signal = inner.signal
  inner.end()
  parent.cancel()
  expect([inner.cancelled, signal.aborted]).toEqual([undefined, false])
  expect(TheirNode).not.toBe(ScopeNode)
})
