import { withinSync } from 'withal'
import { patch } from 'withal/testing'
import { expect, test } from 'vitest'

class Service {
  send(text: string): number {
    return text.length
  }
}

test('UT-19 a method is replaced in the body, and inherited again afterwards', () => {
  const service = new Service()
  expect(
    withinSync(
      patch(service, 'send', () => 0),
      () => service.send('hello'),
    ),
  ).toBe(0)
  expect([service.send('hello'), Object.hasOwn(service, 'send')]).toEqual([5, false])
})

test('UT-19 an own property comes back with its flags', () => {
  const settings = Object.defineProperty({} as { mode: string }, 'mode', { value: 'a', configurable: true })
  expect(withinSync(patch(settings, 'mode', 'b'), () => settings.mode)).toBe('b')
  expect(Object.getOwnPropertyDescriptor(settings, 'mode')).toEqual({
    value: 'a',
    writable: false,
    enumerable: false,
    configurable: true,
  })
})

test('UT-19 it can be entered in itself, and restores after a failure', () => {
  const settings = { mode: 'a' }
  const patched = patch(settings, 'mode', 'b')
  expect(() =>
    withinSync(patched, patched, () => {
      throw new RangeError('failed')
    }),
  ).toThrow(RangeError)
  expect(settings.mode).toBe('a')
})
