/**
 * @file Two suites: `fast` (beside the source, part of `npm run check`) and `slow` (whole machine: training, browser).
 */
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          environment: 'node',
          include: ['src/**/*.test.ts', 'scripts/**/*.test.mjs', 'bench/**/*.test.mjs'],
          exclude: ['**/node_modules/**'],
          testTimeout: 20_000,
        },
      },
      { test: { name: 'slow', environment: 'node', include: ['test/**/*.test.ts'], testTimeout: 300_000 } },
    ],
  },
})
