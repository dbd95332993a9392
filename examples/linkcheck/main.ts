/**
 * linkcheck: checks every link of a website, of a folder of HTML, or of a list of URLs.
 *
 *     main.ts            the program: from the command line to the exit code
 *     command-line.ts    what is said on it; settings.ts: what a run goes by
 *     check.ts           a whole run: what it opens, and in which order
 *     target/            what is to be checked; a folder is served on this machine
 *     crawl/             who visits what, and when: each address once, so many at a time
 *     web/               asking for one address: redirects, robots.txt, what an answer or a failure means
 *     page/              what a page links to, and where in it
 *     store/             the database: what is found out is kept as it comes
 *     report/            what has come out, as text, JSON, JUnit and HTML
 *     display.ts         what is seen meanwhile
 *     sample/            a site with broken links, to try it on
 *
 * Whatever it opens and starts, it opens and starts by withal. So it can be stopped at any moment: everything is closed in order, and what was
 * checked is kept.
 */
import { join } from 'node:path'
import { quit, runMain, within } from 'withal'
import { temporaryDirectory } from 'withal/files'
import { DatabaseError } from 'withal/sqlite'
import { check } from './check.ts'
import { CommandLineEnd, readCommandLine } from './command-line.ts'
import type { Settings } from './settings.ts'
import { NoTargetError } from './target/target.ts'

await runMain(async () => {
  try {
    const settings = readCommandLine(process.argv.slice(2))
    if (settings.target === undefined) await demonstrate(settings)
    else if ((await check(settings.target, settings)) > 0) quit(1)
  } catch (error) {
    if (error instanceof CommandLineEnd) quit(error.exitCode)
    if (error instanceof NoTargetError || error instanceof DatabaseError) quit(2, `linkcheck: ${error.message}`)
    throw error
  }
})

/** Checks the sample site; that it has broken links is no failure. */
async function demonstrate(settings: Settings): Promise<void> {
  const sample = join(import.meta.dirname, 'sample')
  await within(temporaryDirectory({ prefix: 'linkcheck-' }), async (folder) => {
    console.log('Checking the sample site in examples/linkcheck/sample:\n')
    await check(sample, { ...settings, database: join(folder, 'sample.sqlite'), resume: false, external: false })
  })
  console.log(`
This was the demonstration, on a small site with broken links on purpose. To check something of your own:

  npm start -- https://example.org      or a folder, a file of URLs, or - for standard input
  npm start -- --help                   everything it can do
  examples/linkcheck/linkcheck          the same without npm`)
}
