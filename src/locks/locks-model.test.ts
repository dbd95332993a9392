/**
 * Permits in random order against a model: askers that come, are served, cancelled, aborted, out of time and leave; permits that are
 * resized. `WITHAL_PROGRAMS=20000` runs that many.
 */
import fc from 'fast-check'
import { Semaphore } from 'withal'
import type { Permit } from 'withal'
import { expect, test } from 'vitest'
import { HandClock, settled } from '../../test/hand-clock.ts'
import { inScope } from '../../test/test-scope.ts'

const programs = Number(process.env['WITHAL_PROGRAMS'] ?? 300)

type Step =
  | { readonly does: 'ask'; readonly count: number; readonly timeout: number; readonly times: number }
  | { readonly does: 'try'; readonly count: number }
  | { readonly does: 'release' | 'cancel' | 'abort'; readonly which: number }
  | { readonly does: 'resize'; readonly permits: number }
  | { readonly does: 'turn' | 'let it happen' }

const which = fc.nat(9)
const count = fc.integer({ min: 1, max: 3 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant('ask' as const),
      count,
      timeout: fc.constantFrom(0, 10, Infinity, Infinity),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  fc.record({ does: fc.constant('try' as const), count }),
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constantFrom('release' as const, 'cancel' as const, 'abort' as const), which }),
  },
  fc.record({ does: fc.constant('resize' as const), permits: fc.integer({ min: 3, max: 5 }) }),
  { weight: 2, arbitrary: fc.record({ does: fc.constantFrom('turn' as const, 'let it happen' as const) }) },
)

/** One who asks, as the model and the real thing see him. */
interface Asker {
  readonly count: number
  /** When he gives up. */
  readonly due: number
  readonly controller: AbortController
  readonly cancel: () => void
  expected: 'waiting' | 'served' | 'left' | 'released'
  actual: 'waiting' | 'served' | 'left'
  permit?: Permit
}

class Model {
  readonly askers: Asker[] = []
  permits = 3
  now = 0

  get taken(): number {
    return this.askers.filter(({ expected }) => expected === 'served').reduce((sum, asker) => sum + asker.count, 0)
  }

  get waiting(): Asker[] {
    return this.askers.filter(({ expected }) => expected === 'waiting')
  }

  serve(): void {
    for (const asker of this.waiting) {
      if (this.taken + asker.count > this.permits) return
      asker.expected = 'served'
    }
  }

  leave(asker: Asker | undefined): void {
    if (asker?.expected === 'waiting') asker.expected = 'left'
    this.serve()
  }
}

test('LK-14 in any order: first come, first served, nobody is forgotten, and no permit is lost or given twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      const clock = new HandClock()
      const model = new Model()
      const semaphore = new Semaphore(3)
      const work: Promise<void>[] = []

      const ask = (wanted: number, timeout: number): void => {
        const controller = new AbortController()
        let cancel = (): void => {}
        const asker: Asker = {
          count: wanted,
          due: model.now + timeout,
          controller,
          cancel: () => cancel(),
          expected: 'waiting',
          actual: 'waiting',
        }
        model.askers.push(asker)
        model.serve()
        if (timeout === 0) model.leave(asker)
        work.push(
          clock.run(() =>
            inScope(async (scope) => {
              cancel = () => scope.cancel()
              try {
                asker.permit = await semaphore.acquire({ count: wanted, timeout, signal: controller.signal })
                asker.actual = 'served'
              } catch {
                asker.actual = 'left'
              }
            }),
          ),
        )
      }

      for (const now of steps) {
        const asker = 'which' in now ? model.askers[now.which % Math.max(1, model.askers.length)] : undefined
        if (now.does === 'ask') for (let time = 0; time < now.times; time++) ask(now.count, now.timeout)
        if (now.does === 'try') {
          const fits = model.waiting.length === 0 && model.taken + now.count <= model.permits
          const permit = semaphore.tryAcquire({ count: now.count })
          expect(permit !== undefined).toBe(fits)
          permit?.release()
        }
        if (now.does === 'release' && asker?.expected === 'served' && asker.permit !== undefined) {
          asker.expected = 'released'
          model.serve()
          asker.permit.release()
          asker.permit.release()
        }
        if (now.does === 'cancel') {
          model.leave(asker)
          asker?.cancel()
        }
        if (now.does === 'abort') {
          model.leave(asker)
          asker?.controller.abort()
        }
        if (now.does === 'resize') {
          model.permits = now.permits
          model.serve()
          semaphore.resize(now.permits)
        }
        if (now.does === 'turn') {
          model.now += 10
          for (const late of model.waiting) if (late.due <= model.now) model.leave(late)
          await clock.turn(10)
        }
        if (now.does === 'let it happen') {
          await settled()
          for (const each of model.askers)
            expect(each.actual).toBe(each.expected === 'released' ? 'served' : each.expected)
        }
        expect(semaphore.statistics()).toEqual({
          permits: model.permits,
          free: model.permits - model.taken,
          waiting: model.waiting.length,
        })
      }

      await settled()
      for (let left = model.waiting.length + 1; left > 0; left--) {
        for (const each of model.askers) {
          if (each.expected !== 'served' || each.permit === undefined) continue
          each.expected = 'released'
          each.permit.release()
          model.serve()
        }
        await settled()
      }
      await Promise.all(work)
      expect(semaphore.statistics()).toEqual({ permits: model.permits, free: model.permits, waiting: 0 })
    }),
    { numRuns: programs },
  )
})
