/**
 * `npm run bench:linkcheck`: linkcheck beside linkinator, and beside fetching and parsing alone, on a site of real pages; and linkcheck on
 * generated sites of growing size. Each check is a process of its own, from its start to its end; they take turns, and ratios are those of one turn.
 *
 *     npm run bench:linkcheck -- [--site <folder>] [--rounds 7] [--largest 50000] [--json file]
 *
 * Without a folder, the site is the documentation of PostgreSQL as Debian has it, which is fetched by apt-get.
 */
import { execFileSync, fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { format } from 'prettier'
import { contextManager, ensure, within } from 'withal'
import { temporaryDirectory } from 'withal/files'

const here = import.meta.dirname
const root = join(here, '../..')
const { values: options } = parseArgs({
  options: {
    site: { type: 'string' },
    rounds: { type: 'string', default: '7' },
    largest: { type: 'string', default: '50000' },
    json: { type: 'string' },
  },
})

/** As npm start has them. */
const flags = ['--max-semi-space-size=8', '--heap-growing-percent=40']

/** What one check has needed: milliseconds from start to end and of computing, MiB. */
interface Measured {
  readonly pages: number
  readonly elapsed: number
  readonly computed: number
  readonly memory: number
}

const checkers = {
  limit: async (url: string) => await measured('limit.mjs', [url]),
  linkcheck: async (url: string) => await checkedByLinkcheck(url),
  linkinator: async (url: string) => await measured('linkinator.mjs', [url]),
} as const

const folder = options.site ?? debianPages()
const wasQuiet = loadavg()[0]! < 0.5 // there are always three averages
const beside = await within(server(folder), compare)
const growing: Record<string, Measured> = {}
for (const pages of [1_000, 10_000, Number(options.largest)]) {
  const found = await within(server(String(pages)), (origin) => checkedByLinkcheck(`${origin}/`))
  growing[pages] = found
  console.log(`${found.pages} generated pages: ${perPage(found)}`)
}
if (options.json !== undefined) {
  const node = process.version.slice(1)
  const report = { node, processor: cpus()[0]?.model, machineWasQuiet: wasQuiet, ...beside, growing }
  writeFileSync(options.json, await format(JSON.stringify(report), { parser: 'json' }))
}

async function compare(origin: string): Promise<object> {
  const url = `${origin}/`
  const rounds: Record<keyof typeof checkers, Measured>[] = []
  await checkers.linkcheck(url) // makes what is made once
  for (let round = 0; round < Number(options.rounds); round++) {
    const found: Partial<Record<keyof typeof checkers, Measured>> = {}
    const names = Object.keys(checkers) as (keyof typeof checkers)[] // its own keys
    for (const name of round % 2 === 0 ? names : names.toReversed()) found[name] = await checkers[name](url)
    rounds.push(found as Required<typeof found>) // each has been run
  }
  const medians: Record<string, Measured> = {}
  for (const name of Object.keys(checkers) as (keyof typeof checkers)[]) {
    const of = (field: keyof Measured): number => median(rounds.map((round) => round[name][field]))
    medians[name] = { pages: of('pages'), elapsed: of('elapsed'), computed: of('computed'), memory: of('memory') }
    console.log(`${name.padEnd(10)} ${medians[name].pages} pages: ${perPage(medians[name])}`)
  }
  const rate = ({ pages, elapsed }: Measured): number => pages / elapsed
  const faster = median(rounds.map(({ linkcheck, linkinator }) => rate(linkcheck) / rate(linkinator)))
  const ofLimit = median(rounds.map(({ linkcheck, limit }) => rate(linkcheck) / rate(limit)))
  const memory = median(rounds.map(({ linkcheck, linkinator }) => linkcheck.memory / linkinator.memory))
  const computed = median(rounds.map(({ linkcheck, linkinator }) => linkcheck.computed / linkinator.computed))
  console.log(
    `linkcheck has ${faster.toFixed(2)} times the pages per second of linkinator, computes ${computed.toFixed(2)} times as long, and needs ` +
      `${memory.toFixed(2)} times its memory; ${ofLimit.toFixed(2)} times the pages per second of the limit.`,
  )
  return { rounds: rounds.length, medians, ratios: { faster, computed, memory, ofLimit } }
}

function perPage({ pages, elapsed, computed, memory }: Measured): string {
  const each = (milliseconds: number): string => `${(milliseconds / pages).toFixed(2)} ms`
  return `${Math.round((pages * 1_000) / elapsed)} pages/s, ${each(elapsed)} a page, ${each(computed)} of computing, ${memory.toFixed(0)} MiB`
}

async function checkedByLinkcheck(url: string): Promise<Measured> {
  return await within(temporaryDirectory(), async (scratch) => {
    const output = join(scratch, 'report.json')
    const words = ['--no-external', '--quiet', '--format', 'json', '--output', output]
    const all = [...words, '--database', join(scratch, 'x'), url]
    const found = await measured('../../examples/linkcheck/start.mjs', all, flags)
    const { pages } = JSON.parse(readFileSync(output, 'utf8')) as { pages: number }
    return { ...found, pages }
  })
}

async function measured(
  program: string,
  words: readonly string[],
  nodeFlags: readonly string[] = [],
): Promise<Measured> {
  const begun = performance.now()
  const child = fork(join(here, program), words, {
    execArgv: ['--import', join(here, 'peak.mjs'), ...nodeFlags],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  let printed = ''
  child.stdout!.on('data', (text) => (printed += text)) // it has one: it is a pipe
  const [[told]] = await Promise.all([once(child, 'message'), once(child, 'close')])
  const { memory, computed } = told as Pick<Measured, 'memory' | 'computed'> // peak.mjs tells it
  return { pages: Number(printed.trim()), elapsed: performance.now() - begun, memory, computed }
}

function server(given: string) {
  return contextManager(async function* site() {
    const child: ChildProcess = fork(join(here, 'server.ts'), [given])
    yield* within(
      ensure(async () => {
        const ended = once(child, 'exit')
        child.kill()
        await ended
      }),
    )
    const [origin] = await once(child, 'message')
    yield origin as string // it says nothing else
  })()
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]! // there are some
}

function debianPages(): string {
  const cache = join(root, 'node_modules/.cache/bench-linkcheck')
  const find = (): string | undefined => globSync('usr/share/doc/postgresql-doc-*/html', { cwd: cache })[0]
  if (find() === undefined) {
    mkdirSync(cache, { recursive: true })
    const [name = ''] =
      /postgresql-doc-\d+/.exec(execFileSync('apt-cache', ['depends', 'postgresql-doc'], { encoding: 'utf8' })) ?? []
    execFileSync('apt-get', ['download', name], { cwd: cache })
    execFileSync('dpkg', ['-x', globSync('*.deb', { cwd: cache })[0] ?? '', '.'], { cwd: cache })
  }
  return join(cache, find() ?? '')
}
