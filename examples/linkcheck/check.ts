/** A whole run: opens what it needs, crawls, reports, and closes everything in reverse, however it ends. */
import { ensure, isCancelled, within } from 'withal'
import { httpClient } from 'withal/http'
import { Crawl } from './crawl/crawl.ts'
import { Progress } from './crawl/progress.ts'
import { display } from './display.ts'
import { findingsOf } from './report/findings.ts'
import { writeReport } from './report/report.ts'
import { duration, grouped } from './report/summary.ts'
import type { Settings } from './settings.ts'
import type { Run } from './store/records.ts'
import { recording } from './store/recorder.ts'
import { openStore } from './store/store.ts'
import type { Store } from './store/store.ts'
import { NoTargetError, openTarget } from './target/target.ts'
import type { Target } from './target/target.ts'

/**
 * Checks what the settings name, and writes the report.
 *
 * @returns How many links are broken.
 * @throws NoTargetError  There is no such target, or nothing to go on with.
 */
export async function check(given: string, settings: Settings): Promise<number> {
  return await within(
    openTarget(given),
    openStore(settings.database),
    httpClient({
      headers: { 'user-agent': settings.userAgent },
      timeout: { connect: settings.timeout, headers: settings.timeout, body: settings.timeout },
      retries: { limit: settings.retries, statuses: [] },
      redirects: 0,
      limits: { perHost: settings.perHost, body: settings.maxSize },
    }),
    async (target, store, client) => {
      const run = await runFor(target, store, settings)
      const progress = new Progress(run.elapsed)
      await within(ending(store, run, progress), recording(store, run), async (_ending, recorder) => {
        const crawl = new Crawl({ target, settings, client, recorder, progress })
        if (settings.resume) await crawl.resume(store.addressesOf(run), await store.addressesWithFragments(run))
        else await crawl.begin()
        const shown = display({ screen: process.stderr, isQuiet: settings.quiet, crawl, progress })
        await within(shown, () => crawl.run())
      })
      const findings = await findingsOf(store, { ...run, elapsed: progress.elapsed, finished: true })
      return await writeReport(findings, settings.format, settings.output)
    },
  )
}

async function runFor(target: Target, store: Store, { resume }: Settings): Promise<Run> {
  if (!resume) return await store.beginRun(target.name)
  const run = await store.unfinishedRun(target.name)
  if (run !== undefined) return run
  throw new NoTargetError(
    `No run with ${target.name} was interrupted, so there is nothing to go on with. Leave out --resume, or look at --database.`,
  )
}

/** Keeps how long a run has taken and whether it is over; one that was interrupted says how to go on. */
function ending(store: Store, run: Run, progress: Progress) {
  return ensure(async (outcome) => {
    await store.keepTime(run, progress.elapsed, outcome.status === 'completed')
    if (outcome.status === 'failed' && isCancelled(outcome.error)) {
      process.stderr.write(
        `Interrupted after ${duration(progress.elapsed)}: ${grouped(progress.checked)} addresses are checked and kept. Go on with --resume.\n`,
      )
    }
  })
}
