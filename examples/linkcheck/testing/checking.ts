/** Runs a check inside a test, and reads its report. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { check } from '../check.ts'
import type { Problem, Totals } from '../report/findings.ts'
import { defaults } from '../settings.ts'
import type { Settings } from '../settings.ts'

/** What a report in JSON says. */
export interface Report extends Totals {
  readonly problems: readonly (Problem & { readonly page: string | null })[]
}

/** Checks a target; database and report are in that folder. */
export async function reportOf(folder: string, target: string, settings: Partial<Settings> = {}): Promise<Report> {
  const output = join(folder, 'report.json')
  const database = join(folder, 'results.sqlite')
  await check(target, { ...defaults, database, quiet: true, ...settings, format: 'json', output })
  return JSON.parse(await readFile(output, 'utf8')) as Report
}

/** Its problems as lines, in an order of their own, without the origin of the site. */
export function linesOf(problems: readonly Partial<Report['problems'][number]>[], origin: string): string[] {
  return problems
    .map(({ page, line, kind, url, status, reason }) => `${page}:${line} ${kind} ${url} ${status}: ${reason}`)
    .map((line) => line.replaceAll(origin, ''))
    .toSorted()
}
