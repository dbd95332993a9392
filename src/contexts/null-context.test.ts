import { AsyncExitStack, ExitStack, hold, holdSync, nullContext, within, withinSync } from 'withal'
import { describe, expect, test } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { thrownBy } from '../../test/thrown.ts'

const places: [string, (value: unknown) => Promise<unknown>][] = [
  ['within', (value) => within(nullContext(value), (given) => [given])],
  ['withinSync', async (value) => withinSync(nullContext(value), (given) => [given])],
  ['hold', async (value) => [(await hold(nullContext(value))).value]],
  ['holdSync', async (value) => [holdSync(nullContext(value)).value]],
  ['a stack', async (value) => [new ExitStack().enter(nullContext(value))]],
  ['an asynchronous stack', async (value) => [(await new AsyncExitStack().hold(nullContext(value))).value]],
]

describe.each(places)('UT-12 nullContext in %s', (_, given) => {
  test.each([1, undefined, null, 'text', Promise.resolve()])('gives %o as it is', async (value) => {
    expect(((await given(value)) as unknown[])[0]).toBe(value)
  })
})

test('UT-12 without a value it gives undefined', () => {
  expect(withinSync(nullContext(), (value) => [value])).toEqual([undefined])
})

test('UT-12 it swallows nothing, and can be entered again', async () => {
  const error = new Error('body')
  const manager = nullContext()
  expect(await thrownBy(() => within(manager, throwing(error)))).toBe(error)
  expect(await thrownBy(() => within(manager, throwing(error)))).toBe(error)
})
