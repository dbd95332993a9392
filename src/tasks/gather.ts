/** Several pieces of work at the same time, and the results of all. */
import { isThenable } from '../contexts/exits.ts'
import type { Found } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { AllTogether, waitable } from './all-together.ts'
import { checkWork, failureOf, Together } from './together.ts'
import type { Work } from './together.ts'
import { refuse } from './waiting.ts'

/** The results of a list or a record of functions. */
export type Results<F> = { -readonly [K in keyof F]: F[K] extends (...args: never[]) => infer R ? Awaited<R> : never }

/** How one piece of work has ended, as `Promise.allSettled` has it. */
export type Settled<T> =
  { readonly status: 'fulfilled'; readonly value: T } | { readonly status: 'rejected'; readonly reason: unknown }

/** The same for a list or a record of functions. */
export type SettledResults<F> = {
  -readonly [K in keyof F]: F[K] extends (...args: never[]) => infer R ? Settled<Awaited<R>> : never
}

type WorkRecord = Readonly<Record<string, Work<unknown>>>

/**
 * Runs functions at the same time and gives their results in the order given, whatever the order in which they end; a
 * record of functions gives a record of results. When one fails, the others are cancelled and waited for, and its error is
 * thrown bare; errors that come up meanwhile are attached to it (`othersOf`).
 *
 * @param options.settle  Gives how each has ended instead, and cancels nothing. Default: false.
 *   When the surrounding scope is cancelled and nothing can be given, errors that came up since then are thrown.
 * @throws Cancelled   The surrounding scope was cancelled; all have been cancelled and have ended.
 * @throws UsageError  Not functions.
 * @example
 * await gather([async () => 1, async () => 'two']) // => [1, 'two']
 * await gather({ one: async () => 1 }) // => { one: 1 }
 */
export function gather<const F extends readonly Work<unknown>[] | WorkRecord>(
  works: F,
  options?: { readonly settle?: false | undefined },
): Promise<Results<F>>
export function gather<const F extends readonly Work<unknown>[] | WorkRecord>(
  works: F,
  options: { readonly settle: true },
): Promise<SettledResults<F>>
export function gather(
  works: readonly Work<unknown>[] | WorkRecord,
  options: { readonly settle?: boolean | undefined } = {},
): Promise<unknown> {
  const all = options.settle === true ? settleList : gatherList
  if (typeof works !== 'object' || works === null || isThenable(works)) return all(works as never) // which refuses it
  return Array.isArray(works) ? all(works as readonly Work<unknown>[]) : gatherRecord(works as WorkRecord, all)
}

async function gatherRecord(works: WorkRecord, all: typeof gatherList): Promise<unknown> {
  const keys = Object.keys(works)
  const results = await all(Object.values(works))
  return Object.fromEntries(keys.map((key, index) => [key, results[index]]))
}

async function gatherList(works: readonly Work<unknown>[]): Promise<unknown[]> {
  checkWork(works, 'gather')
  const around = scopeOf(currentFrame())
  if (around?.cancelled !== undefined) return await refuse(around, around.cancelled)
  const together = new AllTogether()
  const results = await together.results(together.inside(() => works.map((work) => begun(work, together))))
  together.throwFailure()
  return results
}

/** What it gave, or nothing when it failed at once. */
function begun(work: Work<unknown>, together: AllTogether): unknown {
  try {
    return waitable(together.call(work))
  } catch (error) {
    together.threw(error)
    return undefined
  }
}

async function settleList(works: readonly Work<unknown>[]): Promise<unknown[]> {
  checkWork(works, 'gather')
  const around = scopeOf(currentFrame())
  if (around?.cancelled !== undefined) return await refuse(around, around.cancelled)
  const results: unknown[] = Array.from({ length: works.length })
  const ofCleanup: unknown[] = []
  let wasStopped = false
  const together = new Together()
  const ends = {
    completed(index: number, value: unknown): void {
      results[index] = { status: 'fulfilled', value }
    },
    failed(index: number, failure: Found | undefined): void {
      if (failure === undefined) {
        wasStopped = true
        return
      }
      results[index] = { status: 'rejected', reason: failure.error }
      if (together.scope.cancelled !== undefined) ofCleanup.push(failure.error)
    },
  }
  together.inside(() => works.forEach((work, index) => together.begin(work, index, ends)))
  await together.done()
  const failure = wasStopped ? failureOf(ofCleanup, together.scope, wasStopped) : undefined
  if (failure !== undefined) throw failure.error
  return results
}
