/**
 * @file The last line of a CI run: `N passed, N failed, N skipped`, and its exit code.
 * Usage: node scripts/ci-tally.mjs VITEST_JSON_REPORT TEST_EXIT_CODE FAILED_STAGES
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * @param {{ numPassedTests: number, numFailedTests: number, numPendingTests: number } | undefined} report undefined when no test ran
 * @param {number} exitCode of the test command
 * @param {number} failedStages what failed besides the tests, one each
 */
export function tally(report, exitCode, failedStages) {
  const passed = report?.numPassedTests ?? 0
  const failedTests = report?.numFailedTests ?? 0
  // A file that does not load, a crash and a run without tests show in no test of their own.
  const unexplained = failedTests === 0 && (exitCode !== 0 || passed === 0) ? 1 : 0
  return { passed, failed: failedTests + unexplained + failedStages, skipped: report?.numPendingTests ?? 0 }
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    console.error(`no test report: ${/** @type {Error} */ (error).message}`)
    return undefined
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path = '', exitCode, failedStages] = process.argv.slice(2)
  const { passed, failed, skipped } = tally(readReport(path), Number(exitCode), Number(failedStages))
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  process.exitCode = failed === 0 ? 0 : 1
}
