/** @file The CI tally is green only when tests ran and nothing failed. */
import { expect, it } from 'vitest'
import { tally } from './ci-tally.mjs'

/** @param {number} numPassedTests @param {number} numFailedTests */
const report = (numPassedTests, numFailedTests) => ({ numPassedTests, numFailedTests, numPendingTests: 3 })

it.each([
  ['all passed', report(9, 0), 0, 0, { passed: 9, failed: 0, skipped: 3 }],
  ['failed tests, counted once', report(7, 2), 1, 0, { passed: 7, failed: 2, skipped: 3 }],
  ['a test file that does not load', report(9, 0), 1, 0, { passed: 9, failed: 1, skipped: 3 }],
  ['a failed stage', report(9, 0), 0, 1, { passed: 9, failed: 1, skipped: 3 }],
  ['no tests', report(0, 0), 0, 0, { passed: 0, failed: 1, skipped: 3 }],
  ['no report', undefined, 0, 0, { passed: 0, failed: 1, skipped: 0 }],
])('%s', (_, read, exitCode, failedStages, expected) => {
  expect(tally(read, exitCode, failedStages)).toEqual(expected)
})
