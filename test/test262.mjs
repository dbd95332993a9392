// Runs the language's own tests of `DisposableStack` and `AsyncDisposableStack` with our stacks in their place:
//
//     node test/test262.mjs <folder with a checkout of tc39/test262> [module, default: dist/index.js]
//
// Each file runs in a realm of its own, in sloppy and in strict mode as its front matter says. Where it asks for an error
// of the language, a subclass will do, as ours are (`ClosedError` is a `ReferenceError`). What is expected to fail stands
// with its reason in test262-exceptions.json; any other failure, and a pass that was not expected, fails the run.

import { globSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import vm from 'node:vm'
import { build } from 'esbuild'

const [checkout, module = 'dist/index.js'] = process.argv.slice(2)
if (checkout === undefined) throw new Error('Usage: node test/test262.mjs <folder with a checkout of tc39/test262>')

/** How many turns of the event loop `$DONE` may take. */
const mostTurns = 50
const exceptions = JSON.parse(readFileSync(new URL('test262-exceptions.json', import.meta.url), 'utf8'))
const ourStacks = await bundle()
const harness = new Map()

const uncaught = []
process.on('uncaughtException', (error) => uncaught.push(error))
process.on('unhandledRejection', (error) => uncaught.push(error))

const files = globSync('test/built-ins/{DisposableStack,AsyncDisposableStack}/**/*.js', { cwd: checkout }).toSorted()
const counts = { passed: 0, excepted: 0, unexpected: 0 }
for (const file of files) report(file, await failureOf(file))
for (const file of Object.keys(exceptions)) if (!files.includes(file)) report(file, undefined)
console.log(`${files.length} files: ${counts.excepted} fail as expected`)
console.log(`${counts.passed + counts.excepted} passed, ${counts.unexpected} failed`)
process.exitCode = counts.unexpected === 0 && files.length > 0 ? 0 : 1

function report(file, failure) {
  const reason = exceptions[file]
  const asExpected = (failure === undefined) === (reason === undefined)
  const result = asExpected ? (reason === undefined ? 'passed' : 'excepted') : 'unexpected'
  counts[result]++
  if (result !== 'passed') console.log(`${result} ${file}\n  ${[failure ?? 'does not fail', reason].join(' – ')}`)
}

/** The first failure of a file in any of its modes, in one line. */
async function failureOf(file) {
  const source = readFileSync(join(checkout, file), 'utf8')
  const meta = frontMatter(source)
  for (const strict of [false, true].filter((mode) => !meta.flags.includes(mode ? 'noStrict' : 'onlyStrict'))) {
    const thrown = await run(source, file, meta, strict)
    const type = thrown.length === 0 ? undefined : String(thrown[0]?.constructor?.name)
    if (type !== meta.negative) return `${strict ? '(strict) ' : ''}${describe(thrown[0])}`
  }
  return undefined
}

/** Runs a file in a new realm; gives all that was thrown. */
async function run(source, file, { flags, includes }, strict) {
  const thrown = []
  const context = newRealm()
  const told = flags.includes('async') ? [] : ['nothing to wait for']
  if (flags.includes('async')) context.$DONE = (error) => told.push(error)
  try {
    for (const name of ['assert.js', 'sta.js', ...includes]) harnessFile(name).runInContext(context)
    acceptSubclasses(context)
    vm.runInContext(strict ? `"use strict";${source}` : source, context, { filename: file })
  } catch (error) {
    thrown.push(error)
  }
  for (let turn = 0; turn < mostTurns && (turn < 1 || told.length === 0); turn++) await setImmediate()
  if (told.length !== 1) thrown.push(new Error(`$DONE was called ${told.length} times`))
  if (flags.includes('async')) thrown.push(...told.filter(Boolean))
  return [...thrown, ...uncaught.splice(0)]
}

/** Puts `instanceof` in the place of the harness's comparison of constructors. */
function acceptSubclasses({ assert, Test262Error }) {
  const judgeThrown = (expected, message) => (thrown) => {
    if (!(thrown instanceof expected)) throw new Test262Error(`${message}: no ${expected.name} but ${describe(thrown)}`)
  }
  assert.throws = (expected, act, message) => judgeThrown(expected, message)(thrownBy(act))
  assert.throwsAsync = async (expected, act, message) => judgeThrown(expected, message)(await rejectionOf(act()))
}

function thrownBy(act) {
  try {
    act()
  } catch (error) {
    return error
  }
  return 'nothing thrown'
}

async function rejectionOf(promise) {
  return promise.then(
    () => 'nothing thrown',
    (error) => error,
  )
}

function harnessFile(name) {
  if (!harness.has(name)) {
    const filename = join(checkout, 'harness', name)
    harness.set(name, new vm.Script(readFileSync(filename, 'utf8'), { filename: relative(checkout, filename) }))
  }
  return harness.get(name)
}

/** A realm whose stacks are ours; they see no `process`, so nothing is ambient, as in a browser. */
function newRealm() {
  const context = vm.createContext({ queueMicrotask, performance, AbortController, print: () => {} })
  ourStacks.runInContext(context)
  context.$262 = { global: vm.runInContext('globalThis', context), createRealm: () => newRealm().$262 }
  return context
}

async function bundle() {
  const hidden = `writable: true, enumerable: false, configurable: true`
  const contents = `import { ExitStack, AsyncExitStack } from './${module}'
    Object.defineProperties(globalThis, {
      DisposableStack: { value: ExitStack, ${hidden} }, AsyncDisposableStack: { value: AsyncExitStack, ${hidden} },
    })`
  const stdin = { contents, resolveDir: process.cwd() }
  const { outputFiles } = await build({ stdin, bundle: true, format: 'iife', tsconfigRaw: {}, write: false })
  return new vm.Script(outputFiles[0].text, { filename: 'withal.js' })
}

/** What the comment at the head of a file says: a few lines of YAML. */
function frontMatter(source) {
  const text = /\/\*---\n([\s\S]*?)\n---\*\//.exec(source.replaceAll('\r\n', '\n'))?.[1] ?? ''
  const list = (key) => {
    const [, line, items] = new RegExp(`^${key}:[ ]*(.*)((?:\\n[ ]+-.*)*)`, 'm').exec(text) ?? [undefined, '', '']
    return `${line},${items.replaceAll(/\n\s+-/g, ',')}`.split(/[[\],\s]+/).filter((item) => item !== '')
  }
  return {
    flags: list('flags'),
    includes: list('includes'),
    negative: /^negative:[\s\S]*?type: (\w+)/m.exec(text)?.[1],
  }
}

function describe(error) {
  return `${error?.constructor?.name ?? typeof error}: ${error?.message ?? String(error)}`.replaceAll(/\s+/g, ' ')
}
