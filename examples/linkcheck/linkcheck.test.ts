/** The program as people run it: what it prints and how it ends. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { within } from 'withal'
import { temporaryDirectory } from 'withal/files'
import { redirectOutput } from 'withal/processes'
import { readCommandLine } from './command-line.ts'
import { defaults } from './settings.ts'
import { linkcheck } from './testing/program.ts'

const sample = join(import.meta.dirname, 'sample')

const problems = `/
  ✗ 12:48  /opening-hours.html  404 Not Found
  ✗ 13:7   /prices.html#rolls  there is no #rolls on the page
  ✗ 15:5   /images/bread-large.png  404 Not Found

/guide/
  ✗ 12:11  /guide/rye.html  404 Not Found

/guide/sourdough.html
  ✗ 10:37  /prices.html#rolls  there is no #rolls on the page
  ✗ 11:5   http://  is no valid URL

/style.css
  ✗ 3:19  /images/flour.png  404 Not Found
`

test('without a target it checks the sample site, says what that was, and ends well', async () => {
  await within(temporaryDirectory(), async (folder) => {
    const { code, stdout, stderr } = await linkcheck(folder, [])
    expect(stderr).toBe('')
    expect(stdout).toContain(problems)
    expect(stdout).toMatch(/6 pages, 23 links to 12 addresses in [\d.]+ m?s: 7 broken links; 2 skipped\./)
    expect(stdout).toMatch(/This was the demonstration/)
    expect(code).toBe(0)
  })
})

test('a folder with broken links is code 1, and the results stay in a file', async () => {
  await within(temporaryDirectory(), async (folder) => {
    const { code, stdout } = await linkcheck(folder, ['--no-external', sample])
    expect(stdout.startsWith(problems)).toBe(true)
    expect(code).toBe(1)
    expect(await readdir(folder)).toEqual(['linkcheck.sqlite'])
  })
})

test('a list on standard input, and a form of the report for programs', async () => {
  await within(temporaryDirectory(), async (folder) => {
    const words = ['--format', 'json', '--output', 'report.json', '--database', ':memory:', '--retries', '0', '-']
    const { code, stdout } = await linkcheck(folder, words, { input: 'http://127.0.0.1:9/nothing\n' })
    expect(stdout).toBe('')
    expect(code).toBe(1)
    const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as { problems: unknown[] }
    expect(report.problems).toEqual([
      {
        page: null,
        line: 0,
        column: 0,
        kind: 'start',
        url: 'http://127.0.0.1:9/nothing',
        status: 'broken',
        reason: 'connection refused',
      },
    ])
  })
})

test.for<[string[], number, RegExp]>([
  [['nowhere'], 2, /^linkcheck: There is no nowhere here\. Give a folder, a URL/],
  [['--frmat', 'json', '.'], 2, /unknown option '--frmat'\n\(Did you mean --format\?\)[^]*Try: linkcheck --help/],
  [['--database', '/no/such/folder/x', sample], 2, /^linkcheck: .*\/no\/such\/folder\/x/],
  [['--resume', sample], 2, /nothing to go on with/],
])('%j is refused, with what to do', async ([words, expected, message]) => {
  await within(temporaryDirectory(), async (folder) => {
    const { code, stdout, stderr } = await linkcheck(folder, words)
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
    expect(code).toBe(expected)
  })
})

test('--help says what it does, how it is told, what it prints, and how it ends', async () => {
  const { code, stdout, stderr } = await linkcheck('.', ['--help'])
  expect(stdout).toMatch(/^Usage: linkcheck \[options\] \[folder \| URL \| file of URLs \| -\]\n/)
  for (const part of ['--no-external', '--resume', 'Examples:', 'Exit status:']) expect(stdout).toContain(part)
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120)
  expect([code, stderr]).toEqual([0, ''])
})

test.for<[string[], RegExp]>([
  [['--depth', '-1', '.'], /'--depth <n>' argument '-1' is invalid\. Give a whole number/],
  [['--per-host', '0', '.'], /Give a whole number of at least 1/],
  [['--timeout', 'soon', '.'], /Give a number above 0/],
  [['--skip', '(', '.'], /Unterminated group/],
  [['--format', 'pdf', '.'], /Allowed choices are text, json, junit, html/],
  [['a', 'b'], /too many arguments/],
])('%j makes no sense', async ([words, message]) => {
  const said: string[] = []
  const reading = within(
    redirectOutput((text) => said.push(text), { stream: 'stderr' }),
    () => readCommandLine(words),
  )
  await expect(reading).rejects.toMatchObject({ exitCode: 2 })
  expect(said.join('')).toMatch(message)
})

test('what is said on the command line is what a run goes by', () => {
  const words =
    '--no-external --depth 3 --skip a --skip b --max-size 0.5 --timeout 2 --per-host 3 --no-robots --quiet site/'
  expect(readCommandLine(words.split(' '))).toEqual({
    ...defaults,
    target: 'site/',
    external: false,
    depth: 3,
    skip: [/a/, /b/],
    maxSize: 500_000,
    timeout: 2_000,
    perHost: 3,
    robots: false,
    quiet: true,
  })
  expect(readCommandLine([])).toEqual(defaults)
})
