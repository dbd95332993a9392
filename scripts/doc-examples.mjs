// Type-checks and runs every example of the documentation against the built package: each ```ts block of the pages, and
// each `@example` of a doc comment, as a module of its own (see doc-examples/rewrite.mjs for what its comments claim).
// An example fails when it does not compile, throws, claims something wrong, or leaves something open and so never ends.
// `npm run check:examples -- within` takes only those in files whose path has `within` in it.

import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { extractExamples } from './doc-examples/extract.mjs'
import { exportedNames, rewrite } from './doc-examples/rewrite.mjs'

const pages = ['README.md', 'ARCHITECTURE.md', 'docs/**/*.md', 'src/**/*.ts']
const folder = '.doc-examples'
const timeLimit = 10_000
// Where examples run, so that what they write does not end up in the repository.
const scratch = mkdtempSync(join(tmpdir(), 'withal-examples-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

if (!existsSync('dist/index.d.ts')) throw new Error('dist is missing: run `npm run build` first')
const only = process.argv[2] ?? ''
const files = globSync(pages).filter((file) => !/\.test(-d)?\.ts$/.test(file) && file.includes(only))
const found = files.toSorted().flatMap((file) => extractExamples(file))
const faults = found
  .filter(({ fault }) => fault !== undefined)
  .map(({ file, line, fault }) => `${file}:${line}: ${fault}`)
const skipped = found.filter(({ skip, fault }) => skip && fault === undefined)
const examples = found.filter(({ skip }) => !skip).map((example) => ({ ...example, module: moduleName(example) }))

writeModules()
const broken = new Set([...(await typeCheck()), ...(await runAll())])

for (const fault of faults) console.log(fault)
const failed = broken.size + found.filter(({ fault }) => fault !== undefined).length
console.log(`${examples.length - broken.size} passed, ${failed} failed, ${skipped.length} skipped`)
process.exitCode = failed === 0 ? 0 : 1

function moduleName({ file, line }) {
  return `${file.replace(/\W+/g, '-')}-${line}`
}

function writeModules() {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  const config = {
    extends: '../tsconfig.json',
    compilerOptions: { paths: {}, target: 'ESNext', noUnusedLocals: false, noUnusedParameters: false },
    include: ['*.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const exported = exportedNames(entryPoints())
  for (const example of examples) writeFileSync(join(folder, `${example.module}.ts`), rewrite(example, exported))
}

function entryPoints() {
  const { name, exports } = JSON.parse(readFileSync('package.json', 'utf8'))
  return Object.entries(exports)
    .filter(([, target]) => target.types !== undefined)
    .map(([subpath, { types }]) => ({ name: name + subpath.slice(1), types }))
}

/** @returns the names of the modules that do not compile. */
async function typeCheck() {
  if (examples.length === 0) return []
  const { output } = await execute(['node_modules/typescript/bin/tsc', '--pretty', 'false', '-p', folder])
  const text = inDocumentation(output)
  if (text !== '') faults.push(text)
  return new Set([...output.matchAll(/^\.doc-examples\/(.*)\.ts\(/gm)].map(([, module]) => module))
}

/** @returns the names of the modules that do not run to their end. */
async function runAll() {
  const failures = []
  const waiting = [...examples]
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const fault = await run(next)
      if (fault === undefined) continue
      failures.push(next.module)
      faults.push(`${next.file}:${next.line}: ${fault}`)
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return failures
}

async function run({ module }) {
  const source = join(folder, `${module}.ts`)
  const runnable = join(folder, `${module}.mjs`)
  try {
    // Node runs all of it as it is, except decorators.
    const options = { loader: 'ts', target: 'esnext', supported: { decorators: false }, sourcemap: 'inline' }
    const { code } = await transform(readFileSync(source, 'utf8'), { ...options, sourcefile: `${module}.ts` })
    writeFileSync(runnable, code)
  } catch {
    return undefined // The type check has said what is wrong with it.
  }
  const { failure, output } = await execute(['--enable-source-maps', join(process.cwd(), runnable)], scratch)
  if (failure === undefined) return undefined
  const why = failure.killed ? `did not end within ${timeLimit} ms: it leaves something open` : 'failed'
  return `${why}\n${inDocumentation(output)}`
}

function execute(args, cwd) {
  const limit = cwd === undefined ? 0 : timeLimit
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, timeout: limit, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      resolve({ failure: error ?? undefined, output: stdout + stderr })
    })
  })
}

/** Replaces places in the written modules by the places in the documentation that they came from. */
function inDocumentation(text) {
  let mapped = text
  for (const { module, file, line } of examples) {
    const place = new RegExp(`[^\\s()]*\\.doc-examples/${module}\\.ts(?:\\((\\d+),\\d+\\)|:(\\d+)(?::\\d+)?)`, 'g')
    mapped = mapped.replace(place, (_, row, sameRow) => `${file}:${line + Number(row ?? sameRow) - 2}`)
  }
  return mapped.trim()
}
