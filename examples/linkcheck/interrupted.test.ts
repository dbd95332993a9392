/** The program is stopped in the middle, in every way, and goes on. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { within } from 'withal'
import { temporaryDirectory } from 'withal/files'
import { sqlite } from 'withal/sqlite'
import { linesOf } from './testing/checking.ts'
import type { Report } from './testing/checking.ts'
import { faultySite } from './testing/faulty-site.ts'
import { linkcheck } from './testing/program.ts'

test.for([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGKILL', null],
] as const)('%s in the middle loses nothing that was checked, and it can be gone on', async ([signal, exitCode]) => {
  await within(faultySite(1_500, 10), temporaryDirectory(), async (site, folder) => {
    const interrupted = await linkcheck(folder, [`${site.origin}/page/0`], {
      begun: (child) => {
        site.onRequest = () => {
          if (site.requests === 700) child.kill(signal)
        }
      },
    })
    expect(interrupted.code).toBe(exitCode)
    if (signal !== 'SIGKILL') {
      expect(interrupted.stderr).toMatch(
        /^Interrupted after .*: \d+ addresses are checked and kept\. Go on with --resume\.\n$/,
      )
      const [, said] = /: (\d+) addresses/.exec(interrupted.stderr) ?? []
      await within(sqlite(join(folder, 'linkcheck.sqlite')), async (db) => {
        const kept = await db.queryValue`select count(*) from linkcheck_address where status <> 'pending'`
        expect(kept).toBe(Number(said))
      })
    }
    site.onRequest = undefined
    const before = site.requests
    const words = ['--resume', '--format', 'json', '--output', 'report.json', `${site.origin}/page/0`]
    expect(await linkcheck(folder, words)).toEqual({ code: 1, stdout: '', stderr: '' })
    const { problems, addresses } = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as Report
    expect(linesOf(problems, site.origin)).toEqual(linesOf(site.expected, site.origin))
    expect(addresses.pending).toBe(0)
    expect(site.requests - before, 'what was checked is not asked for again').toBeLessThan(1_700)
  })
})
