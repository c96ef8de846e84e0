/** @file A vitest reporter that ends a run with one plain line, and says why tests were skipped. */

/** @typedef {import('vitest/node').TestModule} TestModule */

export class TallyReporter {
  /** @param {readonly TestModule[]} modules @param {readonly unknown[]} unhandledErrors */
  onTestRunEnd(modules, unhandledErrors) {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (/** @type {string} */ state) => tests.filter((test) => test.result().state === state).length
    const broken = modules.filter((module) => module.errors().length > 0).length + unhandledErrors.length
    for (const note of skipNotes(tests)) console.log(`skipped: ${note}`)
    console.log(`${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped`)
  }
}

/** @param {import('vitest/node').TestCase[]} tests */
function skipNotes(tests) {
  const notes = tests
    .map((test) => test.result())
    .flatMap((result) => (result.state === 'skipped' ? [result.note] : []))
  return new Set(notes.filter((note) => note !== undefined))
}
