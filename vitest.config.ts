import { transform } from 'esbuild'
import { defineConfig, type Plugin } from 'vitest/config'
import { sourceEntries } from './test/entries.ts'

/** Lowers what the running Node does not have yet (decorators; `using` on Node 22), which vite's own transform keeps. */
const syntaxOfThisNode: Plugin = {
  name: 'syntax-of-this-node',
  enforce: 'pre',
  async transform(code, id) {
    if (!id.endsWith('.test.ts')) return undefined
    const target = `node${process.versions.node}`
    const result = await transform(code, { loader: 'ts', target, sourcefile: id, sourcemap: true })
    return { code: result.code, map: result.map }
  },
}

export default defineConfig({
  // Tests import the package by its name, as users do, and get the sources.
  resolve: {
    alias: sourceEntries().map(({ name, source }) => ({ find: new RegExp(`^${name}$`), replacement: source })),
  },
  plugins: [syntaxOfThisNode],
  test: {
    include: ['src/**/*.test.ts', 'test/*.test.ts', 'examples/**/*.test.ts'],
    globalSetup: ['test/servers/binaries.ts'],
    setupFiles: ['test/setup.ts'],
    reporters: ['default', './test/count-reporter.ts'],
    pool: 'forks',
    maxWorkers: '100%', // many wait for servers, not for the processor
    execArgv: ['--expose-gc'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    retry: 0,
    allowOnly: false,
  },
})
