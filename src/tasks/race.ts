/** Several pieces of work at the same time, of which one decides. */
import { ErrorGroup, reportLateError } from '../errors/index.ts'
import { currentFrame, scopeOf } from '../frame.ts'
import { firstOf } from './failures.ts'
import { checkWork, stopOf, Together } from './together.ts'
import type { Work } from './together.ts'
import { refuse } from './waiting.ts'

type ResultOf<F extends readonly Work<unknown>[]> = Awaited<ReturnType<F[number]>>

/**
 * Runs functions at the same time; the first to end decides, by its value or its error. The others are cancelled, and
 * waited for; what their cleanup throws goes to `onLateError`.
 *
 * @throws Cancelled   The surrounding scope was cancelled; all have been cancelled and have ended.
 * @throws UsageError  Not functions, or none.
 * @example
 * await race([async () => 'fast', () => sleep(60_000)]) // => 'fast'
 */
export async function race<const F extends readonly Work<unknown>[]>(works: F): Promise<ResultOf<F>> {
  checkWork(works, 'race', 1)
  const first = await decide(works, false)
  if ('error' in first) throw first.error
  return first.value as ResultOf<F> // what one of them gave
}

/**
 * Runs functions at the same time; the first to succeed decides. The others are cancelled and waited for.
 *
 * @throws ErrorGroup  All have failed: their errors, in the order of the functions.
 * @throws Cancelled   The surrounding scope was cancelled; all have been cancelled and have ended.
 * @throws UsageError  Not functions, or none.
 * @example
 * await anyOf([() => Promise.reject(new Error('down')), async () => 'mirror']) // => 'mirror'
 */
export async function anyOf<const F extends readonly Work<unknown>[]>(works: F): Promise<ResultOf<F>> {
  checkWork(works, 'anyOf', 1)
  const first = await decide(works, true)
  if ('error' in first) throw first.error
  return first.value as ResultOf<F> // what one of them gave
}

type Decision = { readonly value: unknown } | { readonly error: unknown }

async function decide(works: readonly Work<unknown>[], onlySuccess: boolean): Promise<Decision> {
  const around = scopeOf(currentFrame())
  if (around?.cancelled !== undefined) return await refuse(around, around.cancelled)
  const errors: { readonly error: unknown }[] = []
  const ofCleanup: unknown[] = []
  let decision: Decision | undefined
  const together = new Together()
  const decideBy = (by: Decision): void => {
    decision = by
    together.scope.cancel('another one was first')
  }
  const ends = {
    completed(_index: number, value: unknown): void {
      if (decision === undefined) decideBy({ value })
    },
    failed(index: number, failure: { readonly error: unknown } | undefined): void {
      if (failure === undefined) return
      if (decision !== undefined) reportLateError(failure.error, { source: onlySuccess ? 'anyOf' : 'race' })
      else if (!onlySuccess) decideBy(failure)
      else {
        errors[index] = failure
        if (together.scope.cancelled !== undefined) ofCleanup.push(failure.error)
      }
    },
  }
  together.inside(() => works.forEach((work, index) => together.begin(work, index, ends)))
  await together.done()
  if (decision !== undefined) return decision
  if (ofCleanup.length > 0) return { error: firstOf(ofCleanup) }
  if (together.scope.cancelled !== undefined) return { error: stopOf(together.scope) }
  const all = errors.map(({ error }) => error)
  return { error: new ErrorGroup(all, 'all attempts failed') }
}
