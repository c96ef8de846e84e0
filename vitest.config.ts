/**
 * @file Two suites: `fast` (beside the source, part of `npm run check`), then `slow` (training runs, the browser), one file
 * at a time because each of its tests uses all cores.
 */
import { defineConfig } from 'vitest/config'
import { TallyReporter } from './scripts/tally-reporter.mjs'

export default defineConfig({
  test: {
    reporters: ['default', new TallyReporter()],
    projects: [
      {
        test: {
          name: 'fast',
          include: ['src/**/*.test.ts', '{scripts,bench}/*.test.mjs'],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'slow',
          include: ['test/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          sequence: { groupOrder: 1 },
          fileParallelism: false,
        },
      },
    ],
  },
})
