/** The package as users get it: packed, installed in an empty project, and run under everything it promises to run on. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { runInBrowser } from './browser.ts'
import { chromium, runProgram, runtimes } from './runtimes.ts'

const project = inject('project')

describe.for(runtimes)('under $name', ({ name, command }) => {
  const run = (program: string, ...flags: string[]) => runProgram([...command, ...flags, program], project)

  test('every entry can be imported', async () => {
    const flags = name === 'Deno' ? ['--allow-read'] : []
    expect(await run('imports-every-entry.mjs', ...flags)).toBe('ok')
  })

  test('a program that imports the root runs', async () => {
    expect(await run('imports.mjs')).toBe('ok')
  })

  test('a program that requires the root runs', async () => {
    expect(await run('requires.cjs')).toBe('ok')
  })

  test('an HTTP client says what to install, and works where it is installed', async () => {
    const flags = name === 'Deno' ? ['--allow-all'] : []
    expect(await run('http-without-undici.mjs', ...flags)).toBe('ok')
    // In the repository, where it is installed and the package finds itself by its name.
    const program = join(import.meta.dirname, 'programs/http.mjs')
    expect(await runProgram([...command, ...flags, program], join(import.meta.dirname, '../..'))).toBe('ok')
  })

  test('databases say which driver to install', async () => {
    const flags = name === 'Deno' ? ['--allow-all'] : []
    expect(await run('databases-without-drivers.mjs', ...flags)).toBe('ok')
  })

  test('nothing needs DisposableStack or SuppressedError', async () => {
    expect(await run('lacks-globals.mjs')).toBe('ok')
  })
})

describe.skipIf(!existsSync(chromium))(`in Chromium (left out where ${chromium} is missing)`, () => {
  test('a page that imports the root runs', async () => {
    expect(await runInBrowser(project, 'imports.mjs')).toBe('ok')
  })

  test('nothing needs DisposableStack or SuppressedError', async () => {
    expect(await runInBrowser(project, 'lacks-globals.mjs')).toBe('ok')
  })
})

describe("with the user's compiler", () => {
  const compilers = { 'TypeScript 7': 'typescript', 'TypeScript 5.9': 'typescript-5.9' }
  const modules = join(import.meta.dirname, '../../node_modules')
  const nodeTypes = ['--types', 'node', '--typeRoots', join(modules, '@types')]
  const settings = {
    'in Node': ['--module', 'nodenext', '--lib', 'es2022', ...nodeTypes],
    'in a browser': ['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,esnext.disposable,dom'],
  }
  const rows = Object.entries(compilers).flatMap(([compiler, folder]) =>
    Object.entries(settings).map(([where, flags]) => ({ compiler, folder, where, flags })),
  )
  test.for(rows)('$compiler compiles a program that runs $where', async ({ folder, flags }) => {
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--noEmit']
    await runProgram([process.execPath, join(modules, folder, 'bin/tsc'), ...strict, ...flags, 'typed.ts'], project)
  })
})
