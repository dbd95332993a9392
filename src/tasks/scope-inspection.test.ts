/** What a scope says of itself to a reader of logs. */
import { inspect } from 'node:util'
import { CancelScope, moveOnAfter, within } from 'withal'
import { TestClock } from 'withal/testing'
import { describe, expect, test } from 'vitest'

describe('an inspected scope', () => {
  test('CS-55 that has not been entered says so', () => {
    expect(inspect(new CancelScope())).toBe('CancelScope (new)')
  })

  test('CS-55 says its name, its deadline and that it is a shield', async () => {
    const scope = new CancelScope({ name: 'upload', timeout: 250, shield: true })
    const seen = await within(new TestClock(), scope, () => inspect(scope))
    expect(seen).toBe('CancelScope "upload" (open, deadline 250, shield)')
  })

  test.each([
    ['cancelled', (scope: CancelScope) => scope.cancel(), 'CancelScope (open, cancelled)'],
    ['asked to stop', (scope: CancelScope) => scope.softCancel(10), 'CancelScope (open, stopping)'],
  ])('CS-55 that is %s says so', async (_, change, expected) => {
    const scope = new CancelScope()
    await within(new TestClock(), scope, () => {
      change(scope)
      expect(inspect(scope)).toBe(expected)
    })
  })

  test('CS-55 that has expired says so', async () => {
    const scope = moveOnAfter(0)
    await within(new TestClock(), scope, () => expect(inspect(scope)).toBe('CancelScope (open, expired, deadline 0)'))
    expect(inspect(scope)).toBe('CancelScope (ended, expired, deadline 0)')
  })

  test('CS-55 stands so in other objects, and in texts', async () => {
    const scope = new CancelScope()
    await within(scope, () => expect(inspect({ scope })).toBe('{ scope: CancelScope (open) }'))
    expect(String(scope)).toBe('[object CancelScope (ended)]')
  })
})
