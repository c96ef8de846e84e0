/** @file The CI tally is green only when tests ran and nothing failed. */
import { expect, it } from 'vitest'
import { tally } from './ci-tally.mjs'

it.each([
  ['all passed', { numPassedTests: 9, numFailedTests: 0, numPendingTests: 3 }, 0, 0, { passed: 9, failed: 0, skipped: 3 }],
  ['failed tests, counted once', { numPassedTests: 7, numFailedTests: 2, numPendingTests: 3 }, 1, 0, { passed: 7, failed: 2, skipped: 3 }],
  ['a test file that does not load', { numPassedTests: 9, numFailedTests: 0, numPendingTests: 3 }, 1, 0, { passed: 9, failed: 1, skipped: 3 }],
  ['a failed stage', { numPassedTests: 9, numFailedTests: 0, numPendingTests: 3 }, 0, 1, { passed: 9, failed: 1, skipped: 3 }],
  ['no tests', { numPassedTests: 0, numFailedTests: 0, numPendingTests: 3 }, 0, 0, { passed: 0, failed: 1, skipped: 3 }],
  ['no report', undefined, 0, 0, { passed: 0, failed: 1, skipped: 0 }],
])('%s', (_, report, exitCode, failedStages, expected) => {
  expect(tally(report, exitCode, failedStages)).toEqual(expected)
})
