/** For build servers: a suite for each page that has problems, and one for all that is well. */
import type { Findings } from './findings.ts'
import { escaped } from './markup.ts'

/** See above. */
export async function* junitReport({ run, totals, problems }: Findings): AsyncGenerator<string> {
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escaped(`links of ${run.target}`)}" time="${(run.elapsed / 1_000).toFixed(3)}">\n`
  for await (const { page = 'what was given', problems: ofPage } of problems()) {
    const broken = ofPage.filter(({ status }) => status === 'broken').length
    yield `  <testsuite name="${escaped(page)}" tests="${ofPage.length}" failures="${broken}" skipped="${ofPage.length - broken}">\n`
    for (const { url, line, column, kind, status, reason } of ofPage) {
      const place = line === 0 ? '' : ` at ${line}:${column}`
      const how = `${status === 'broken' ? 'failure' : 'skipped'} message="${escaped(reason)}"`
      yield `    <testcase classname="${escaped(page)}" name="${escaped(`${kind} ${url}${place}`)}"><${how}/></testcase>\n`
    }
    yield '  </testsuite>\n'
  }
  const { ok } = totals.addresses
  yield `  <testsuite name="addresses that are well" tests="1" failures="0" skipped="0">\n`
  yield `    <testcase classname="${escaped(run.target)}" name="${ok} addresses"/>\n  </testsuite>\n</testsuites>\n`
}
