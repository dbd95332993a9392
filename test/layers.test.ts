/**
 * Holds the table of layers (ARCHITECTURE.md) and fails with the line of any import that breaks it, and on any cycle.
 * Imports of types count: a type from above is knowledge of what is above.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sourceEntries } from './entries.ts'
import { findCycles, importsOf, targetOf, type Import } from './imports.ts'

const root = join(import.meta.dirname, '..')

const ground = ['channels', 'errors', 'clock', 'observe', 'frame', 'scope']
const core = [...ground, 'contexts', 'tasks', 'locks', 'streams', 'pools']

/** Which layers a layer may import, besides itself. A layer is a folder of src/, or a file that lies there. */
const mayImport: Record<string, string[]> = {
  channels: [],
  errors: ['channels'],
  clock: ground,
  observe: ground,
  frame: ground,
  scope: ground,
  contexts: ground,
  tasks: [...ground, 'contexts'],
  locks: [...ground, 'contexts', 'tasks'],
  streams: [...ground, 'contexts', 'tasks', 'locks'],
  pools: [...ground, 'contexts', 'tasks', 'locks'],
  dependencies: core,
  'adapters/database': core,
  'adapters/*': [...core, 'adapters/database'],
  'frameworks/lifespan': [...core, 'dependencies'],
  'frameworks/request-scope': [...core, 'dependencies', 'frameworks/lifespan'],
  'frameworks/*': [...core, 'dependencies', 'frameworks/lifespan', 'frameworks/request-scope'],
  testing: [...core, 'dependencies', 'adapters/database'],
  inspector: ['channels', 'observe', 'errors'],
  index: core,
}

/** Layers whose files stand alone: one adapter or framework does not know another. */
const separate = ['adapters', 'frameworks']
/** Layers that may import `node:`; the root, and all it reaches, may not. */
const onNode = ['adapters', 'frameworks', 'testing', 'cli']
/** Layers that may import packages (drivers, frameworks): peers of the user's. */
const withPeers = ['adapters', 'frameworks']
/** A test runner is known to one file only. */
const runnerFiles: Record<string, string> = { vitest: 'testing/vitest.ts', 'node:test': 'testing/node-test.ts' }
const forbiddenFolders = ['utils', 'common', 'helpers', 'internal']

/** Paths from src/, without tests. */
const files = globSync('**/*.ts', { cwd: join(root, 'src') })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => !/\.test(-d)?\.ts$/.test(file))
  .toSorted()
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(root, 'src', file), 'utf8')))
const entries = sourceEntries().map(({ source }) => posix.relative(join(root, 'src'), source))

describe('the sources', () => {
  test('import only what their layer may know', () => {
    expect(imports.filter((one) => !isAllowed(one)).map(describeImport)).toEqual([])
  })

  test('have no import cycle', () => {
    expect(findCycles(files, imports)).toEqual([])
  })

  test('lie in the folders of the table', () => {
    expect(files.filter((file) => mayImport[ruleOf(layerOf(file))] === undefined && topOf(file) !== 'cli')).toEqual([])
  })

  test('have no folder whose name says nothing', () => {
    expect(
      files.filter((file) =>
        dirname(file)
          .split('/')
          .some((name) => forbiddenFolders.includes(name)),
      ),
    ).toEqual([])
  })
})

