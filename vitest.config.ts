/**
 * @file The suites. `fast` and `entry` lie beside the source and are part of `npm run check`; then comes `slow` (training
 * runs, the browser), one file at a time because each of its tests uses all cores.
 *
 * Their files share processes and the modules in them: loading the library anew for each costs as much as the tests. For
 * `fast`, `test/fresh-state.ts` undoes before each file what others may have put in place. Importing the package's entry puts
 * things in place only once in a process, so files that need them (`entry`) have processes of their own.
 */
import { defineConfig } from 'vitest/config'
import { TallyReporter } from './scripts/tally-reporter.mjs'

const ENTRY = 'src/{cli/**/*,node-*}.test.ts'

export default defineConfig({
  test: {
    // One core less is the usual; on two cores that would be one.
    maxWorkers: '100%',
    reporters: ['default', new TallyReporter()],
    projects: [
      {
        test: {
          name: 'fast',
          include: ['src/**/*.test.ts', '{scripts,bench}/*.test.mjs'],
          exclude: [ENTRY],
          setupFiles: ['test/fresh-state.ts'],
          isolate: false,
          testTimeout: 60_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'entry',
          include: [ENTRY],
          isolate: false,
          testTimeout: 60_000,
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
