/** For people at a terminal: grouped by page, a line for each link. */
import type { Findings, Problem } from './findings.ts'
import { summary } from './summary.ts'

/** How things are marked: on a terminal, in colour. */
export interface Style {
  page(text: string): string
  broken(text: string): string
  unchecked(text: string): string
}

/** See above. */
export async function* textReport({ run, totals, problems }: Findings, style: Style): AsyncGenerator<string> {
  let broken = 0
  for await (const { page, problems: ofPage } of problems()) {
    yield `${style.page(page ?? 'What was given')}\n`
    const width = Math.max(...ofPage.map((problem) => placeOf(problem).length))
    for (const problem of ofPage) {
      if (problem.status === 'broken') broken++
      const mark = problem.status === 'broken' ? style.broken('✗') : style.unchecked('?')
      const place = placeOf(problem).padEnd(width)
      yield `  ${mark} ${place}${width > 0 ? '  ' : ''}${problem.url}  ${style[problem.status](problem.reason)}\n`
    }
    yield '\n'
  }
  yield `${summary(totals, broken, run.elapsed)}\n`
}

function placeOf({ line, column }: Problem): string {
  return line === 0 ? '' : `${line}:${column}`
}
