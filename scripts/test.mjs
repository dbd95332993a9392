// `npm test`: runs every check there is, one after another, and says at the end how each one ended.
// All of them run even when an early one fails; `npm test -- lint unit` runs only those named.
//
// A step is the npm script `check:<name>` (or `build`). One that counts tests prints `N passed, N failed` as its last
// such line, with `, N skipped` behind it where something was left out; any other counts as one test.

import { spawn } from 'node:child_process'

const steps = {
  format: 'every file is formatted (prettier)',
  lint: 'no lint, no floating promise (oxlint)',
  types: 'types and type tests (TypeScript 7 and 5.9)',
  build: 'the published files can be built (tsc)',
  unit: 'tests on Node 24 (vitest)',
  node22: 'tests on Node 22',
  node26: 'tests on Node 26',
  examples: 'examples in the documentation compile and run',
  package: 'the package is well formed (publint, attw)',
  size: 'the root stays small (esbuild)',
  dist: 'the published files run everywhere',
  runtimes: 'the packed package works under every runtime',
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in steps))
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}. The steps are: ${Object.keys(steps).join(', ')}.`)
  process.exit(2)
}

const results = []
for (const [name, claim] of Object.entries(steps)) {
  if (wanted.length === 0 || wanted.includes(name)) results.push(await runStep(name, claim))
}

console.log('\n━━ summary')
for (const { name, claim, ok, count, seconds } of results) {
  console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name.padEnd(9)} ${seconds.padStart(6)} s  ${claim}: ${describe(count)}`)
}
const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') }
const broken = results.filter((result) => !result.ok).map((result) => result.name)
console.log(broken.length === 0 ? '\nEverything passed.' : `\nFailed: ${broken.join(', ')}.`)
if (total.skipped > 0) console.log(`Left out: ${total.skipped} (the steps above say why).`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = broken.length === 0 ? 0 : 1

/** Runs one npm script, passing its output on, and reads the count out of it. */
async function runStep(name, claim) {
  console.log(`\n━━ ${name}: ${claim}`)
  const started = performance.now()
  const { code, output } = await npmRun(name === 'build' ? name : `check:${name}`)
  const count = readCount(output) ?? { passed: code === 0 ? 1 : 0, failed: 0, skipped: 0 }
  if (code !== 0 && count.failed === 0) count.failed = 1
  return { name, claim, count, ok: count.failed === 0, seconds: ((performance.now() - started) / 1000).toFixed(1) }
}

function npmRun(script) {
  const child = spawn('npm', ['run', '--silent', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    output += chunk
    process.stdout.write(chunk)
  })
  child.stderr.pipe(process.stderr, { end: false })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

function readCount(output) {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm)].at(-1)
  return last && { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3] ?? 0) }
}

function describe({ passed, failed, skipped }) {
  return `${passed} passed${failed ? `, ${failed} failed` : ''}${skipped ? `, ${skipped} left out` : ''}`
}

function sum(kind) {
  return results.reduce((sofar, { count }) => sofar + count[kind], 0)
}
