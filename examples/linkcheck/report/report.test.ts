/** The forms of the report, read as those who want them read them. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium as browsers } from 'playwright-core'
import { Parser } from 'htmlparser2'
import { describe, expect, test } from 'vitest'
import { closing, within } from 'withal'
import { temporaryDirectory } from 'withal/files'
import { check } from '../check.ts'
import { defaults } from '../settings.ts'
import { faultySite } from '../testing/faulty-site.ts'
import type { FaultySite } from '../testing/faulty-site.ts'
import { chromium } from '../../../test/package/runtimes.ts'
import type { Format } from './format.ts'
import { escaped } from './markup.ts'
import { countByRange, plotOf } from './plot.ts'

async function withReport<R>(form: Format, read: (file: string, site: FaultySite) => Promise<R>): Promise<R> {
  return await within(faultySite(150, 5), temporaryDirectory(), async (site, folder) => {
    const output = join(folder, `report.${form}`)
    await check(`${site.origin}/page/0`, { ...defaults, database: ':memory:', format: form, output, quiet: true })
    return await read(output, site)
  })
}

test('JUnit: a suite for each page that has problems, a failure for each broken link', async () => {
  await withReport('junit', async (file, site) => {
    const xml = await readFile(file, 'utf8')
    const count: Record<string, number> = {}
    const parser = new Parser({ onopentag: (name) => (count[name] = (count[name] ?? 0) + 1) }, { xmlMode: true })
    parser.end(xml)
    const broken = site.expected.filter(({ status }) => status === 'broken').length
    expect(count['failure']).toBe(broken)
    expect(count['skipped']).toBe(site.expected.length - broken)
    expect(count['testsuite']).toBe(new Set(site.expected.map(({ page }) => page)).size + 1)
    expect(xml).toContain(`<testsuite name="${site.origin}/page/4" tests="1" failures="1" skipped="0">`)
  })
})

describe.skipIf(!existsSync(chromium))(`in Chromium (left out where ${chromium} is missing)`, () => {
  test('HTML: one page with totals, a plot of response times, and a row for each problem', async () => {
    await withReport('html', async (file, site) => {
      await within(
        closing(await browsers.launch({ executablePath: chromium, args: ['--no-sandbox'] })),
        async (browser) => {
          const page = await browser.newPage({ viewport: { width: 1_100, height: 900 } })
          const wrong: string[] = []
          page.on('console', (message) => wrong.push(message.text()))
          page.on('pageerror', (error) => wrong.push(String(error)))
          page.on('request', (request) => {
            if (!request.url().startsWith('file:')) wrong.push(request.url())
          })
          await page.goto(pathToFileURL(file).href)
          expect(await page.locator('h1').textContent()).toBe(`Links of ${site.origin}/page/0`)
          const rows = await page.locator('tbody tr:has(td)').allInnerTexts()
          expect(rows.length).toBe(site.expected.length)
          expect(rows).toContain(`5:1\ta\t${site.origin}/missing/4\t404 Not Found`)
          expect(await page.locator('svg.plot rect').count()).toBeGreaterThan(0)
          const bars = await page.locator('svg.plot').boundingBox()
          expect(bars?.width).toBeGreaterThan(300)
          const shot = process.env['SCREENSHOT']
          if (shot !== undefined) await page.screenshot({ path: shot })
          expect(wrong).toEqual([])
        },
      )
    })
  })
})

test('what pages say stays text in HTML and XML', () => {
  expect(escaped(`<a href="x">'&\0\ud800\u{1f600}`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;\ufffd\ufffd\u{1f600}')
})

test('times are counted by ranges, each twice as long as the one before', async () => {
  const times = async function* () {
    yield* [0, 0.9, 1, 1.9, 2, 100, 10_000_000]
  }
  const counts = await countByRange(times())
  expect([counts.slice(0, 3), counts[7], counts.at(-1)]).toEqual([[2, 2, 1], 1, 1])
  expect(plotOf(counts)).toContain('<title>64 ms to 128 ms: 1 address</title>')
  expect(plotOf(counts.map(() => 0))).toBe('<p>No answer has come.</p>')
})
