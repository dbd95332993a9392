/**
 * `npm run bench`: measures the built package beside its physical limits and its peers. Each row runs in a process of
 * its own, on each Node, one after another. See bench/README.md.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { format } from 'prettier'
import type { Effort } from './measure.ts'
import type { Area, Measured, MeasuredMemory } from './rows.ts'
import { tableOf } from './table.ts'

const root = join(import.meta.dirname, '..')
/** The Nodes that the goals are for. */
const nodes: Record<string, string> = {
  24: join(root, 'node_modules/node/bin/node'),
  26: join(root, 'test/runtimes/node_modules/node26/bin/node'),
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', multiple: true, default: Object.keys(nodes) },
    row: { type: 'string', default: '' },
    rounds: { type: 'string', default: '15' },
    milliseconds: { type: 'string', default: '50' },
    json: { type: 'string' },
  },
})
const effort: Effort = { rounds: Number(options.rounds), milliseconds: Number(options.milliseconds) }

build()
const quiet = loadavg()[0]! < 0.5 // there are always three averages
const runs: Run[] = []
for (const node of options.node) runs.push(await runUnder(nodeBinary(node)))
if (options.json !== undefined) await writeReport(options.json)

/** What was found out about a row. */
type Found = readonly Measured[] | readonly MeasuredMemory[]

/** What one Node has given: rows by area and name. */
interface Run {
  readonly node: string
  readonly areas: Record<string, Record<string, Found>>
}

async function runUnder(binary: string): Promise<Run> {
  const node = execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim()
  const areas: Run['areas'] = {}
  for (const area of areaNames()) {
    const rows: Record<string, Found> = {}
    for (const row of await rowNames(area)) {
      const found = measureApart(binary, area, row)
      rows[row] = found
      console.log(`\n${tableOf(`${area}, Node ${node.slice(1)}: ${row}`, found)}`)
    }
    areas[area] = rows
  }
  return { node, areas }
}

/** In a process of its own: what V8 has learned from one row must not change the next. */
function measureApart(binary: string, area: string, row: string): Found {
  const script = join(import.meta.dirname, 'measure-row.ts')
  const { status, stdout } = spawnSync(
    binary,
    ['--expose-gc', '--disable-warning=ExperimentalWarning', script, area, row, JSON.stringify(effort)],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], cwd: root },
  )
  if (status !== 0) throw new Error(`The row "${row}" of the area "${area}" has failed; see above.`)
  return JSON.parse(stdout) as Found // printed by measure-row.ts
}

function areaNames(): string[] {
  const all = globSync('areas/*.ts', { cwd: import.meta.dirname }).map((file) => basename(file, '.ts'))
  const unknown = positionals.find((name) => !all.includes(name))
  if (unknown !== undefined) throw new Error(`There is no area "${unknown}". There are: ${all.join(', ')}.`)
  return all.filter((name) => positionals.length === 0 || positionals.includes(name))
}

async function rowNames(area: string): Promise<string[]> {
  const { rows } = ((await import(`./areas/${area}.ts`)) as { default: Area }).default // every file there has one
  return rows.map(({ name }) => name).filter((name) => name.includes(options.row))
}

function nodeBinary(given: string): string {
  if (given === '26') execFileSync(process.execPath, [join(root, 'test/runtimes/install.ts')], { stdio: 'inherit' })
  const binary = nodes[given] ?? given
  if (!existsSync(binary)) throw new Error(`There is no Node at ${binary}. Give 24, 26 or a path to \`--node\`.`)
  return binary
}

/** What is measured is the built package, as users get it. */
function build(): void {
  const newest = (pattern: string): number =>
    Math.max(0, ...globSync(pattern, { cwd: root }).map((file) => statSync(join(root, file)).mtimeMs))
  if (newest('dist/index.js') > newest('src/**/!(*.test|*.test-d).ts')) return
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' })
}

/** In the format of the repository, as one of them is kept. */
async function writeReport(file: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string } // our own
  const date = new Date().toISOString().slice(0, 10)
  const report = { withal: version, date, machineWasQuiet: quiet, ...effort, runs }
  writeFileSync(file, await format(JSON.stringify(report), { parser: 'json', printWidth: 120 }))
}
