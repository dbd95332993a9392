import { stopwatch, within, withinSync } from 'withal'
import { describe, expect, test, vi } from 'vitest'
import { throwing } from '../../test/both-stacks.ts'
import { HandClock } from '../../test/hand-clock.ts'
import { thrownBy } from '../../test/thrown.ts'

describe('stopwatch', () => {
  test('measures from entering to exiting, in milliseconds', async () => {
    const clock = new HandClock()
    await clock.run(async () => {
      const watch = stopwatch()
      await clock.turn(5)
      expect(watch.elapsed).toBe(0)
      await within(watch, async () => {
        await clock.turn(250)
        expect(watch.elapsed).toBe(250)
        await clock.turn(50)
      })
      await clock.turn(1000)
      expect(watch.elapsed).toBe(300)
    })
  })

  test('entered again, starts from zero', async () => {
    const clock = new HandClock()
    await clock.run(async () => {
      const watch = stopwatch()
      await within(watch, () => clock.turn(100))
      await within(watch, () => clock.turn(7))
      expect(watch.elapsed).toBe(7)
    })
  })

  test('takes the clock of the frame in which it is entered, not of where it was made', async () => {
    const clock = new HandClock()
    const watch = stopwatch()
    await clock.run(() => within(watch, () => clock.turn(40)))
    expect(watch.elapsed).toBe(40)
  })

  test('reports itself and the outcome when the body has ended, and swallows nothing', async () => {
    const report = vi.fn<(watch: unknown, outcome: unknown) => void>()
    const error = new Error('body')
    const watch = stopwatch('parse', { report })
    expect(await thrownBy(async () => withinSync(watch, throwing(error)))).toBe(error)
    expect(report.mock.calls).toEqual([[watch, { status: 'failed', error }]])
  })

  test.each([
    ['parse', 'parse took 12.000 ms', () => {}],
    ['save', 'save took 12.000 ms (failed)', throwing(new Error('body'))],
  ])('with the label %s, prints a line by default', async (label, line, end) => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => {})
    const clock = new HandClock()
    await clock.run(() => within(stopwatch(label), () => clock.turn(12).then(end))).catch(() => {})
    expect(print.mock.calls).toEqual([[line]])
    print.mockRestore()
  })

  test('without a label, prints nothing', () => {
    const print = vi.spyOn(console, 'log').mockImplementation(() => {})
    withinSync(stopwatch(), () => {})
    expect(print).not.toHaveBeenCalled()
    print.mockRestore()
  })
})
