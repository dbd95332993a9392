/**
 * What the platform, or a plain object, does already, and needs no ready-made manager.
 *
 * Not here: UT-13 to UT-15 (redirects) and the environment of UT-19 belong to `withal/processes`, UT-16 and UT-17
 * (`chdir`) and UT-18 (temporary files) to `withal/files`, `patch` of UT-19 to `withal/testing`; these come with their
 * entry points. Of UT-24, a commit by hand within the block belongs to the databases' own transactions, since here the
 * value is the user's. UT-29 (retrying) is no manager: see `retry`. UT-30 has no counterpart in JavaScript.
 */
import { ExitStack, within } from 'withal'
import type { AsyncContextManager, Outcome } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { settled } from '../../test/hand-clock.ts'
import { inScope } from '../../test/test-scope.ts'
import { thrownBy } from '../../test/thrown.ts'

describe('UT-21 a timer of the platform', () => {
  test.each([
    ['timeout', () => setTimeout(() => {}, 60_000)],
    ['interval', () => setInterval(() => {}, 60_000)],
  ])('%s on a stack is cleared when the stack is closed, and can be left unwatched', (_, start) => {
    const stack = new ExitStack()
    const timer = stack.use(start())
    expect(timer.unref().hasRef()).toBe(false)
    expect(timer.ref().hasRef()).toBe(true)
    stack.close()
    expect((timer as unknown as { _destroyed: boolean })['_destroyed']).toBe(true)
  })

  test('timeout within its body fires no more afterwards', async () => {
    const fired = vi.fn<() => void>()
    await within(setTimeout(fired, 0), () => {})
    await settled()
    await settled()
    expect(fired).not.toHaveBeenCalled()
  })
})

describe('UT-26 acquire, use and release as a plain object', () => {
  function acquiring(log: string[], fails = false): AsyncContextManager<string> {
    return {
      '~enterAsync': async () => {
        await settled()
        if (fails) throw new Error('acquire')
        log.push('acquired')
        return 'resource'
      },
      '~exitAsync': async (outcome: Outcome) => {
        await settled()
        log.push(`released: ${outcome.status}`)
      },
    }
  }

  test('release runs, and sees that the use has completed', async () => {
    const log: string[] = []
    expect(await within(acquiring(log), (resource) => resource)).toBe('resource')
    expect(log).toEqual(['acquired', 'released: completed'])
  })

  test('release runs, and sees that the use has failed', async () => {
    const log: string[] = []
    await thrownBy(() => within(acquiring(log), throwing(new Error('use'))))
    expect(log).toEqual(['acquired', 'released: failed'])
  })

  test('release does not run when acquire has failed', async () => {
    const log: string[] = []
    expect(await thrownBy(() => within(acquiring(log, true), () => {}))).toMatchObject({ message: 'acquire' })
    expect(log).toEqual([])
  })

  test('acquire is not interrupted half way: cancelled meanwhile, what it gave is released and not used', async () => {
    const log: string[] = []
    await inScope(async (scope) => {
      const running = thrownBy(() => within(acquiring(log), () => log.push('used')))
      scope.cancel()
      expect(await running).toBe(scope.cancelled)
    })
    expect(log).toEqual(['acquired', 'released: failed'])
  })
})
