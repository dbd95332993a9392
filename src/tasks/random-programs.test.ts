/**
 * Random programs of groups, scopes, shields, tasks and managers. Whatever they do: no task outlives its group, no error is lost
 * or comes twice, every manager is exited, and nothing is left behind. `WITHAL_PROGRAMS=20000` runs that many.
 */
import fc from 'fast-check'
import { diagnose, observe } from 'withal'
import { expect, test } from 'vitest'
import { program, Run } from '../../test/random-programs.ts'

const programs = Number(process.env['WITHAL_PROGRAMS'] ?? 300)

/** Runs so many drawn programs; `look` may find faults of its own after each. */
async function runMany(count: number, look: () => string[] = () => []): Promise<void> {
  const unhandled: unknown[] = []
  const note = (error: unknown): number => unhandled.push(error)
  process.on('unhandledRejection', note)
  await fc.assert(
    fc.asyncProperty(program, async (drawn) => {
      const run = new Run()
      await run.run(drawn)
      expect([...run.faults, ...look(), ...unhandled.splice(0)]).toEqual([])
    }),
    { numRuns: count, timeout: 5_000 },
  )
  process.off('unhandledRejection', note)
}

test(
  `${programs} random programs lose no error, leave nothing running and nothing open`,
  () => runMany(programs),
  Math.max(20_000, programs * 20),
)

const observed = Math.ceil(programs / 3)

test(
  `${observed} random programs do no worse while all is watched, and everything that began is said to have ended`,
  async () => {
    const open = new Map<string, number>()
    const stopObserving = observe(({ type }) => {
      const [what = '', event = ''] = type.split('-')
      const change = ['started', 'opened', 'entered'].includes(event) ? 1 : event === 'cancelled' ? 0 : -1
      if (type !== 'late-error') open.set(what, (open.get(what) ?? 0) + change)
    })
    const stopDiagnosing = diagnose(() => {})
    await runMany(observed, () => {
      const left = [...open].filter(([, count]) => count !== 0).map(([what, count]) => `${count} times ${what}`)
      open.clear()
      return left
    })
    stopDiagnosing()
    stopObserving()
  },
  Math.max(20_000, observed * 60),
)
