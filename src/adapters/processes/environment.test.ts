import { withinSync } from 'withal'
import { environment } from 'withal/processes'
import { expect, test } from 'vitest'

test('UT-19 variables are set in the body, and put back afterwards, also what was not there', () => {
  process.env['WITHAL_A'] = 'before'
  const inside = withinSync(environment({ WITHAL_A: undefined, WITHAL_B: 'new' }), () => [
    process.env['WITHAL_A'],
    process.env['WITHAL_B'],
  ])
  expect(inside).toEqual([undefined, 'new'])
  expect([process.env['WITHAL_A'], 'WITHAL_B' in process.env]).toEqual(['before', false])
  delete process.env['WITHAL_A']
})

test('UT-19 nested, each level puts back what it found, also after a failure', () => {
  const level = environment({ WITHAL_A: 'inner' })
  withinSync(environment({ WITHAL_A: 'outer' }), () => {
    expect(() =>
      withinSync(level, level, () => {
        throw new RangeError('failed')
      }),
    ).toThrow(RangeError)
    expect(process.env['WITHAL_A']).toBe('outer')
  })
  expect('WITHAL_A' in process.env).toBe(false)
})
