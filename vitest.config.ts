import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'fast', environment: 'node', include: ['src/**/*.test.ts'], testTimeout: 20_000 } },
      { test: { name: 'slow', environment: 'node', include: ['test/**/*.test.ts'], testTimeout: 300_000 } },
    ],
  },
})
