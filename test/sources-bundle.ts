/** An entry of the package in one file, for programs in a process of their own; packages are found as usual. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildSync } from 'esbuild'
import { afterAll } from 'vitest'

/** @param modules  Of src/. @returns the address of the file, which is there for the tests of this file. */
export function bundleOf(...modules: readonly string[]): string {
  // Inside the repository, so that drivers are found.
  const parent = join(import.meta.dirname, '../node_modules/.cache')
  mkdirSync(parent, { recursive: true })
  const folder = mkdtempSync(join(parent, 'withal-bundle-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'bundle.mjs')
  const contents = modules.map((module) => `export * from './${module}'`).join('\n')
  const stdin = { contents, resolveDir: join(import.meta.dirname, '../src') }
  buildSync({ stdin, outfile, bundle: true, format: 'esm', target: 'es2024', packages: 'external' })
  return pathToFileURL(outfile).href
}