describe('the checks above', () => {
  const broken: [string, string, string][] = [
    ['a layer from above', 'contexts/a.ts', `import { x } from '../tasks/b.ts'`],
    ['a type from above', 'contexts/a.ts', `import type { X } from '../tasks/b.ts'`],
    ['a type in an annotation', 'contexts/a.ts', `let x: import('../tasks/b.ts').X`],
    ['a re-export from above', 'locks/a.ts', `export * from '../pools/b.ts'`],
    ['an import at run time from above', 'locks/a.ts', `const x = await import('../pools/b.ts')`],
    ['a pool from a stream', 'streams/a.ts', `import { Pool } from '../pools/pool.ts'`],
    ['node: in the core', 'tasks/a.ts', `import { once } from 'node:events'`],
    ['a package in the core', 'tasks/a.ts', `import x from 'left-pad'`],
    ['a test runner in the leak check', 'testing/leaks.ts', `import { test } from 'vitest'`],
    ['another adapter', 'adapters/redis/a.ts', `import { connect } from '../net/b.ts'`],
    ['another framework', 'frameworks/hono.ts', `import { inject } from './fastify.ts'`],
    ['a value of the core in the inspector', 'inspector/a.ts', `import { Pool } from '../pools/pool.ts'`],
    ['the inspector in the core', 'pools/a.ts', `import { x } from '../inspector/b.ts'`],
    ['what is not public, in a command', 'cli/a.ts', `import { x } from '../errors/classes.ts'`],
    ['the package itself by name', 'contexts/a.ts', `import { within } from 'withal'`],
  ]
  test.for(broken)('refuse %s', ([, file, text]) => {
    expect(importsOf(file, text).map(isAllowed)).toEqual([false])
  })

  const fine: [string, string, string][] = [
    ['a layer below', 'tasks/a.ts', `import { x } from '../contexts/b.ts'`],
    ['the own layer', 'tasks/a.ts', `import { x } from './b.ts'`],
    ['a driver in an adapter', 'adapters/postgres/a.ts', `import type { Client } from 'pg'`],
    ['node: in an adapter', 'adapters/net/a.ts', `import { createServer } from 'node:net'`],
    ['a test runner in its own file', 'testing/vitest.ts', `import { test } from 'vitest'`],
    ['what all databases promise', 'adapters/postgres/a.ts', `import { x } from '../database.ts'`],
    ['the lifespan in a framework', 'frameworks/hono.ts', `import { x } from './lifespan.ts'`],
    ['a type of the core in the inspector', 'inspector/a.ts', `import { type Pool } from '../pools/pool.ts'`],
    ['a public entry point in a command', 'cli/a.ts', `import { within } from '../index.ts'`],
  ]
  test.for(fine)('accept %s', ([, file, text]) => {
    expect(importsOf(file, text).map(isAllowed)).toEqual([true])
  })

  test('take no example in a comment for an import', () => {
    expect(importsOf('tasks/a.ts', `/** import { x } from '../pools/b.ts' */ // import '../pools/b.ts'`)).toEqual([])
  })

  test('find a cycle through three files', () => {
    const links = [
      ...importsOf('tasks/a.ts', `import './b.ts'`),
      ...importsOf('tasks/b.ts', `import type { C } from './c.ts'`),
      ...importsOf('tasks/c.ts', `export { a } from './a.ts'`),
    ]
    expect(findCycles(['tasks/a.ts', 'tasks/b.ts', 'tasks/c.ts'], links)).toEqual([
      'tasks/a.ts → tasks/b.ts → tasks/c.ts → tasks/a.ts',
    ])
  })
})

function isAllowed({ from, specifier, typeOnly }: Import): boolean {
  if (specifier in runnerFiles) return from === runnerFiles[specifier]
  if (specifier.startsWith('node:')) return onNode.includes(topOf(from))
  if (!specifier.startsWith('.')) return withPeers.includes(topOf(from)) && !specifier.startsWith('withal')
  const target = targetOf({ from, specifier })
  const layer = layerOf(target)
  if (layer === layerOf(from)) return true
  if (topOf(from) === 'cli') return entries.includes(target)
  if (topOf(from) === 'inspector' && typeOnly && core.includes(layer)) return true
  return mayImport[ruleOf(layerOf(from))]?.includes(layer) ?? false
}

/** `contexts/within.ts` → `contexts`, `frame.ts` → `frame`, `adapters/redis/client.ts` → `adapters/redis`. */
function layerOf(file: string): string {
  const [top = '', next] = file.replace(/\.ts$/, '').split('/')
  return next !== undefined && separate.includes(top) ? `${top}/${next}` : top
}

/** The row of the table that a layer follows: its own, or that of all its like. */
function ruleOf(layer: string): string {
  return layer in mayImport ? layer : layer.replace(/\/.*/, '/*')
}

function topOf(file: string): string {
  return layerOf(file).replace(/\/.*/, '')
}

function describeImport({ from, line, text }: Import): string {
  return `src/${from}:${line}: ${text}`
}
