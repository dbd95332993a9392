/** Whole crawls, of sites that have every fault there is. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CancelScope, within } from 'withal'
import { temporaryDirectory } from 'withal/files'
import { sqlite } from 'withal/sqlite'
import { linesOf, reportOf } from '../testing/checking.ts'
import type { Report } from '../testing/checking.ts'
import { faultySite, listening } from '../testing/faulty-site.ts'
import type { FaultySite } from '../testing/faulty-site.ts'

async function onSite<R>(
  pages: number,
  every: number,
  body: (site: FaultySite, folder: string) => Promise<R>,
): Promise<R> {
  return await within(faultySite(pages, every), temporaryDirectory(), body)
}

test('every fault is found, where it is, and nothing else', async () => {
  await onSite(300, 5, async (site, folder) => {
    const { problems, pages, addresses } = await reportOf(folder, `${site.origin}/page/0`)
    expect(linesOf(problems, site.origin)).toEqual(linesOf(site.expected, site.origin))
    expect(pages).toBeGreaterThan(300)
    expect(addresses.pending).toBe(0)
    expect(addresses.skipped).toBe(2) // mailto: and javascript:
    // Other sites are asked once for each address, by HEAD where that is answered, and never crawled.
    expect(site.asked.get('HEAD /ok')).toBe(1)
    expect([site.asked.get('HEAD /no-head'), site.asked.get('GET /no-head')]).toEqual([1, 1])
    expect([site.asked.get('HEAD /page'), site.asked.get('GET /page')]).toEqual([undefined, 1])
    expect([...site.asked.keys()].filter((what) => what.includes('never-followed'))).toEqual([])
  })
})

test('a site of 10,000 pages is reported exactly', { timeout: 120_000 }, async () => {
  await onSite(10_000, 20, async (site, folder) => {
    const { problems, addresses } = await reportOf(folder, `${site.origin}/page/0`)
    expect(linesOf(problems, site.origin)).toEqual(linesOf(site.expected, site.origin))
    expect(addresses.pending).toBe(0)
  })
})

test('links to other sites can be left alone, robots.txt passed over, addresses skipped', async () => {
  await onSite(300, 5, async (site, folder) => {
    const settings = { external: false, robots: false, skip: [/\/reset\//, /missing/] }
    const { problems } = await reportOf(folder, `${site.origin}/page/0`, settings)
    const left = site.expected.filter(
      ({ url, kind }) =>
        !url.startsWith(site.otherOrigin) &&
        !/^\/(?:reset\/|missing\/|to-missing\/|private\/)/.test(url) &&
        kind !== '',
    )
    const lines = linesOf(problems, site.origin)
    const isThere = (line: string): boolean => !line.includes('/private/') && !line.includes('/to-missing/')
    expect(lines.filter(isThere)).toEqual(linesOf(left, site.origin))
    expect(lines.filter((line) => line.includes('/private/'))[0]).toMatch(/\/private\/\d+ broken: 404 Not Found$/)
    expect(site.asked.size).toBe(0)
  })
})

test('a limit of depth counts the shortest way', async () => {
  await onSite(1_200, 5_000, async (site, folder) => {
    const { pages, links } = await reportOf(folder, `${site.origin}/page/0`, { depth: 1 })
    // 1 page, its 10, and the stylesheet are looked into; each of the 11 has 12 links, and the first has one to itself.
    expect([pages, links]).toEqual([12, 11 * 12 + 1])
  })
})

test('interrupted at any moments and resumed, it reports the same', { timeout: 60_000 }, async () => {
  await onSite(400, 4, async (site, folder) => {
    const start = `${site.origin}/page/0`
    const whole = await within(temporaryDirectory(), (other) => reportOf(other, start))
    let interruptions = 0
    let report: Report | undefined
    while (report === undefined) {
      const scope = new CancelScope()
      const last = site.requests + 20 + Math.floor(Math.random() * 200)
      site.onRequest = () => {
        if (site.requests >= last) scope.cancel()
      }
      const resume = interruptions > 0
      report = await within(scope, () => reportOf(folder, start, { resume })).catch((error: unknown) => {
        // It was interrupted between the last answer and the end.
        if (String(error).includes('nothing to go on with')) return whole
        throw error
      })
      interruptions++
    }
    site.onRequest = undefined
    expect(interruptions).toBeGreaterThan(2)
    expect(linesOf(report.problems, site.origin)).toEqual(linesOf(whole.problems, site.origin))
    expect([report.pages, report.links, report.addresses]).toEqual([whole.pages, whole.links, whole.addresses])
  })
})

test('a site that has moved as a whole is crawled where it is now', async () => {
  await onSite(100, 5, async (site, folder) => {
    const moved = listening(({ url }, response) => {
      response.writeHead(301, { location: `${site.origin}${url}` }).end()
    })
    await within(moved, async (origin) => {
      const { problems, addresses } = await reportOf(folder, `${origin}/page/0`)
      expect(linesOf(problems, site.origin)).toEqual(linesOf(site.expected, site.origin))
      expect(addresses.pending).toBe(0)
    })
  })
})

test('a list is checked page by page, without going on to others', async () => {
  await onSite(300, 5, async (site, folder) => {
    const list = join(folder, 'list.txt')
    await writeFile(list, [4, 9].map((number) => `${site.origin}/page/${number}`).join('\n'))
    const { problems, pages } = await reportOf(folder, list)
    const expected = site.expected.filter(({ page }) => ['/page/4', '/page/9', '/file/style.css'].includes(page))
    expect(linesOf(problems, site.origin)).toEqual(linesOf(expected, site.origin))
    expect(pages).toBe(3)
  })
})

test('a folder can be gone on with, though it is served at another port', async () => {
  await within(temporaryDirectory(), async (folder) => {
    const sample = join(import.meta.dirname, '../sample')
    const whole = await reportOf(folder, sample, { external: false })
    expect(whole.problems.length).toBe(7)
    await within(sqlite(join(folder, 'results.sqlite')), async (db) => {
      await db.execute`update linkcheck_run set finished = 0`
      await db.execute`delete from linkcheck_link where page in (select id from linkcheck_address where url like '/guide/%')`
      await db.execute`update linkcheck_address set status = 'pending' where url like '/guide/%'`
    })
    const { problems, links, pages, addresses } = await reportOf(folder, sample, { external: false, resume: true })
    expect({ problems, links, pages, addresses }).toEqual({
      problems: whole.problems,
      links: whole.links,
      pages: whole.pages,
      addresses: whole.addresses,
    })
  })
})
