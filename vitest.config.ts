import { defineConfig } from 'vitest/config'
import { sourceEntries } from './test/entries.ts'

export default defineConfig({
  // Tests import the package by its name, as users do, and get the sources.
  resolve: {
    alias: sourceEntries().map(({ name, source }) => ({ find: new RegExp(`^${name}$`), replacement: source })),
  },
  test: {
    include: ['src/**/*.test.ts', 'test/*.test.ts'],
    setupFiles: ['test/setup.ts'],
    reporters: ['default', './test/count-reporter.ts'],
    pool: 'forks',
    execArgv: ['--expose-gc'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    retry: 0,
    allowOnly: false,
  },
})
