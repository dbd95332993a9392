/** For programs: everything, as one object, written piece by piece. */
import type { Findings } from './findings.ts'

/** See above. */
export async function* jsonReport({ run, totals, problems }: Findings): AsyncGenerator<string> {
  const { target, started, elapsed, finished } = run
  const head = { target, started: new Date(started).toISOString(), elapsed, finished, ...totals }
  yield `${JSON.stringify(head, undefined, 2).slice(0, -2)},\n  "problems": [`
  let separator = '\n'
  for await (const { page = null, problems: ofPage } of problems()) {
    for (const problem of ofPage) {
      yield `${separator}    ${JSON.stringify({ page, ...problem })}`
      separator = ',\n'
    }
  }
  yield `${separator === '\n' ? '' : '\n  '}]\n}\n`
}
