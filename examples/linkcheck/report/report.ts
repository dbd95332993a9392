/** The report of a run, to where it is wanted. */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { styleText } from 'node:util'
import { currentScope } from 'withal'
import type { Findings, PageProblems } from './findings.ts'
import type { Format } from './format.ts'
import { htmlReport } from './html.ts'
import { jsonReport } from './json.ts'
import { junitReport } from './junit.ts'
import { textReport } from './text.ts'
import type { Style } from './text.ts'

const plain: Style = { page: (text) => text, broken: (text) => text, unchecked: (text) => text }
const coloured: Style = {
  page: (text) => styleText('bold', text),
  broken: (text) => styleText('red', text),
  unchecked: (text) => styleText('yellow', text),
}

/** Writes it, piece by piece, and says how many links are broken. */
export async function writeReport(findings: Findings, format: Format, output: string | undefined): Promise<number> {
  let broken = 0
  const counting: Findings = {
    ...findings,
    async *problems(): AsyncGenerator<PageProblems> {
      broken = 0 // some reports read them twice
      for await (const page of findings.problems()) {
        broken += page.problems.filter(({ status }) => status === 'broken').length
        yield page
      }
    },
  }
  const style = output === undefined && process.stdout.isTTY ? coloured : plain
  const { signal } = currentScope()
  const text = Readable.from(renderings[format](counting, style))
  if (output === undefined) await pipeline(text, process.stdout, { signal, end: false })
  else await pipeline(text, createWriteStream(output), { signal })
  return broken
}

const renderings: Readonly<Record<Format, (findings: Findings, style: Style) => AsyncIterable<string>>> = {
  text: textReport,
  json: jsonReport,
  junit: junitReport,
  html: htmlReport,
}
