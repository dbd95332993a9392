import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/package/*.test.ts'],
    globalSetup: ['test/package/global-setup.ts'],
    reporters: ['default', './test/count-reporter.ts'],
    testTimeout: 60_000,
    retry: 0,
    allowOnly: false,
  },
})
